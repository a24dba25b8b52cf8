"""What can be done with a message? Taken in, delivered, looked at; what was left lying is swept up."""

from worker.services.otp.deliver import deliver
from worker.services.otp.intake import Taken, Wish, enqueue, enqueue_sealed, identify, show, take_in
from worker.services.otp.sweep import sweep

__all__ = ["Taken", "Wish", "deliver", "enqueue", "enqueue_sealed", "identify", "show", "sweep", "take_in"]
