"""How is a campaign put on a screen? Its facts, a bar of its counts, and the batches that need a look first."""

from collections.abc import Sequence
from typing import Final

from rich.text import Text

from worker.cli import screen
from worker.domain.states import BatchState, CampaignStatus
from worker.services.report import View
from worker.storage.tables import Batch, Campaign

SHOWN_BATCHES: Final = 20
BAR_WIDTH: Final = 60

#: In trouble first; within a state by number.
URGENCY: Final = (
    BatchState.UNKNOWN,
    BatchState.REJECTED,
    BatchState.SENDING,
    BatchState.PLANNED,
    BatchState.ACCEPTED,
    BatchState.CANCELLED,
    BatchState.REPORTED,
)
COLOURS: Final = {
    "delivered": "green",
    "accepted": "cyan",
    "planned": "bright_black",
    "failed": "red",
    "rejected": "magenta",
    "unknown": "yellow",
    "suppressed": "blue",
    "cancelled": "white",
}


def campaign(view: View, *, every_batch: bool) -> None:
    """Everything of one campaign."""
    one = view.campaign
    screen.answer(f"Campaign {one.id} ({one.name})", style="bold")
    facts = screen.facts()
    facts.add_row("status", _status(one))
    facts.add_row("order", f"{one.kind} by {one.sender} through {one.provider}")
    facts.add_row("text", one.text)
    facts.add_row("list", _list(one))
    facts.add_row("leaves", screen.moment(one.scheduled_for))
    if one.started_at:
        facts.add_row("began", screen.moment(one.started_at))
    if one.finished_at:
        facts.add_row("ended", screen.moment(one.finished_at))
    facts.add_row("cost", f"{screen.money(view.cost)} so far, about {screen.money(one.cost_estimate)} expected")
    screen.out.print(facts)
    if hint := way_on(one):
        screen.answer(hint)
    screen.out.print(bar(view.counts))
    screen.out.print(legend(view.counts))
    _batches(view.batches, every_batch=every_batch)


def bar(counts: dict[str, int], width: int = BAR_WIDTH) -> Text:
    """One line in which every number has its share; a state that has any number has at least one column."""
    total = sum(counts.values())
    line = Text()
    for name, colour in COLOURS.items():
        if counts[name]:
            # Letters besides colours: a pipe and a third of all people see none.
            line.append(name[0].upper() * max(1, round(counts[name] * width / total)), style=f"{colour} reverse")
    return line


def legend(counts: dict[str, int]) -> Text:
    """The counts that are not zero, in words."""
    line = Text()
    for name, colour in COLOURS.items():
        if counts[name]:
            line.append(f"{counts[name]:,} {name}  ", style=colour)
    return line


def campaigns(rows: Sequence[Campaign]) -> None:
    """The latest campaigns, one a line."""
    if not rows:
        screen.answer("There is no campaign yet; `loa campaign create --help` shows how to make one.")
        return
    lines = screen.table("id", "name", "status", "provider", "valid", "leaves", right=("valid",))
    for one in rows:
        lines.add_row(
            str(one.id), one.name, _status(one), one.provider, f"{one.valid:,}", screen.moment(one.scheduled_for)
        )
    screen.out.print(lines)


def way_on(one: Campaign) -> str:
    """What somebody can do for a campaign that does not go on by itself; empty when nothing is to be done."""
    match one.status:
        case CampaignStatus.PAUSED:
            return f"It goes on by: loa campaign resume {one.id} (mend the cause first, where the provider named one)."
        case CampaignStatus.RECONCILING:
            return (
                "Its doubtful batches are looked up in the provider's record by themselves. Where that cannot settle one, ask "
                f"the provider, and say what it knows: loa campaign resolve {one.id} --batch N --as sent|not-sent."
            )
        case _:
            return ""


def _status(one: Campaign) -> str:
    return f"{one.status}: {one.status_reason}" if one.status_reason else str(one.status)


def _list(one: Campaign) -> str:
    return (
        f"{one.list_name}: {one.rows:,} rows, {one.valid:,} valid, {one.duplicates:,} duplicates, {one.invalid:,} invalid, "
        f"{one.suppressed:,} suppressed"
    )


def _batches(batches: Sequence[Batch], *, every_batch: bool) -> None:
    ordered = sorted(batches, key=lambda batch: (URGENCY.index(batch.state), batch.seq))
    shown = ordered if every_batch else ordered[:SHOWN_BATCHES]
    lines = screen.table(
        "batch",
        "size",
        "state",
        "delivered",
        "failed",
        "provider's id",
        "said",
        right=("batch", "size", "delivered", "failed"),
    )
    for batch in shown:
        said = f"{batch.code} {batch.words}".strip()
        lines.add_row(
            str(batch.seq),
            f"{batch.size:,}",
            str(batch.state),
            f"{batch.delivered:,}",
            f"{batch.failed:,}",
            batch.provider_ref,
            said,
        )
    screen.out.print(lines)
    if len(shown) < len(ordered):
        screen.answer(f"{len(ordered) - len(shown):,} more batches: `loa campaign show {batches[0].campaign_id} --all`")
