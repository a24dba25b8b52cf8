"""What a campaign names is compared with what its provider lists: sender, Zalo template, and the text that follows Zalo."""

from datetime import datetime

from worker.domain.zalo import Fallback, ZaloTemplate
from worker.services.account import Account
from worker.services.deps import Deps
from worker.services.planning import after_zalo, senders, zalo_template


def with_provider(
    deps: Deps,
    account: Account,
    kind: str,
    sender: str,
    zalo: tuple[ZaloTemplate | None, Fallback | None],
    at: datetime,
) -> list[str]:
    """Sentences about what is not as it is listed; Refused for a sender that the list lacks. No transaction is open."""
    template, fallback = zalo
    return [
        *senders.check(deps, account, kind, sender),
        *zalo_template.check(deps, account, template),
        *after_zalo.check(deps, account, kind, fallback, at),
    ]
