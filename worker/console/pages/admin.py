"""Users and their keys, the audit log, the settings as they are, one-time passwords."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TextIO

from fastapi import APIRouter, Request
from markupsafe import Markup
from pydantic import SecretStr
from starlette.responses import Response, StreamingResponse

from worker import config
from worker.api import download
from worker.console import paged, pictures, sentences
from worker.console.forms import Form as Sent
from worker.console.forms import Posted
from worker.console.pages.login import see
from worker.console.render import page
from worker.console.visitors import Me, Visitor
from worker.domain.actor import Forbidden
from worker.domain.roles import May, Role
from worker.errors import LoaError
from worker.services import otp
from worker.services.operations import api_keys, overview, passwords
from worker.services.operations.api_keys import Scope
from worker.services.operations.passwords import Hour
from worker.services.people import audit, users
from worker.storage.part import Part

router: Final = APIRouter()

NOTHING_SENT: Final = Sent({})
#: A line needs two of them; its axis shows no less than a thousandth of a second.
LEAST_HOURS: Final = 2
LEAST_S: Final = 0.001


@router.get("/users")
def people(request: Request, me: Me) -> Response:
    """Users by name and keys, the newest first: each a page a time, with what is searched for."""
    return _people(request, me)


@router.post("/users")
def change_people(request: Request, me: Me, sent: Posted) -> Response:
    """Add, disable, enable, reset a user or change the role; make or revoke a key. A new secret is shown this once."""
    #: Of whom, what it is, the secret.
    secret: tuple[str, str, str] | None = None
    try:
        match sent["do"]:
            case "add":
                made = users.add(me.deps, sent["name"], sent["role"])
                secret = (made.user.name, "password", made.password or "")
            case "reset":
                made = users.reset(me.deps, sent["name"])
                secret = (made.user.name, "password", made.password or "")
            case "disable":
                users.disable(me.deps, sent["name"])
                return see("/users", "disabled")
            case "enable":
                users.enable(me.deps, sent["name"])
                return see("/users", "enabled")
            case "role":
                users.change_role(me.deps, sent["name"], sent["role"])
                return see("/users", "role")
            case "key":
                me.must(May.KEYS)
                scopes = [sent["scope"]] if sent["scope"] else []
                key = api_keys.create(me.deps, scopes, sent["label"], user=sent["name"])
                secret = (sent["label"] or sent["name"] or str(key.row.id)[:8], "key", key.key)
            case _:
                me.must(May.KEYS)
                api_keys.revoke(me.deps, api_keys.identify(sent["id"]))
                return see("/users", "revoked")
    except Forbidden:
        raise
    except LoaError as fault:
        return _people(request, me, sentences.fault(me.catalogue, me.formats, fault), entered=sent)
    return _people(request, me, secret=secret)


@router.get("/audit")
def log(request: Request, me: Me, who: str = "", act: str = "", before: str = "") -> Response:
    """Who did what, newest first."""
    last = int(before) if before.isascii() and before.isdigit() and len(before) < 18 else None
    return _log(request, me, paged.words(who), act.strip(), last)


@router.post("/audit")
def verify(request: Request, me: Me, _sent: Posted) -> Response:
    """Work out the whole chain anew."""
    return _log(request, me, checked=audit.verify(me.deps))


@router.get("/audit.csv")
def audit_csv(request: Request, me: Me) -> StreamingResponse:
    """The whole log."""
    me.must(May.SEE_AUDIT)

    def write(file: TextIO, _progress: Callable[[int], None]) -> int:
        return audit.write_csv(me.deps, file, None, None)

    return download.rows(request, me.deps, write, 'attachment; filename="audit.csv"')


def _log(
    request: Request, me: Visitor, who: str = "", act: str = "", last: int | None = None, checked: object = None
) -> Response:
    # A person is written `user:lan` in the log, and lan on its page.
    named = (who, f"user:{who}") if who else ""
    rows = audit.newest(me.deps, paged.A_PAGE + 1, before=last, who=named, act=act)
    found, following = paged.cut(rows, "/audit", lambda one: {"before": one.seq}, who=who, act=act)
    names = overview.names(me.deps, [one.object_id for one in found if one.object_kind == "campaign"])
    values: dict[str, Any] = {"rows": found, "who": who, "wanted": act, "next": following, "checked": checked}
    return page(request, me, "audit.html", **values, names=names, acts=_acts(me))


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as it is now."""

    variable: str
    value: str
    sentence: str
    #: Whether it was set, and is not the default.
    chosen: bool


@router.get("/settings")
def settings(request: Request, me: Me, q: str = "") -> Response:
    """Every setting, its value and where that comes from, those that were chosen first; secrets are named and not shown."""
    me.must(May.SEE_SETTINGS)
    words = q.strip().lower()
    rows = [
        one
        for one in _settings(me, request.app.state.loa.settings)
        if words in f"{one.variable} {one.sentence} {one.value}".lower()
    ]
    rows.sort(key=lambda one: not one.chosen)
    return page(request, me, "settings.html", rows=rows, words=q.strip())


@router.get("/passwords")
def one_time_passwords(request: Request, me: Me, q: str = "") -> Response:
    """Outcome and latency by provider in a day; one message by its id."""
    me.must(May.SEE_OTP)
    found, wrong = None, ""
    attempts: Sequence[Any] = ()
    if q.strip():
        try:
            found = otp.show(me.deps, otp.identify(q.strip()))
            attempts = passwords.attempts(me.deps, found.id)
        except LoaError as fault:
            wrong = sentences.fault(me.catalogue, me.formats, fault)
    day = passwords.last_day(me.deps)
    values: dict[str, Any] = {
        "day": day.providers,
        "hours": day.hours,
        "drawn": _latency(me, day.hours),
        "q": q.strip(),
        "found": found,
        "attempts": attempts,
        "wrong": wrong,
    }
    return page(request, me, "passwords.html", **values)


def _latency(me: Visitor, hours: Sequence[Hour]) -> Markup | None:
    """The latency of each hour as two lines; None where there are not two hours to draw one between."""
    taken = [(one.begins_at, one.latency) for one in hours if one.latency is not None]
    if len(taken) < LEAST_HOURS:
        return None
    say = me.formats
    half, late = [one.median_s for _, one in taken], [one.p99_s for _, one in taken]
    unit, factor = ("s", 1) if max(late) >= 1 else ("ms", 1000)

    def written(seconds: float) -> str:
        return f"{say.number(seconds * factor)}\N{NO-BREAK SPACE}{unit}"

    label = me.gettext(
        "From %(first)s to %(last)s: half within at most %(half)s, 99 of 100 within at most %(late)s"
    ) % {
        "first": say.clock(taken[0][0]),
        "last": say.clock(taken[-1][0]),
        "half": written(max(half)),
        "late": written(max(late)),
    }
    places = [say.clock(begins_at)[:2] for begins_at, _ in taken]
    return pictures.curves(places, [pictures.Curve("v1", late), pictures.Curve("v0", half)], written, label, LEAST_S)


def _people(
    request: Request,
    me: Visitor,
    wrong: str = "",
    secret: tuple[str, str, str] | None = None,
    entered: Sent = NOTHING_SENT,
) -> Response:
    me.must(May.USERS, May.KEYS)
    sent = request.query_params
    sought, key_words = paged.words(sent.get("q", "")), paged.words(sent.get("key", ""))
    rows = users.everyone(me.deps, Part(sought, sent.get("after", ""), paged.A_PAGE + 1))
    everyone, following = paged.cut(rows, "/users", lambda one: {"after": one.name}, q=sought)
    before = paged.place(sent.get("before", ""))
    rows_of_keys = api_keys.newest(me.deps, key_words, before, paged.A_PAGE + 1) if me.may(May.KEYS) else []
    keys, more_keys = paged.cut(
        rows_of_keys, "/users", lambda one: {"before": f"{one.created_at.isoformat()} {one.id}"}, key=key_words
    )
    choices = users.everyone(me.deps, Part(limit=paged.MOST_CHOICES + 1))
    values: dict[str, Any] = {
        "everyone": everyone,
        "next": following,
        "words": sought,
        "after": sent.get("after", ""),
        "key_words": key_words,
        "more_keys": f"{more_keys}#keys" if more_keys else "",
        "older_keys": before is not None,
        "choices": choices if len(choices) <= paged.MOST_CHOICES else [],
        "roles": list(Role),
        "scopes": list(Scope),
        "keys": keys,
        "owners": api_keys.owners(me.deps, keys),
        "wrong": wrong,
        "entered": entered,
        "secret": secret,
    }
    return page(request, me, "users.html", 422 if wrong else 200, **values)


def _acts(me: Visitor) -> list[tuple[str, str]]:
    """The acts that the log knows, with their words, in the order of these."""
    return sorted(((code, words) for code, words in me.catalogue.context("act").items()), key=lambda one: one[1])


def _settings(me: Visitor, now: Any) -> Sequence[Setting]:
    groups: Mapping[str, Any] = {"": now, **dict(now.accounts)}
    rows = []
    for group in groups.values():
        prefix = str(group.model_config["env_prefix"]).upper()
        for name, field in type(group).model_fields.items():
            variable = f"{prefix}{name}".upper()
            if field.exclude or variable not in config.variables():
                continue
            value = getattr(group, name)
            secret = isinstance(value, SecretStr)
            shown = ("••••••••" if value.get_secret_value() else "") if secret else str(value)
            described = field.description or ""
            sentence = me.catalogue.of_code("setting", described) or described
            rows.append(Setting(variable, shown, sentence, name in group.model_fields_set))
    return rows
