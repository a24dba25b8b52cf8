"""Bodies of HTTP requests for campaigns, each field with its limits; unknown fields are refused."""

from itertools import islice
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    WrapValidator,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from worker.api.problems import MOST_FAULTS
from worker.api.recipients import Recipient, as_rows
from worker.domain.webhook import LONGEST_URL


def printable(text: str) -> str:
    """The text of one line; NUL, control characters and line breaks are in no name."""
    if not text.isprintable():
        raise ValueError("it has printable characters only, on one line")
    return text


def without_nul(text: str) -> str:
    """No database keeps a NUL in a text."""
    if "\0" in text:
        raise ValueError("it has no NUL")
    return text


def no_truth_value(given: object) -> object:
    """`true` is 1 to pydantic, and a mistake to whoever sends it for a number."""
    if isinstance(given, bool):
        raise ValueError("it is a number, and neither true nor false")  # noqa: TRY004 - pydantic hears ValueError alone
    return given


Integer = Annotated[int, BeforeValidator(no_truth_value)]
Number = Annotated[float, BeforeValidator(no_truth_value)]
Printable = Annotated[str, AfterValidator(printable)]
Name = Annotated[Printable, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class ListReading(BaseModel):
    """How a list is to be read, where that is not as the file shows."""

    phone_column: Printable = Field(
        default="", max_length=200, description="The column of the numbers: its heading, or its number from 1."
    )
    sheet: Printable = Field(default="", max_length=200, description="The sheet of a workbook that is the list.")
    hidden: Literal["", "keep", "skip"] = Field(default="", description="What is done with hidden rows of a workbook.")
    encoding: Literal["auto", "utf-8", "cp1258", "tcvn3", "vni", "viscii"] = Field(
        default="auto", description="The encoding of a text file, where it is not recognised."
    )
    header_row: Annotated[str, StringConstraints(pattern="^[0-9]{0,7}$")] = Field(
        default="", description="The number of the heading's row, from 1; `0`: there is none."
    )


class CampaignFields(ListReading):
    """A campaign but for its list."""

    model_config = ConfigDict(extra="forbid")

    provider: Name = Field(description="The provider that sends it.", examples=["esms"])
    channel: Literal["sms", "zalo"] = Field(
        default="sms",
        description="By text, which has a `sender` and a `text`; or by a Zalo template, which has neither.",
    )
    sender: Annotated[Printable, StringConstraints(strip_whitespace=True, max_length=200)] = Field(
        default="", validate_default=True, description="The brandname that subscribers see.", examples=["LOA"]
    )
    kind: Literal["ads", "care"] = Field(description="Advertising, or customer care.")
    text: Annotated[str, AfterValidator(without_nul)] = Field(
        default="",
        validate_default=True,
        max_length=5000,
        description="The text; `{name}` is filled from the recipient's variable of that name.",
    )
    oa_id: Printable = Field(
        default="", validate_default=True, max_length=40, description="Of Zalo: the official account (OAID)."
    )
    template_id: Printable = Field(
        default="", validate_default=True, max_length=40, description="Of Zalo: its template (TempID)."
    )
    params: Annotated[list[Printable] | Printable, Field(max_length=10_000)] = Field(
        default="",
        description="Of Zalo: the values of the template in its order, each `name`, or `name=column` where another column fills "
        "it; as a list, or with commas between them.",
    )
    fallback_text: Annotated[str, AfterValidator(without_nul)] = Field(
        default="",
        max_length=5000,
        description="Of Zalo: a text for those whom it certainly did not reach, sent once the campaign is over.",
    )
    fallback_sender: Printable = Field(default="", max_length=200, description="The brandname of that text.")
    name: Printable = Field(
        default="", max_length=200, description="A name to find it by; by default that of the list."
    )
    at: Printable | None = Field(
        default=None,
        max_length=40,
        description="When it may leave: ISO 8601 or `28/11/2026 9:00`, the day first; Vietnam time unless it says otherwise; "
        "without it: as soon as it may.",
        examples=["2026-11-25T09:00:00+07:00"],
    )
    until: Printable | None = Field(
        default=None,
        max_length=40,
        description="After this moment nothing of it leaves; written like `at`, and a day alone is the whole day.",
    )
    again: bool = Field(default=False, description="Send the same text to the same list once more within 24 hours.")
    draft: bool = Field(default=False, description="Leave it a draft when it is planned, until it is submitted.")
    dry_run: bool = Field(default=False, description="Check and count everything, store nothing, and tell a forecast.")
    plain: bool = Field(default=False, description="Write curly quotes, dashes and the like as plain ones.")

    callback_url: Printable = Field(
        default="", max_length=LONGEST_URL, description="An address of yours that its events are posted to, signed."
    )

    @field_validator("sender", "text")
    @classmethod
    def _of_texts(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("channel") == "zalo" and value:
            raise ValueError("a Zalo campaign has neither text nor sender: leave it out")
        if info.data.get("channel") != "zalo" and not value:
            raise PydanticCustomError("missing", "Field required")
        return value

    @field_validator("oa_id", "template_id")
    @classmethod
    def _of_zalo(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("channel") == "zalo" and not value:
            raise PydanticCustomError("missing", "Field required")
        return value


class CampaignBody(CampaignFields):
    """A campaign with its recipients, or of a stored list; longer lists go as a file."""

    audience: Printable = Field(
        default="", max_length=100, description="Instead of recipients: the name of a stored list."
    )
    minus: Printable = Field(default="", max_length=100, description="A stored list whose numbers are left out of it.")
    recipients: Annotated[list[Recipient], Field(min_length=1), WrapValidator(as_rows)] | None = Field(
        default=None, validate_default=True, description="Numbers, or objects with a `phone` and variables."
    )

    @field_validator("minus")
    @classmethod
    def _of_an_audience(cls, value: str, info: ValidationInfo) -> str:
        if value and not info.data.get("audience"):
            raise ValueError("it takes something away from an audience, and none is named")
        return value

    @field_validator("recipients")
    @classmethod
    def _one_list(cls, value: list[dict[str, str]] | None, info: ValidationInfo) -> list[dict[str, str]] | None:
        if value is None and not info.data.get("audience"):
            raise PydanticCustomError("missing", "Field required")
        if value is not None and info.data.get("audience"):
            raise ValueError("there is an audience already: leave one of them out")
        return value

    @model_validator(mode="before")
    @classmethod
    def _few_unknown(cls, given: Any) -> Any:
        """Of the fields that do not exist, no more than an answer names are looked at: each costs memory."""
        if not isinstance(given, dict):
            return given
        unknown = islice((name for name in given if name not in cls.model_fields), MOST_FAULTS + 1)
        few = {name: given[name] for name in unknown}
        return {**{name: given[name] for name in cls.model_fields if name in given}, **few}


CAMPAIGN_EXAMPLE: Final = {
    "provider": "esms",
    "sender": "LOA",
    "kind": "care",
    "text": "Chao {name}, don hang cua ban da duoc giao.",
    "recipients": [{"phone": "0900000001", "name": "An"}, {"phone": "0900000002", "name": "Binh"}],
}
