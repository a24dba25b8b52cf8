"""Fibo as its documents tell it: `center.fibosms.com/service.asmx` and the totals page."""

from worker.sandbox.fibo.service import Fibo as Fibo
