"""Limits of the HTTP doors: sizes, connections and time-outs, and how often one number may be sent to."""

from datetime import timedelta

from pydantic import Field
from pydantic_settings import BaseSettings

from worker.domain.limit import Limit


class HttpLimits(BaseSettings):
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
        description="Largest request with a list as a file; it is streamed, whatever its size.",
    )

    max_downloads: int = Field(
        default=2,
        ge=1,
        description="Reports and tables that one web process sends at a time; more are answered 503 with Retry-After.",
    )
    max_connections: int = Field(
        default=600,
        ge=10,
        description=(
            "Most connections of one web process; beyond that the one that has waited longest with "
            "half a request is closed."
        ),
    )
    header_timeout_s: float = Field(
        default=10, gt=0, description="Seconds within which a client must send the header of its request."
    )
    body_timeout_s: float = Field(
        default=30,
        gt=0,
        description="Seconds after which the body of a request must have averaged 10,000 bytes a second.",
    )

    @property
    def otp_limits(self) -> tuple[Limit, ...]:
        """How many one-time passwords a number may get."""
        return (
            Limit(self.otp_max_per_10min, timedelta(minutes=10)),
            Limit(self.otp_max_per_24h, timedelta(hours=24)),
        )
