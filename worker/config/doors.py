"""Which settings do the doors have? What may come in by HTTP, and how often one number may be sent to."""

from datetime import timedelta

from pydantic import Field
from pydantic_settings import BaseSettings

from worker.services.deps import Limit


class Doors(BaseSettings):
    """The limits of what is taken in."""

    otp_max_per_10min: int = Field(
        default=5,
        ge=0,
        description="Most one-time passwords to a number in any 10 minutes; more are refused; 0: no limit.",
    )
    otp_max_per_24h: int = Field(
        default=20,
        ge=0,
        description="Most one-time passwords to a number in any 24 hours; more are refused; 0: no limit.",
    )
    max_request_bytes: int = Field(
        default=5_000_000, ge=1000, description="Longest JSON body that the HTTP API reads; longer lists go as files."
    )
    max_upload_bytes: int = Field(
        default=500_000_000,
        ge=1000,
        description="Largest request with a list as a file; it is streamed to LOA_DATA_DIR/uploads, which the hosts of web and "
        "worker-plan share.",
    )

    @property
    def otp_limits(self) -> tuple[Limit, ...]:
        """How many one-time passwords a number may get."""
        return (
            Limit(self.otp_max_per_10min, timedelta(minutes=10)),
            Limit(self.otp_max_per_24h, timedelta(hours=24)),
        )
