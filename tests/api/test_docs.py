"""/docs shows a person what /openapi.json says, and the browser asks nobody else for anything."""

import asyncio
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import httpx
from fastapi import FastAPI

from tests.api.served import Api
from tests.environment import closed
from worker.api import site


class Seen(HTMLParser):
    """What a page links to, loads and names."""

    def __init__(self) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.ids: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        given = dict(attrs)
        self.links |= {given[name] for name in ("href", "src", "action") if given.get(name)}
        self.ids += [given["id"]] if given.get("id") else []


def test_every_operation_and_every_shape_stands_on_the_page(api: Api):
    document = api.client().get("/openapi.json").json()
    answer = api.client().get("/docs")
    assert answer.headers["content-type"].startswith("text/html")
    seen = Seen()
    seen.feed(answer.text)
    operations = [(method, path) for path, methods in document["paths"].items() for method in methods]
    assert all(f"<code>{method.upper()} {path}</code>" in answer.text for method, path in operations)
    shapes = document["components"]["schemas"]
    assert len(seen.ids) == len(set(seen.ids)) == len(operations) + len(shapes)
    assert all(field in answer.text for shape in shapes.values() for field in shape.get("properties", {}))
    inside = {link[1:] for link in seen.links if link.startswith("#")}
    assert inside <= set(seen.ids)


def test_it_loads_nothing(api: Api):
    answer = api.client().get("/docs")
    seen = Seen()
    seen.feed(answer.text)
    assert {link for link in seen.links if not link.startswith("#")} == {"/openapi.json", "/docs/"}
    assert not seen.tags & {"script", "img", "link", "iframe", "form"}
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none';")
    assert "'unsafe-inline'" not in policy
    assert "http" not in answer.text.replace("HTTP", "").split("<h2>")[0].split("</head>")[0]


def test_nothing_else_is_there(api: Api):
    assert api.client().post("/docs").status_code == 405
    assert api.client().get("/docs/more").json()["rule"] == "not_found"


def gets(folder: Path, *paths: str) -> list[httpx.Response]:
    """What an app that serves this folder answers."""
    app = FastAPI()
    site.install(app, folder)

    async def ask() -> list[httpx.Response]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://loa") as client:
            return [await client.get(path) for path in paths]

    return asyncio.run(ask())


def test_the_built_documents_are_served_and_no_other_script_runs(tmp_path):
    (tmp_path / "runbook").mkdir()
    (tmp_path / "index.html").write_text("<script>ours()</script><p>Loa")
    (tmp_path / "runbook/index.html").write_text("<p>Wrong list sent")
    front, runbook, absent = gets(tmp_path, "/docs/", "/docs/runbook/", "/docs/absent/")
    assert front.text.endswith("Loa")
    assert "Wrong list sent" in runbook.text
    assert absent.status_code == 404
    policy = front.headers["content-security-policy"]
    assert f"script-src 'self' 'sha256-{b64encode(sha256(b'ours()').digest()).decode()}';" in policy


def test_where_they_were_not_built_it_says_how_they_are(tmp_path):
    (answer,) = gets(tmp_path, "/docs/")
    assert (answer.status_code, "make docs" in answer.text) == (404, True)


def test_documents_that_it_may_not_read_do_not_keep_web_from_starting(tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site/index.html").write_text("<p>Loa")
    app = FastAPI()
    with closed(tmp_path / "site"):
        site.install(app, tmp_path / "site")
    assert "documents" not in {getattr(route, "name", "") for route in app.routes}
