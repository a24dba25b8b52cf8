"""Fibo as its documents tell it: `center.fibosms.com/service.asmx` and the totals page (seed 003, PROVIDERS.md 3)."""

from worker.sandbox.fibo.service import Fibo as Fibo
