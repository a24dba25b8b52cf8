"""FPT: one-time passwords and advertising campaigns, as written in the manual of 2016 and known of the newer API.

`adapter` calls, `session` gets tokens and `tokens` keeps them, `messages` and `campaigns` write requests and read what is
special in their answers, `parsing` reads what all have in common, `codes` lists the codes, `reports` reads callbacks.
"""

from worker.domain.calls import AdCampaign, Cancellation, Push
from worker.providers.fpt.account import FptAccount
from worker.providers.fpt.adapter import Fpt
from worker.providers.fpt.campaigns import name_taken
from worker.providers.fpt.reports import Delivery, Report, parse_report
from worker.providers.fpt.tokens import LocalTokens, TokenStore

__all__ = [
    "AdCampaign",
    "Cancellation",
    "Delivery",
    "Fpt",
    "FptAccount",
    "LocalTokens",
    "Push",
    "Report",
    "TokenStore",
    "name_taken",
    "parse_report",
]
