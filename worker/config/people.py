"""Settings about people: whether two must agree on an ad, how long a login lasts, and as whom commands act."""

from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from pydantic import Field, SecretStr

from worker.config.openid import OpenId

if TYPE_CHECKING:
    from worker.services.deps import PeoplePolicy


class People(OpenId):
    """What holds for people."""

    approval: Literal["off", "four_eyes"] = Field(
        default="off",
        description="four_eyes: an ads campaign waits until somebody other than its author approves it; off: it does not.",
    )
    session_idle_min: float = Field(
        default=60, gt=0, description="Minutes without a click after which the console asks for the password again."
    )
    session_hours: float = Field(
        default=12, gt=0, description="Hours after which the console asks for the password in any case."
    )
    user: str = Field(
        default="",
        description="The user as whom commands act, with LOA_USER_KEY or a password; empty: the account of the operating system.",
    )
    user_key: SecretStr = Field(
        default=SecretStr(""),
        description="A key of that user (`loa key create --user NAME`), in place of the password.",
    )

    @property
    def people(self) -> "PeoplePolicy":
        """What services are handed of it."""
        from worker.services.deps import PeoplePolicy  # noqa: PLC0415 - who only reads settings needs no services

        idle, longest = timedelta(minutes=self.session_idle_min), timedelta(hours=self.session_hours)
        return PeoplePolicy(self.approval == "four_eyes", idle, longest, self.openid_rules)
