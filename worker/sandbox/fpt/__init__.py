"""FPT as its manual tells it: tokens, one-time passwords, campaigns of ads (seed 004, PROVIDERS.md section 2)."""

from worker.sandbox.fpt.service import Fpt as Fpt
