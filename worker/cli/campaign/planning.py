"""Plans a campaign in front of a person: a bar while the list is read, refused rows kept, the result explained."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, TextIO

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from worker.cli import console, files, runtime
from worker.domain.states import CampaignStatus
from worker.domain.window import local
from worker.errors import Refused
from worker.services import webhooks
from worker.services.audience import audiences
from worker.services.planning import plan
from worker.services.planning.plan import Plan
from worker.services.planning.reading import Hooks
from worker.services.planning.request import CampaignRequest
from worker.services.reporting import report
from worker.services.reporting.refusals import explain as why_refused
from worker.wiring import Loa

EXAMPLES: Final = 5


@dataclass
class Refusals:
    """The rows that get no message, as they come by: how many for which reason, the first few, and all to `file`."""

    by_reason: Counter[str] = field(default_factory=Counter)
    examples: list[tuple[int, str, str]] = field(default_factory=list)
    file: TextIO | None = None
    _writer: report.RefusalWriter | None = None

    def __call__(self, row: int, value: str, reason: str) -> None:
        """Note one row."""
        self.by_reason[reason] += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append((row, value, reason))
        if self.file is not None:
            self._writer = self._writer or report.RefusalWriter(self.file)
            self._writer(row, value, reason)


def create(loa: Loa, requested: CampaignRequest, *, dry_run: bool = False, refused: str = "") -> tuple[Plan, Refusals]:
    """Plan the request; `refused` names a file for the rows that get no message, written also when the campaign is refused."""
    refusals = Refusals()
    with bar() as progress:
        hooks = Hooks(progress=progress, refused=refusals)
        if not refused:
            return plan.create(loa.deps, requested, dry_run=dry_run, hooks=hooks), refusals
        refusal: Refused | None = None
        with files.whole(refused) as file:
            refusals.file = file
            try:
                made = plan.create(loa.deps, requested, dry_run=dry_run, hooks=hooks)
            except Refused as fault:
                if not refusals.by_reason:
                    raise  # nothing to mend: whatever list is there stays
                refusal = fault
            else:
                _complete(loa, made, refusals)
    if refusal is not None:
        raise refusal
    return made, refusals


def of_audience(loa: Loa, requested: CampaignRequest, audience: str, minus: str) -> CampaignRequest:
    """The same request, to a stored list minus another."""
    source, name = audiences.source_of(loa.deps, audience, minus)
    return replace(requested, source=source, list_path=Path(name), list_name=name)


def with_callback(loa: Loa, requested: CampaignRequest, callback_url: str) -> CampaignRequest:
    """The request with an address for its events; Misuse or Refused where it cannot be one."""
    if not callback_url:
        return requested
    return replace(requested, callback_url=webhooks.check_callback(loa.deps, callback_url))


def _complete(loa: Loa, made: Plan, refusals: Refusals) -> None:
    """A list without a refused row still has its heading; one under a key that was used before was not read again."""
    if refusals.file is None:
        return
    if made.repeated:
        report.write_refused(loa.deps, made.campaign.id, refusals.file)
    elif not refusals.by_reason:
        report.RefusalWriter(refusals.file)


@contextmanager
def bar() -> Iterator[Callable[[float], None]]:
    """A bar on a terminal; nothing elsewhere."""
    if not console.err.is_terminal:
        yield lambda _share: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console.err, transient=True) as progress:
        task = progress.add_task("reading the list", total=1.0)

        def follow(share: float) -> None:
            # Read to its end, the list is sorted and stored by the database, which does not tell how far it is.
            progress.update(task, completed=share, description="reading the list" if share < 1 else "storing it")

        yield follow


def explain(loa: Loa, made: Plan, refusals: Refusals, *, dry_run: bool, hints: bool = True) -> None:
    """The outcome for people: counts, notes, examples of refused rows, and (with `hints`) what can be done next."""
    one = made.campaign
    title = f"Campaign {one.id} ({one.name})" if not dry_run else f"Dry run of {one.name}: nothing is stored"
    console.answer(title, style="bold")
    console.out.print(_counts(made))
    _show_samples(made)
    for note in made.notes:
        console.answer(f"Note: {note}")
    for warning in made.warnings:
        console.answer(f"Warning ({warning.code}): {warning.sentence}")
    _show_examples(refusals)
    if hints and len(refusals.examples) < sum(refusals.by_reason.values()):
        send_mode = "--refused FILE" if dry_run else f"loa campaign report {made.campaign.id} --refused FILE"
        console.answer(f"All {made.campaign.invalid:,} with their reasons: {send_mode}")
    if hints and not dry_run:
        console.answer(_next_step(loa, made))


def _counts(made: Plan) -> Table:
    one = made.campaign
    facts = console.facts()
    if one.list_read is not None:
        facts.add_row("list", read_as(one.list_read))
    facts.add_row("rows", f"{one.rows:,}")
    facts.add_row("valid", f"{one.valid:,} in {console.plural(made.batches, 'batch', 'batches')}")
    facts.add_row("duplicates", f"{one.duplicates:,}")
    facts.add_row("invalid", f"{one.invalid:,}")
    facts.add_row("suppressed", f"{one.suppressed:,}")
    if one.consents:
        facts.add_row("consents", f"{one.consents:,} with proof")
    facts.add_row("parts", f"{one.parts} at most for each, {one.parts_total:,} in all")
    facts.add_row("cost", f"about {console.money(one.cost_estimate)}")
    if one.finish_estimate is not None:
        facts.add_row("finished", f"about {console.moment(one.finish_estimate)}, at the account's rate and hours")
    return facts


def read_as(read: Mapping[str, Any]) -> str:
    """What was read of a list, on one line."""
    sheet = f", sheet {read['sheet']}" if read["sheet"] else ""
    heading = f"heading in row {read['header_row']}" if read["header_row"] else "no heading"
    return f"{read['file']}{sheet}, {heading}, numbers in {read['phone_column']}"


def _show_samples(made: Plan) -> None:
    if not made.campaign.samples:
        return
    texts = console.table("row", "parts", "text as it will be read", right=("row", "parts"))
    for one in made.campaign.samples:
        texts.add_row(str(one["row"]), str(one["parts"]), one["text"])
    console.out.print(texts)


def _show_examples(refusals: Refusals) -> None:
    if not refusals.examples:
        return
    console.answer("Refused rows, for example:")
    rows = console.table("row", "value", "reason", right=("row",))
    for row, value, reason in refusals.examples:
        rows.add_row(str(row), value, why_refused(reason))
    console.out.print(rows)


def _next_step(loa: Loa, made: Plan) -> str:
    one = made.campaign
    if made.repeated:
        return f"It is {one.status}; `loa campaign show {one.id}` tells more."
    if one.status is CampaignStatus.DRAFT:
        return f"It is a draft: `loa campaign submit {one.id}` lets it go on."
    if one.status is CampaignStatus.AWAITING_APPROVAL:
        return f"It waits until another person approves it: `loa campaign approve {one.id} --user NAME`."
    when = "now" if one.scheduled_for <= loa.clock.now() else f"at {local(one.scheduled_for)}"
    if runtime.runs(loa):
        return f"It leaves {when}; `loa campaign wait {one.id}` follows it."
    return f"It leaves {when} if `loa up` runs; no running scheduler was seen."
