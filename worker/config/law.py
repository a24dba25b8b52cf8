"""Settings that speak of the law: the hours and the number of ads, the rules by date, proof of consent, senders of banks."""

from datetime import timedelta
from functools import cache
from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings

from worker.domain.policy import OURS, Policy
from worker.domain.policy import load as load_policy
from worker.domain.window import Windows


class Law(BaseSettings):
    """What holds for ads, within the rules of worker/domain/policy.toml."""

    ad_windows: str = Field(
        default="08:00-11:30,13:30-20:00",
        description="Hours in which ads may leave, Vietnam time; limited on each day to the law's hours (07:00-22:00).",
    )
    ad_opening_margin_s: float = Field(
        0,
        ge=0,
        description="Seconds after a window opens before ads leave; set it larger than a host's clock may be ahead.",
    )
    ad_closing_margin_s: float = Field(0, ge=0, description="Seconds before a window's end at which ads stop leaving.")
    max_ads_per_24h: int | None = Field(
        default=None,
        ge=0,
        description="Most ads to a number in any 24 hours, over all campaigns and providers; empty: the law's limit "
        "of that day (3); 0: no limit.",
    )
    policy_file: str = Field(
        default="",
        description="A file of dated rules that replaces worker/domain/policy.toml, in the same format; empty: that "
        "one.",
    )
    require_consent: bool = Field(
        default=False,
        description="Whether ads go only to rows with consent_at and consent_source; other rows are refused.",
    )
    min_keep_proof_days: int = Field(
        default=400,
        ge=0,
        description="Days for which proof of consent is kept at least after its campaign ends, whatever LOA_KEEP_DAYS says.",
    )
    bank_senders: str = Field(
        default="",
        description="Brandnames of banks, with commas between them: Loa warns of links in their texts.",
    )

    @field_validator("ad_windows")
    @classmethod
    def _ad_hours(cls, value: str) -> str:
        Windows.read(value)
        return value

    @field_validator("policy_file")
    @classmethod
    def _readable(cls, value: str) -> str:
        if value:
            _load(value)
        return value

    @property
    def policy(self) -> Policy:
        """The dated rules; checked at boot."""
        return _load(self.policy_file) if self.policy_file else OURS

    @property
    def windows(self) -> Windows:
        """The hours of ads, as set and as the rules permit them; checked at boot."""
        closing, opening = (timedelta(seconds=one) for one in (self.ad_closing_margin_s, self.ad_opening_margin_s))
        return Windows.parse(self.ad_windows, closing, self.policy).opening_later(opening)

    @property
    def banks(self) -> frozenset[str]:
        """The brandnames of banks, in lower case."""
        return frozenset(filter(None, (name.strip().casefold() for name in self.bank_senders.split(","))))


@cache
def _load(path: str) -> Policy:
    return load_policy(Path(path))
