"""One-time passwords: a message is taken in, delivered and looked at; what was left lying is swept up."""

from worker.services.otp.check_elsewhere import Checked
from worker.services.otp.codes import check
from worker.services.otp.deliver import deliver
from worker.services.otp.intake import (
    Taken,
    enqueue,
    enqueue_sealed,
    identify,
    show,
    take_in,
    take_in_checked,
    take_in_together,
)
from worker.services.otp.request import CheckedRequest, OtpRequest, checked
from worker.services.otp.sweep import sweep

__all__ = [
    "Checked",
    "CheckedRequest",
    "OtpRequest",
    "Taken",
    "check",
    "checked",
    "deliver",
    "enqueue",
    "enqueue_sealed",
    "identify",
    "show",
    "sweep",
    "take_in",
    "take_in_checked",
    "take_in_together",
]
