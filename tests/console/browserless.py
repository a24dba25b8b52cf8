"""A person at the console without a browser: follows redirects, keeps cookies, sends forms with the token of the page."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import httpx

from tests.api.served import Api
from tests.world import UNUSED_TLS
from worker.services.people import users

PASSWORD = "mat khau rat dai 1"


@dataclass
class Person:
    """Somebody with a session, or without one."""

    http: httpx.Client
    name: str = ""
    page: httpx.Response | None = field(default=None, repr=False)

    def get(self, path: str, **options: Any) -> httpx.Response:
        """Open a page and keep it: forms take their token from it."""
        self.page = self.http.get(path, **options)
        return self.page

    def token(self) -> str:
        """The token of the forms of this session."""
        if self.page is None or 'name="csrf"' not in self.page.text:
            self.get("/me")
        assert self.page is not None
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', self.page.text)
        return found[1] if found else ""

    def post(self, path: str, fields: Mapping[str, str] | None = None, **options: Any) -> httpx.Response:
        """Send a form as the page would."""
        self.page = self.http.post(path, data={"csrf": self.token(), **(fields or {})}, **options)
        return self.page

    def submit(self, form: str) -> httpx.Response:
        """Submit what the last step of this form shows."""
        shown = re.search(r'name="seen" value="([0-9a-f-]+)"', self.get(f"{form}/check").text)
        return self.post(f"{form}/submit", {"seen": shown[1] if shown else ""})

    def upload(self, path: str, name: str, content: bytes, /, **fields: str) -> httpx.Response:
        """Send a file."""
        self.page = self.http.post(path, data={"csrf": self.token(), **fields}, files={"list": (name, content)})
        return self.page

    def log_in(self, password: str = PASSWORD) -> httpx.Response:
        """Log in."""
        self.page = self.http.post("/login", data={"username": self.name, "password": password})
        return self.page

    def text(self) -> str:
        """The page as words, without its tags."""
        assert self.page is not None
        return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", self.page.text)))


@dataclass
class Console:
    """The pages of one Loa, and people at them."""

    api: Api

    def person(self, name: str = "", role: str = "", language: str = "vi") -> Person:
        """Somebody; with a role they are added as a user and logged in."""
        http = httpx.Client(
            base_url=self.api.url,
            timeout=60,
            trust_env=False,
            verify=UNUSED_TLS,
            follow_redirects=True,
            headers={"Accept-Language": language},
        )
        self.api.clients.append(http)
        made = Person(http, name)
        if role:
            users.add(self.api.world.deps, name, role, PASSWORD)
            assert made.log_in().status_code == 200
            if language != "vi":
                made.post("/language", {"language": language})
        return made
