"""What may be asked of one-time passwords by HTTP: the bodies of requests, each field with its limits."""

from typing import Annotated, Final, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from worker.api.schemas import Integer, Name, Number, Printable, without_nul
from worker.domain.message import DEFAULT_TTL_S, LONGEST_TTL_S, SHORTEST_TTL_S
from worker.domain.otp_code import DEFAULT_LENGTH, DEFAULT_VALID_S, DIGITS, LONGEST, LONGEST_VALID_S, SHORTEST
from worker.domain.webhook import LONGEST_URL

OTP_EXAMPLE: Final = {"phone": "0900000001", "text": "Ma xac thuc LOA: 482913", "ttl": 120, "route": ["esms", "fpt"]}


class Generate(BaseModel):
    """How Loa makes a code."""

    model_config = ConfigDict(extra="forbid")

    length: Integer = Field(default=DEFAULT_LENGTH, ge=SHORTEST, le=LONGEST, description="Its characters.")
    alphabet: str = Field(
        default=DIGITS,
        min_length=2,
        max_length=62,
        pattern="^[0-9A-Za-z]+$",
        description="What it is made of, each once.",
    )
    valid: Number = Field(
        default=DEFAULT_VALID_S,
        ge=30,
        le=LONGEST_VALID_S,
        allow_inf_nan=False,
        description="Seconds from the request in which it is approved.",
    )
    domain: Printable = Field(
        default="",
        max_length=100,
        description="A site whose browser may fill the code in: the text then ends with `@domain #code`.",
    )


class OtpBody(BaseModel):
    """A one-time password: a `text` with a code of yours, or a `template` for a code that Loa makes (`generate`)."""

    model_config = ConfigDict(extra="forbid")

    phone: Printable = Field(min_length=1, max_length=40, description="The number, as people write it.", repr=False)
    text: Annotated[str, AfterValidator(without_nul)] | None = Field(
        default=None, min_length=1, max_length=1000, description="The text with the code.", repr=False
    )
    template: Annotated[str, AfterValidator(without_nul)] | None = Field(
        default=None,
        min_length=1,
        max_length=1000,
        description="The text with `{code}` where the code that Loa makes is to stand; with `generate`.",
    )
    generate: Generate | None = Field(
        default=None, description="Let Loa make the code, and check it by `POST /v1/otp/{id}/check`."
    )
    client_ip: Printable = Field(
        default="",
        max_length=45,
        description="The subscriber's own address, for LOA_OTP_MAX_PER_CLIENT_PER_10MIN; its network is kept.",
    )
    ttl: Number = Field(
        default=DEFAULT_TTL_S,
        ge=SHORTEST_TTL_S,
        le=LONGEST_TTL_S,
        allow_inf_nan=False,
        description="Seconds after which it is dropped instead of sent.",
    )
    route: list[Name] = Field(
        default=[], max_length=10, description="Providers in the order in which they are tried; empty: LOA_OTP_ROUTE."
    )
    sender: Printable = Field(
        default="", max_length=200, description="The brandname that the subscriber sees; empty: each provider's own."
    )
    callback_url: Printable = Field(
        default="", max_length=LONGEST_URL, description="An address of yours that its events are posted to, signed."
    )

    @model_validator(mode="after")
    def _one_text(self) -> Self:
        needed, other = ("text", "template") if self.generate is None else ("template", "text")
        with_it = "without" if self.generate is None else "with"
        for name, wrong in ((needed, getattr(self, needed) is None), (other, getattr(self, other) is not None)):
            if wrong:
                sentence = f"{with_it} generate there is a {needed} and no {other}"
                kind = PydanticCustomError("one_text", "{sentence}", {"sentence": sentence})
                raise ValidationError.from_exception_data("otp", [InitErrorDetails(type=kind, loc=(name,), input=None)])
        return self


class CheckBody(BaseModel):
    """What a person typed."""

    model_config = ConfigDict(extra="forbid")

    code: Printable = Field(min_length=1, max_length=40, description="The code, as it was typed.", repr=False)
