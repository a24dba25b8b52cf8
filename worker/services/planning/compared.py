"""What a campaign names is compared with what its provider lists: sender, Zalo template, the text after Zalo, care templates."""

from dataclasses import dataclass

from worker.services.deps import Deps
from worker.services.planning import after_zalo, care, senders, zalo_template
from worker.services.planning.checked import Checked
from worker.services.planning.summary import ListSummary


@dataclass(frozen=True, slots=True)
class Compared:
    """What the provider said: sentences about what is not as it is listed, and the care templates of the sender."""

    warnings: list[str]
    registered: care.Registered

    def notes(self, checked: Checked, found: ListSummary) -> list[str]:
        """All that a person should know of it, now that the texts are known."""
        return [*self.warnings, *care.compared(checked.account, self.registered, checked.sender, found)]


def with_provider(deps: Deps, checked: Checked) -> Compared:
    """Ask the provider; Refused for a sender that its list lacks. No transaction is open."""
    account, kind = checked.account, checked.requested.kind
    warnings = [
        *senders.check(deps, account, kind, checked.sender),
        *zalo_template.check(deps, account, checked.requested.template),
        *after_zalo.check_sender(deps, account, kind, checked.fallback),
    ]
    # Of a sender that the provider does not list for it, one sentence is enough.
    return Compared(warnings, care.Registered() if warnings else care.look(deps, account, kind, checked.sender))
