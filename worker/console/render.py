"""Templates become pages: Jinja2 with everything escaped, in the visitor's language, with the visitor's formats."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from worker.console import assets, audited, browsers, pictures, sentences
from worker.console.formats import Formats, phone_number
from worker.console.i18n import LANGUAGES, catalogue
from worker.console.visitors import Visitor, language_of
from worker.domain.roles import May

TEMPLATES: Final = Path(__file__).parent / "templates"
#: What was just done is told on the next page, by a code in its address.
DONE: Final = "done"


@cache
def environment(language: str) -> Environment:
    """The templates of one language."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    words, formats = catalogue(language), Formats(language)
    made.install_gettext_callables(words.gettext, words.ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.filters.update(
        number=formats.number,
        money=formats.money,
        moment=formats.moment,
        second=formats.second,
        with_day=formats.with_day,
        clock=formats.clock,
        day=formats.day,
        weekday=formats.weekday,
        month=formats.month,
        duration=formats.duration,
        hours=formats.hours,
    )
    made.globals.update(
        language=language,
        languages=LANGUAGES,
        May=May,
        share=formats.share,
        asset=assets.url,
        browser=browsers.name,
        picture=pictures,
        say=partial(sentences.code, words),
        note=partial(sentences.note, words, formats),
        read_text=partial(sentences.read_text, words, formats),
        reason=partial(sentences.status_reason, words, formats),
        refused_words=partial(sentences.stored_refusal, words, formats),
        compared=partial(sentences.compared, words, formats),
        refusal=partial(sentences.row_refusal, words),
        origin=partial(sentences.origin, words),
        audited_facts=partial(audited.facts, words, formats),
        audited_about=partial(audited.about, words),
        chain_fault=partial(audited.fault, words),
    )
    return made


@dataclass(frozen=True, slots=True)
class Menu:
    """One entry of the navigation."""

    path: str
    title: str
    icon: str
    needs: tuple[May, ...]


MENU: Final = (
    Menu("/", "Home", "home", ()),
    Menu("/campaigns", "Campaigns", "campaigns", (May.SEE_OWN, May.SEE_ALL)),
    Menu("/approvals", "Approvals", "approve", (May.APPROVE,)),
    Menu("/audiences", "Audiences", "people", (May.DRAFT,)),
    Menu("/templates", "Templates", "text", (May.DRAFT,)),
    Menu("/suppression", "Opt-outs", "stop", (May.SUPPRESS,)),
    Menu("/months", "Months", "chart", (May.SEE_OWN, May.SEE_ALL)),
    Menu("/reconciliation", "Reconciliation", "scales", (May.RECONCILE,)),
    Menu("/passwords", "One-time passwords", "key", (May.SEE_OTP,)),
    Menu("/settings", "Settings", "gear", (May.SEE_SETTINGS,)),
    Menu("/users", "Users and keys", "user", (May.USERS, May.KEYS)),
    Menu("/audit", "Audit log", "log", (May.SEE_AUDIT,)),
)


def page(request: Request, me: Visitor | None, template: str, /, status: int = 200, **values: Any) -> HTMLResponse:
    """A whole page; without a visitor one that anybody may see, such as the login form."""
    language = me.language if me else language_of(request, request.query_params.get("language", ""))
    return HTMLResponse(fragment(template, language, me, **_around(request, me), **values), status)


def fragment(template: str, language: str, me: Visitor | None, /, **values: Any) -> Markup:
    """A template as it stands, for pages and for what replaces a part of one."""
    whole = me is not None and me.may(May.SEE_PHONES)
    own: Mapping[str, Any] = {"me": me, "phone": partial(phone_number, whole=whole), "csrf": me.me.csrf if me else ""}
    return Markup(environment(language).get_template(template).render({**own, **values}))  # noqa: S704 - autoescaped


def _around(request: Request, me: Visitor | None) -> dict[str, Any]:
    path = request.url.path
    menu = [one for one in MENU if me is not None and (not one.needs or me.may(*one.needs))]
    here = max(
        (one.path for one in menu if path == one.path or path.startswith(one.path.rstrip("/") + "/")),
        key=len,
        default="",
    )
    if path.startswith(("/new", "/numbers")):
        here = "/campaigns"
    elif here == "/" != path:
        here = ""
    return {
        "path": path,
        "menu": menu,
        "here": here,
        "done": request.query_params.get(DONE, ""),
        "address": str(request.url.path) + (f"?{request.url.query}" if request.url.query else ""),
    }
