"""Shows a campaign on a screen: its facts, a bar of its counts, and first the batches that need a look."""

from collections.abc import Mapping, Sequence
from typing import Final

from rich.text import Text

from worker.cli import console
from worker.domain.outcome import with_code
from worker.domain.states import BatchState, CampaignStatus
from worker.errors import Misuse, NotFound
from worker.services.deps import Deps
from worker.services.operations import refused_tasks
from worker.services.planning.forecast import Forecast
from worker.services.reporting import report
from worker.services.reporting.leaving import Leaving
from worker.services.reporting.report import View
from worker.storage.tables.campaigns import Batch, Campaign

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


def found(deps: Deps, written: str) -> View:
    """The campaign that a person means: by its id, by that of the task which asked for it, or by its producer's own key.

    Where the task was refused, Refused says why.
    """
    try:
        return report.show(deps, report.identify(deps, written))
    except (NotFound, Misuse) as missing:
        if (asked := report.asked_for_by(deps, written)) is not None:
            return report.show(deps, asked)
        raise refused_tasks.explain(deps, written, missing) from None


def campaign(view: View, *, every_batch: bool) -> None:
    """Everything of one campaign."""
    one = view.campaign
    console.answer(f"Campaign {one.id} ({one.name})", style="bold")
    facts = console.facts()
    facts.add_row("status", _status(one))
    facts.add_row("order", f"{one.kind} by {one.sender} through {one.provider}")
    facts.add_row("text", one.text)
    facts.add_row("list", _list(one))
    facts.add_row("author", _author(view))
    if view.tests:
        facts.add_row("tests", f"{console.plural(view.tests, 'text')} to own numbers, no part of it")
    if view.leaving is not None:
        facts.add_row("leaves", leaves(view.leaving))
    if one.until:
        facts.add_row("until", console.moment(one.until))
    if one.started_at:
        facts.add_row("began", console.moment(one.started_at))
    if one.finished_at:
        facts.add_row("ended", console.moment(one.finished_at))
    told = "" if view.cost == view.cost_told else f" ({console.money(view.cost_told)} of it told by the provider)"
    facts.add_row("cost", f"{console.money(view.cost)} so far{told}, about {console.money(one.cost_estimate)} expected")
    console.out.print(facts)
    for warning in view.warnings:
        console.answer(f"Warning ({warning.code}): {warning.sentence}")
    if hint := way_on(one, view.counts):
        console.answer(hint)
    console.out.print(bar(view.counts))
    console.out.print(legend(view.counts))
    _batches(view.batches, every_batch=every_batch)


def forecast(one: Forecast) -> None:
    """When the last one is expected to leave, and what it costs by carrier."""
    facts = console.facts()
    if one.begin is None or one.finish is None:
        facts.add_row("leaves", "nothing is left to send")
    else:
        facts.add_row("leaves", f"from {console.moment(one.begin)}, the last one about {console.moment(one.finish)}")
        facts.add_row(
            "calls", f"{one.calls_left:,} for {one.numbers_left:,} numbers, {one.calls_per_second:g} a second"
        )
    facts.add_row("cost", f"about {console.money(one.cost)}")
    console.out.print(facts)
    if one.by_carrier:
        shares = console.table("carrier", "numbers", "parts", "cost", right=("numbers", "parts", "cost"))
        for share in one.by_carrier:
            shares.add_row(share.name, f"{share.numbers:,}", f"{share.parts:,}", console.money(share.cost))
        console.out.print(shares)
    for note in one.notes:
        console.answer(f"Note: {note}")


def _author(view: View) -> str:
    """Who wrote it, and who agreed to it."""
    one = view.approval
    who = view.campaign.author or "unknown"
    if one is None or one.verdict == "withdrawn":
        return who
    if one.verdict is None:
        return f"{who}, submitted by {one.submitted_by}; it waits for an approval"
    return f"{who}, {one.verdict} by {one.decided_by}" + (f": {one.comment}" if one.comment else "")


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


def leaves(what: Leaving) -> str:
    """When the next texts may leave, and why not sooner."""
    return " ".join(filter(None, [console.moment(what.at), what.why]))


def campaigns(rows: Sequence[tuple[Campaign, Leaving | None]]) -> None:
    """The latest campaigns, one a line."""
    if not rows:
        console.answer("There is no campaign yet; `loa campaign create --help` shows how to make one.")
        return
    lines = console.table("id", "name", "status", "provider", "valid", "leaves", right=("valid",))
    for one, leaving in rows:
        when = (
            console.moment(leaving.at)
            if leaving
            else f"began {console.moment(one.started_at)}"
            if one.started_at
            else ""
        )
        lines.add_row(str(one.id), one.name, _status(one), one.provider, f"{one.valid:,}", when)
    console.out.print(lines)


def way_on(one: Campaign, counts: Mapping[str, int]) -> str:
    """What somebody can do for a campaign that does not go on by itself; empty when nothing is to be done."""
    match one.status:
        case CampaignStatus.PAUSED if not counts["planned"] and not counts["unknown"]:
            return "All of it has left: it ends by itself when the provider has reported on it."
        case CampaignStatus.PAUSED:
            return f"It goes on by: loa campaign resume {one.id} (mend the cause first, where the provider named one)."
        case CampaignStatus.RECONCILING:
            return (
                "Its unknown batches are looked up in the provider's record by themselves. Where that cannot settle one, ask "
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
    lines = console.table(
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
        said = with_code(batch.code, batch.provider_message)
        lines.add_row(
            str(batch.seq),
            f"{batch.size:,}",
            str(batch.state),
            f"{batch.delivered:,}",
            f"{batch.failed:,}",
            batch.provider_ref,
            said,
        )
    console.out.print(lines)
    if len(shown) < len(ordered):
        console.answer(
            f"{len(ordered) - len(shown):,} more batches: `loa campaign show {batches[0].campaign_id} --all`"
        )
