"""How is a campaign planned in front of a person? A bar while the list is read, the refused rows kept, the outcome explained."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, TextIO

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from worker.cli import files, parts, screen
from worker.domain.window import local
from worker.errors import Refused
from worker.services import plan, report
from worker.services.plan import Hooks, Plan, Wish
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


def create(loa: Loa, wish: Wish, *, dry_run: bool = False, refused: str = "") -> tuple[Plan, Refusals]:
    """Plan the wish; `refused` names a file for the rows that get no message, written also when the campaign is refused."""
    refusals = Refusals()
    with bar() as progress:
        hooks = Hooks(progress=progress, refused=refusals)
        if not refused:
            return plan.create(loa.deps, wish, dry_run=dry_run, hooks=hooks), refusals
        refusal: Refused | None = None
        with files.whole(refused) as file:
            refusals.file = file
            try:
                made = plan.create(loa.deps, wish, dry_run=dry_run, hooks=hooks)
            except Refused as fault:
                if not refusals.by_reason:
                    raise  # nothing to mend: whatever list is there stays
                refusal = fault
            else:
                _complete(loa, made, refusals)
    if refusal is not None:
        raise refusal
    return made, refusals


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
    if not screen.err.is_terminal:
        yield lambda _share: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=screen.err, transient=True) as progress:
        task = progress.add_task("reading the list", total=1.0)

        def follow(share: float) -> None:
            # Read to its end, the list is sorted and stored by the database, which does not tell how far it is.
            progress.update(task, completed=share, description="reading the list" if share < 1 else "storing it")

        yield follow


def explain(loa: Loa, made: Plan, refusals: Refusals, *, dry_run: bool, hints: bool = True) -> None:
    """The outcome for people: counts, notes, examples of refused rows, and (with `hints`) what can be done next."""
    one = made.campaign
    title = f"Campaign {one.id} ({one.name})" if not dry_run else f"Dry run of {one.name}: nothing is stored"
    screen.answer(title, style="bold")
    screen.out.print(_counts(made))
    for note in made.notes:
        screen.answer(f"Note: {note}")
    _show_examples(refusals)
    if hints and len(refusals.examples) < sum(refusals.by_reason.values()):
        way = "--refused FILE" if dry_run else f"loa campaign report {made.campaign.id} --refused FILE"
        screen.answer(f"All {made.campaign.invalid:,} with their reasons: {way}")
    if hints and not dry_run:
        screen.answer(_next_step(loa, made))


def _counts(made: Plan) -> Table:
    one = made.campaign
    facts = screen.facts()
    facts.add_row("rows", f"{one.rows:,}")
    facts.add_row("valid", f"{one.valid:,} in {screen.plural(made.batches, 'batch', 'batches')}")
    facts.add_row("duplicates", f"{one.duplicates:,}")
    facts.add_row("invalid", f"{one.invalid:,}")
    facts.add_row("suppressed", f"{one.suppressed:,}")
    facts.add_row("parts", f"{one.parts} at most for each, {one.parts_total:,} in all")
    facts.add_row("cost", f"about {screen.money(one.cost_estimate)}")
    return facts


def _show_examples(refusals: Refusals) -> None:
    if not refusals.examples:
        return
    screen.answer("Refused rows, for example:")
    rows = screen.table("row", "value", "reason", right=("row",))
    for row, value, reason in refusals.examples:
        rows.add_row(str(row), value, report.explain(reason))
    screen.out.print(rows)


def _next_step(loa: Loa, made: Plan) -> str:
    one = made.campaign
    if made.repeated:
        return f"It is {one.status}; `loa campaign show {one.id}` tells more."
    when = "now" if one.scheduled_for <= loa.clock.now() else f"at {local(one.scheduled_for)}"
    if parts.runs(loa):
        return f"It leaves {when}; `loa campaign wait {one.id}` follows it."
    return f"It leaves {when} if `loa up` runs; no running scheduler was seen."
