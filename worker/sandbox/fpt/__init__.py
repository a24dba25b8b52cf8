"""FPT as its manual tells it: tokens, one-time passwords, campaigns of ads."""

from worker.sandbox.fpt.service import Fpt as Fpt
