"""Plans a campaign at once: its list becomes batches, all of it or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy.exc import IntegrityError

from worker.domain.advice import Warned
from worker.services.deps import Deps
from worker.services.people import audit
from worker.services.planning import batching, compared, gate, price, reading, stored
from worker.services.planning.checked import check, earlier, facts, row_of
from worker.services.planning.reading import Hooks
from worker.services.planning.request import CampaignRequest
from worker.services.reporting import warnings as advised
from worker.storage import campaigns
from worker.storage.tables.campaigns import Campaign
from worker.storage.webhooks import outbox


@dataclass(frozen=True, slots=True)
class Plan:
    """What a request came to; `campaign.id` is stored unless it was a dry run."""

    campaign: Campaign
    batches: int
    #: Sentences that the person should read: what was changed, moved, converted.
    notes: list[str] = field(default_factory=list)
    #: This key had already been used for the same request, and this is what came of it.
    repeated: bool = False
    #: What the person should think of; nothing was refused for it.
    warnings: Sequence[Warned] = ()


def create(deps: Deps, requested: CampaignRequest, *, dry_run: bool = False, hooks: Hooks | None = None) -> Plan:
    """Plan a campaign whole, or refuse it with one sentence and the counts that explain it."""
    hooks = replace(hooks or Hooks(), trial=dry_run)
    with stored.opened(deps, requested) as list_file:
        checked = check(deps, requested)
        if isinstance(checked, Campaign):
            return _repeated(deps, checked)
        listed = compared.with_provider(deps, checked)
        campaign = row_of(deps, checked, gate.first_status(deps, requested.kind, draft=requested.draft or dry_run))
        first = None
        try:
            with deps.sessions.begin() as session:
                found = reading.read(
                    session, checked, list_file, campaign.id, hooks=hooks, require_consent=deps.require_consent
                )
                campaign.sqlmodel_update({**found.columns(), "notes": [*found.notes, *listed.notes(checked, found)]})
                session.add(campaign)
                session.flush()
                number = batching.store(session, checked, campaign, found)
                if dry_run:
                    first = price.first_order(session, checked.account, campaign)
                    session.rollback()
                else:
                    gate.enter(session, deps, campaign)
                    outbox.campaign_moved(session, campaign.id, campaign.status)
                    audit.record(
                        session, deps, "campaign.create", about=("campaign", campaign.id), facts=facts(campaign)
                    )
        except IntegrityError:
            # Two commands with one key at the same moment: the other was first.
            if other := earlier(deps, requested.key, checked.fingerprint):
                return _repeated(deps, other)
            raise
    notes = [*checked.notes, *(campaign.notes or []), *price.compared(deps, checked.account, campaign, first)]
    return Plan(campaign, number, notes, warnings=advised.of(deps, campaign))


def _repeated(deps: Deps, found: Campaign) -> Plan:
    with deps.sessions() as session:
        number = sum(tally.batches for tally in campaigns.tally(session, found.id).values())
    return Plan(
        found, number, ["This key was used before for the same campaign; nothing new was created."], repeated=True
    )
