"""Settings of one-time passwords as the policy that services are handed."""

from datetime import timedelta
from typing import TYPE_CHECKING

from worker.domain.message import parse_route

if TYPE_CHECKING:
    from worker.config import Settings
    from worker.services.deps import OtpPolicy


def otp_policy(settings: "Settings") -> "OtpPolicy":
    """What becomes of a message that does not say it itself."""
    from worker.services.deps import OtpPolicy  # noqa: PLC0415 - who only reads settings needs no services

    return OtpPolicy(
        route=parse_route(settings.otp_route),
        fallback_after_unknown=settings.otp_fallback_after_unknown,
        limits=settings.otp_limits,
        key_limits=settings.otp_key_limits,
        prefix_limits=settings.otp_prefix_limits,
        client_limits=settings.otp_client_limits,
        longest_wait=timedelta(seconds=settings.otp_longest_wait_s),
    )
