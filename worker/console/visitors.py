"""Who looks at a page: the person behind the session cookie, in their language, with services that act for them."""

from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Request
from sqlalchemy.exc import SQLAlchemyError

from worker.console.formats import Formats
from worker.console.guard import COOKIE, LANGUAGE_COOKIE
from worker.console.i18n import LANGUAGES, Catalogue, catalogue, preferred
from worker.domain.roles import May, Role
from worker.services.deps import Deps
from worker.services.people import login
from worker.services.people.login import LoggedIn


class LoginNeeded(Exception):
    """Nobody is logged in; `path` is where they wanted to go."""

    def __init__(self, path: str = "/") -> None:
        super().__init__(path)
        self.path = path


@dataclass(frozen=True, slots=True)
class Visitor:
    """One person at one request."""

    me: LoggedIn
    #: Services that act for this person.
    deps: Deps = field(repr=False)
    language: str = "vi"

    @property
    def name(self) -> str:
        """The name of the user."""
        return self.me.user.name

    @property
    def role(self) -> Role:
        """What the user is for."""
        return self.me.user.role

    @property
    def catalogue(self) -> Catalogue:
        """The messages in the visitor's language."""
        return catalogue(self.language)

    @property
    def formats(self) -> Formats:
        """Numbers and moments as the visitor writes them."""
        return Formats(self.language)

    def may(self, *either: May) -> bool:
        """Whether the role allows one of these."""
        return any(self.deps.actor.may(one) for one in either)

    def must(self, *either: May) -> None:
        """Forbidden when the role allows none of these."""
        self.deps.actor.must(*either)

    def gettext(self, message: str) -> str:
        """A message in the visitor's language."""
        return self.catalogue.gettext(message)


def language_of(request: Request, chosen: str = "") -> str:
    """The language of a page: the user's, else the browser's cookie, else what the browser asks for."""
    said = chosen or request.cookies.get(LANGUAGE_COOKIE, "")
    return said if said in LANGUAGES else preferred(request.headers.get("accept-language", ""))


def services(request: Request) -> Deps:
    """What the services of this process are handed, before it is known who acts."""
    deps: Deps = request.app.state.deps
    return deps


def visitor(request: Request) -> Visitor:
    """Who is logged in; raises LoginNeeded."""
    deps = services(request)
    found = login.find(deps, request.cookies.get(COOKIE, ""))
    if found is None:
        raise LoginNeeded(_wanted(request))
    who = Visitor(found, deps.acting(found.actor), found.user.language)
    request.state.visitor = who
    return who


def present(request: Request) -> Visitor | None:
    """Who is logged in, for a page that anybody may see; None where nobody is, or where that cannot be found out."""
    known: Visitor | None = getattr(request.state, "visitor", None)
    try:
        return known or visitor(request)
    except (LoginNeeded, SQLAlchemyError, OSError):
        return None


def _wanted(request: Request) -> str:
    """Where to go on after the login: only a page of ours, and only one that was looked at."""
    if request.method != "GET":
        return "/"
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def login_address(path: str, *, ended: bool = False) -> str:
    """The login form that goes on to `path`; it says so where a session has ended."""
    asked = {} if path in {"", "/"} else {"next": path}
    asked |= {"ended": "1"} if ended else {}
    return f"/login?{urlencode(asked)}" if asked else "/login"


def own_path(path: str) -> str:
    """The path when it is one of ours, else the front page: an address of another site is no place to go on."""
    inside = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path
    return path if inside else "/"


Services = Annotated[Deps, Depends(services)]
Me = Annotated[Visitor, Depends(visitor)]
