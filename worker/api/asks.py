"""What may be asked for by HTTP? The bodies of requests, each field with its limits; nothing unknown is let pass."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

from worker.domain.message import DEFAULT_TTL_S, LONGEST_TTL_S, SHORTEST_TTL_S

LONGEST_CELL: Final = 1000
LONGEST_COLUMN: Final = 100

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


def as_row(given: object) -> dict[str, str]:
    """A recipient as the cells of a row: a number alone, or an object with its `phone` and the variables of the text."""
    cells: Mapping[Any, Any] = given if isinstance(given, Mapping) else {"phone": given}
    if cells.get("phone") is None:
        raise ValueError("a recipient is a number, or an object with a `phone`")
    row = {}
    for name, value in cells.items():
        if not name.strip() or len(name) > LONGEST_COLUMN or not name.isprintable():
            raise ValueError(f"the name of a variable is 1 to {LONGEST_COLUMN} printable characters")
        # A bool is an int to Python, and no text to anybody.
        if isinstance(value, bool) or not isinstance(value, str | int | float | None):
            raise ValueError("the values of a recipient are texts or numbers")  # noqa: TRY004 - pydantic wants this one
        row[name] = "" if value is None else str(value)
        if len(row[name]) > LONGEST_CELL or "\0" in row[name]:
            raise ValueError(f"a value has up to {LONGEST_CELL:,} characters and no NUL")
    return row


CELL: Final = {"anyOf": [{"type": "string", "maxLength": LONGEST_CELL}, {"type": "number"}]}
Recipient = Annotated[
    dict[str, str],
    BeforeValidator(as_row),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "maxLength": LONGEST_CELL, "description": "A number, as people write it."},
                {
                    "type": "object",
                    "description": "A number with the variables of the text.",
                    "properties": {"phone": CELL},
                    "required": ["phone"],
                    "additionalProperties": {"anyOf": [*CELL["anyOf"], {"type": "null"}]},
                },
            ]
        }
    ),
]


class CampaignFields(BaseModel):
    """A campaign but for its list."""

    model_config = ConfigDict(extra="forbid")

    provider: Name = Field(description="The provider that sends it.", examples=["esms"])
    sender: Name = Field(description="The brandname that subscribers see.", examples=["LOA"])
    kind: Literal["ads", "care"] = Field(description="Advertising, or customer care.")
    text: str = Field(
        min_length=1,
        max_length=5000,
        description="The text; `{name}` is filled from the recipient's variable of that name.",
    )
    name: str = Field(default="", max_length=200, description="A name to find it by; by default that of the list.")
    at: str | None = Field(
        default=None,
        max_length=40,
        description="When it may leave: ISO 8601, Vietnam time unless it says otherwise; without it: as soon as it may.",
        examples=["2026-11-25T09:00:00+07:00"],
    )


class CampaignAsk(CampaignFields):
    """A campaign with its recipients; longer lists go as a file."""

    recipients: list[Recipient] = Field(min_length=1, description="Numbers, or objects with a `phone` and variables.")


class OtpAsk(BaseModel):
    """A one-time password."""

    model_config = ConfigDict(extra="forbid")

    phone: str = Field(min_length=1, max_length=40, description="The number, as people write it.", repr=False)
    text: str = Field(min_length=1, max_length=1000, description="The text with the code.", repr=False)
    ttl: float = Field(
        default=DEFAULT_TTL_S,
        ge=SHORTEST_TTL_S,
        le=LONGEST_TTL_S,
        allow_inf_nan=False,
        description="Seconds after which it is dropped instead of sent.",
    )
    route: list[Name] = Field(
        default=[], max_length=10, description="Providers in the order in which they are tried; empty: LOA_OTP_ROUTE."
    )
    sender: str = Field(
        default="", max_length=200, description="The brandname that the subscriber sees; empty: each provider's own."
    )


CAMPAIGN_EXAMPLE: Final = {
    "provider": "esms",
    "sender": "LOA",
    "kind": "care",
    "text": "Chao {name}, don hang cua ban da duoc giao.",
    "recipients": [{"phone": "0900000001", "name": "An"}, {"phone": "0900000002", "name": "Binh"}],
}
OTP_EXAMPLE: Final = {"phone": "0900000001", "text": "Ma xac thuc LOA: 482913", "ttl": 120, "route": ["esms", "fpt"]}
