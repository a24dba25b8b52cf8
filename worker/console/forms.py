"""What a form sent: read with a limit, only where it belongs to the session that shows it; nothing of it is trusted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final
from urllib.parse import parse_qsl

from fastapi import Depends, Request

from worker.console.visitors import LoginNeeded, Me
from worker.errors import Refused
from worker.services.people import login

LONGEST: Final = 200_000
MOST_FIELDS: Final = 200
TOKEN: Final = "csrf"  # noqa: S105 - the name of the field


class StaleForm(Refused):
    """A form without the token of this session: an old page, or one of another site."""

    def __init__(self) -> None:
        super().__init__("form_stale", "This form is out of date: open the page again and repeat what you did.")


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form by name; a name that was sent twice has its last value."""

    fields: Mapping[str, str] = field(repr=False)

    def __getitem__(self, name: str) -> str:
        """The field without blanks around it; empty where it was not sent."""
        return self.fields.get(name, "").strip()

    def raw(self, name: str) -> str:
        """The field as it was sent: passwords may begin with a blank."""
        return self.fields.get(name, "")

    def flag(self, name: str) -> bool:
        """Whether a box is ticked."""
        return bool(self.fields.get(name))

    def named(self, prefix: str) -> dict[str, str]:
        """The fields whose names begin so, without that beginning."""
        return {name.removeprefix(prefix): value for name, value in self.fields.items() if name.startswith(prefix)}


async def read(request: Request) -> Form:
    """The fields of an urlencoded form; Refused `form_too_large`. Whoever calls this sees to the token."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST:
            raise Refused("form_too_large", "The form is too large: send less at a time.", {"most": LONGEST})
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:
        raise Refused("form_unreadable", "The form cannot be read.") from None
    # A NUL is in no text that the database keeps; line ends come as CR LF from browsers.
    return Form({name: value.replace("\0", "").replace("\r\n", "\n") for name, value in pairs})


async def posted(request: Request, me: Me) -> Form:
    """A form of somebody who is logged in; StaleForm when it is not of this session."""
    form = await read(request)
    check(me.me, form.raw(TOKEN))
    return form


def check(me: login.LoggedIn | None, token: str) -> None:
    """StaleForm when the token is not that of the session."""
    if me is None:
        raise LoginNeeded
    if not login.csrf_fits(me, token):
        raise StaleForm


Posted = Annotated[Form, Depends(posted)]
