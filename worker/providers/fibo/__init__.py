"""Fibo (SMS Hosting): one text a call, the balance, and the account's totals, as its API pages describe them.

`adapter` calls, `requests` writes, `envelope` opens answers, `sending` and `account` say what they mean, `codes` lists
the codes of both generations.
"""

from worker.domain.account import Totals
from worker.providers.fibo.adapter import Fibo, FiboAccount
from worker.providers.fibo.sending import is_evidence

__all__ = ["Fibo", "FiboAccount", "Totals", "is_evidence"]
