"""Settings of what producers are told, and of what they may have made for them."""

from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import Field
from pydantic_settings import BaseSettings

from worker.domain.limit import Limit

if TYPE_CHECKING:
    from worker.receivers import Poster
    from worker.services.deps import Receivers


class Producers(BaseSettings):
    """Webhooks, and one-time passwords that Loa makes."""

    webhook_allow_private: bool = Field(
        default=False,
        description="Whether events may be posted to addresses that are not of the public internet (loopback, 10.x …).",
    )
    webhook_timeout_s: float = Field(
        default=15, gt=0, le=60, description="Seconds within which a receiver of events must answer."
    )

    otp_max_per_key_per_hour: int = Field(
        default=0,
        ge=0,
        description="Most one-time passwords of one API key in any hour; more are refused; 0: no limit.",
    )
    otp_max_per_prefix_per_10min: int = Field(
        default=0,
        ge=0,
        description="Most one-time passwords to numbers that differ in their last three digits only, in any 10 minutes; "
        "0: no limit.",
    )
    otp_max_per_client_per_10min: int = Field(
        default=20,
        ge=0,
        description="Most one-time passwords for one network of subscribers (client_ip: /24, IPv6 /48) in any 10 minutes; "
        "0: no limit.",
    )

    @property
    def otp_key_limits(self) -> tuple[Limit, ...]:
        """How many one-time passwords a key may ask for."""
        return (Limit(self.otp_max_per_key_per_hour, timedelta(hours=1)),)

    @property
    def otp_prefix_limits(self) -> tuple[Limit, ...]:
        """How many one-time passwords a block of numbers may get."""
        return (Limit(self.otp_max_per_prefix_per_10min, timedelta(minutes=10)),)

    @property
    def otp_client_limits(self) -> tuple[Limit, ...]:
        """How many one-time passwords may be asked for from one network."""
        return (Limit(self.otp_max_per_client_per_10min, timedelta(minutes=10)),)

    def receivers(self, made: "list[Poster]") -> "Receivers":
        """Who may be told of events; the connections are put into `made` when they are first needed."""
        from worker.services.deps import Receivers  # noqa: PLC0415 - who only reads settings needs no services

        def poster() -> "Poster":
            if not made:
                made.append(self.poster())
            return made[0]

        return Receivers(self.webhook_allow_private, self.webhook_timeout_s, poster)

    def poster(self) -> "Poster":
        """Connections to receivers."""
        from worker.receivers import Poster  # noqa: PLC0415 - most processes post nothing

        return Poster(timeout_s=self.webhook_timeout_s, allow_private=self.webhook_allow_private)
