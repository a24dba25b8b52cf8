"""Copies a campaign into a new draft or form, to the same people or only to those who certainly did not get it."""

from pathlib import Path
from uuid import UUID

from worker.domain.roles import May
from worker.errors import NotFound, Refused
from worker.services.deps import Deps
from worker.services.planning import after_zalo, drafts, forms, plan
from worker.services.planning.drafts import Drafted
from worker.services.planning.entered import Entered
from worker.services.planning.forms import Form
from worker.services.planning.plan import Plan
from worker.services.planning.reading import Hooks
from worker.services.planning.request import CampaignRequest
from worker.storage import campaigns
from worker.storage.sending import earlier, zalo


def copy(
    deps: Deps, campaign_id: UUID, *, failed_only: bool = False, name: str = "", hooks: Hooks | None = None
) -> Plan:
    """Plan a draft like an earlier campaign now; it stays one until it is submitted.

    `failed_only`: to the numbers that failed, were rejected, cancelled or left out, never to unknown ones, nor to those that a
    provider took and tells no more of. Refused `nobody_without_delivery`, and what planning refuses.
    """
    return plan.create(deps, request(deps, campaign_id, failed_only=failed_only, name=name), hooks=hooks)


def begin(deps: Deps, campaign_id: UUID, *, failed_only: bool = False, name: str = "") -> Form:
    """Start a form like an earlier campaign: its list is fixed, all else may be changed before it is planned and submitted."""
    asked = request(deps, campaign_id, failed_only=failed_only, name=name)
    return forms.begin_stored(deps, asked.list_name, Entered.of(asked))


def copy_later(deps: Deps, campaign_id: UUID, key: str, *, failed_only: bool = False, name: str = "") -> Drafted:
    """The same, planned by a worker; `key` makes a repeated request the same copy."""
    return drafts.create(deps, request(deps, campaign_id, failed_only=failed_only, name=name, key=key), uploaded=False)


def request(
    deps: Deps, campaign_id: UUID, *, failed_only: bool = False, name: str = "", key: str = ""
) -> CampaignRequest:
    """What is asked for by a copy."""
    deps.actor.must(May.DRAFT)
    with deps.sessions() as session:
        source = campaigns.get(session, campaign_id)
        if source is None:
            raise NotFound("campaign", str(campaign_id))
        deps.actor.must_own(source.author_id, May.SEE_ALL, May.SEE_OWN)
        if failed_only and source.fallback_text is not None:
            raise Refused(
                "falls_back",
                "Those whom this campaign does not reach over Zalo get a text when it is over: a copy to them would be a second.",
            )
        if not earlier.size(session, campaign_id, failed_only=failed_only):
            gone = source.valid > 0 and not earlier.size(session, campaign_id, failed_only=False)
            raise _nobody(failed_only=failed_only, gone=gone)
    filled = zalo.of(source)
    return CampaignRequest(
        source.provider,
        source.sender if filled is None else "",
        source.kind,
        source.text if filled is None else "",
        Path(source.list_name),
        name=name or f"{source.name} ({'again' if failed_only else 'copy'})",
        key=key,
        list_name=source.list_name,
        again=True,
        draft=True,
        source=f"campaign:{campaign_id}" + (":failed" if failed_only else ""),
        copied_from=str(campaign_id),
        channel=source.channel,
        template=filled,
        fallback=after_zalo.of(source),
    )


def _nobody(*, failed_only: bool, gone: bool) -> Refused:
    if gone:
        return Refused(
            "numbers_gone",
            "The campaign's numbers were deleted at the end of their time: make a new campaign of the list.",
        )
    if failed_only:
        return Refused(
            "nobody_without_delivery",
            "Nobody is certainly without a delivery: those whose outcome is unknown, or that may still leave, are none.",
        )
    return Refused("not_planned", "The campaign has no numbers, or not yet.")
