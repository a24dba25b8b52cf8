"""The description of the API for people, at `/docs`: one page made of /openapi.json, without scripts or other hosts."""

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from hashlib import sha256
from html import escape
from typing import Any, Final

from fastapi import FastAPI
from starlette.responses import HTMLResponse

Schema = Mapping[str, Any]

STYLE: Final = """
:root { color-scheme: light dark }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1rem }
th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #8886 }
h3 code { font-size: 1rem } pre { overflow-x: auto; padding: .75rem; border: 1px solid #8886 }
section { border-top: 1px solid #8886; margin-top: 2rem }
"""
#: Our one style and nothing else: no script, no picture, no other host.
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; style-src "
    f"'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'",
    "X-Content-Type-Options": "nosniff",
}


def install(app: FastAPI) -> None:
    """Let the app serve its page at /docs."""

    @app.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        return HTMLResponse(page(app.openapi()), headers=HEADERS)


def page(document: Schema) -> str:
    """The description as one page."""
    operations = [
        (operation.get("tags", ["operation"])[0], method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    schemas = document["components"]["schemas"]
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>Loa {escape(document['info']['version'])}: HTTP</title><style>{STYLE}</style></head><body><main>",
        f"<h1>Loa {escape(document['info']['version'])}</h1>{_paragraphs(document['info']['description'])}",
        '<p>For programs: <a href="/openapi.json">/openapi.json</a>. All documents: <a href="/docs/">/docs/</a>.</p><nav><ul>',
        *(
            f'<li><a href="#{_anchor(method, path)}"><code>{method} {escape(path)}</code></a> {escape(one["summary"])}</li>'
            for _, method, path, one in operations
        ),
        "</ul></nav>",
    ]
    tag = ""
    for belongs_to, method, path, operation in operations:
        if belongs_to != tag:
            tag = belongs_to
            parts.append(f"<h2>{escape(tag)}</h2>")
        parts.extend(_operation(method, path, operation))
    parts.append("<h2>Shapes</h2>")
    for name, schema in sorted(schemas.items()):
        parts.append(
            f'<section id="{escape(name)}"><h3>{escape(name)}</h3>{_paragraphs(schema.get("description", ""))}'
        )
        parts.extend((_fields(schema), "</section>"))
    return "\n".join([*parts, "</main></body></html>"])


def _operation(method: str, path: str, operation: Schema) -> Iterator[str]:
    yield f'<section id="{_anchor(method, path)}"><h3>{escape(operation["summary"])}<br><code>{method} {escape(path)}</code></h3>'
    yield _paragraphs(operation.get("description", ""))
    yield _table(
        ("parameter", "in", "of", "what it is"),
        [
            (
                f"<code>{escape(one['name'])}</code>{' *' if one.get('required') else ''}",
                one["in"],
                _kind(one["schema"]),
                escape(one.get("description", "")),
            )
            for one in operation.get("parameters", ())
        ],
    )
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"<p>Body as <code>{escape(media)}</code>: {_kind(content['schema'])}</p>"
        if "example" in content:
            yield f"<pre>{escape(json.dumps(content['example'], indent=2, ensure_ascii=False))}</pre>"
    yield _table(
        ("answer", "of", "when"),
        [
            (
                status,
                ", ".join(_kind(of["schema"]) for of in one.get("content", {}).values() if "schema" in of),
                escape(one["description"]),
            )
            for status, one in operation["responses"].items()
        ],
    )
    yield "</section>"


def _fields(schema: Schema) -> str:
    required = schema.get("required", ())
    return _table(
        ("field", "of", "what it is"),
        [
            (
                f"<code>{escape(name)}</code>{' *' if name in required else ''}",
                _kind(one),
                escape(one.get("description", "")),
            )
            for name, one in schema.get("properties", {}).items()
        ],
    )


def _kind(schema: Schema) -> str:
    """What a value is, in a few words; another shape is a link."""
    if name := schema.get("$ref", "").rpartition("/")[2]:
        return f'<a href="#{escape(name)}">{escape(name)}</a>'
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return " or ".join(map(_kind, schema[several]))
    if "enum" in schema:
        return " or ".join(f"<code>{escape(str(value))}</code>" for value in schema["enum"])
    if "items" in schema:
        return f"list of {_kind(schema['items'])}"
    return escape(str(schema.get("format") or schema.get("type") or "anything"))


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    if not rows:
        return ""
    head = "".join(f"<th>{one}</th>" for one in heads)
    lines = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(one)}</p>" for one in text.split("\n\n") if one.strip())


def _anchor(method: str, path: str) -> str:
    return escape(f"{method.lower()}{path.replace('/', '-').replace('{', '').replace('}', '')}")
