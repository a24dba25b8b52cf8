"""What happens in the demo, from the list to the report? Told while it happens."""

import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Group
from rich.live import Live
from rich.text import Text

from worker.cli import screen
from worker.cli.campaign import planning, show, waiting
from worker.cli.campaign.planning import Refusals
from worker.cli.demo import messy, verdict
from worker.cli.demo.messy import Meant
from worker.cli.demo.stage import ORDERS_A_SECOND, Stage
from worker.domain.states import ENDED, CampaignStatus
from worker.errors import Unavailable
from worker.services import report
from worker.services.plan import Plan, Wish
from worker.services.report import View
from worker.wiring import Loa

TEXT: Final = "(QC) LOA: giam 20% tat ca mat hang den het 30/11 tai loa.example. Tu choi: soan TC gui 8755"
LOOK_EVERY_S: Final = 0.5
LINE_EVERY_S: Final = 2.0
PATIENCE_S: Final = 90.0


class Stopped(Exception):
    """Somebody wants no more of it."""


@dataclass(frozen=True, slots=True)
class Story:
    """The demo's main job; `stop` ends it early."""

    stage: Stage
    loa: Loa
    stop: threading.Event

    def tell(self) -> bool:
        """The whole of it; whether the phones agree with the report."""
        began = time.monotonic()
        path = self.stage.folder / "khach-hang.csv"
        meant = messy.write(path)
        screen.answer(f"A list of {messy.ROWS:,} rows, as a marketing team keeps it, and a text:")
        screen.answer(f"  {TEXT}")
        screen.answer("")
        made, refusals = self._create(path)
        view = self._watch(made)
        self._report(made, refusals, view, time.monotonic() - began)
        return self._judge(meant, made)

    def _create(self, path: Path) -> tuple[Plan, Refusals]:
        wish = Wish("esms", "LOADEMO", "ads", TEXT, path, name="demo")
        made, refusals = planning.create(self.loa, wish)
        planning.explain(self.loa, made, refusals, dry_run=False, hints=False)
        screen.answer("")
        return made, refusals

    def _watch(self, made: Plan) -> View:
        """Follow the campaign to its end: a picture on a terminal, a line every two seconds elsewhere."""
        began = said = time.monotonic()
        with ExitStack() as stack:
            live = (
                stack.enter_context(Live(console=screen.err, transient=True, auto_refresh=False))
                if screen.err.is_terminal
                else None
            )
            while True:
                view = report.show(self.loa.deps, made.campaign.id)
                now = time.monotonic()
                if live is not None:
                    elapsed = Text(f"{now - began:.0f} s", style="dim")
                    live.update(Group(waiting.picture(view), elapsed), refresh=True)
                elif now - said >= LINE_EVERY_S:
                    screen.say(f"{now - began:3.0f} s  {view.campaign.status}: {show.legend(view.counts)}".rstrip())
                    said = now
                if view.campaign.status in ENDED:
                    return view
                if now - began > PATIENCE_S:
                    raise Unavailable(
                        f"The campaign is still {view.campaign.status} after {PATIENCE_S:.0f} s; --keep leaves the logs."
                    )
                if self.stop.wait(LOOK_EVERY_S):
                    raise Stopped

    def _report(self, made: Plan, refusals: Refusals, view: View, took_s: float) -> None:
        one, counts = view.campaign, view.counts
        sent = sum(counts[name] for name in ("accepted", "delivered", "failed", "unknown"))
        facts = screen.facts()
        facts.add_row("rows", f"{one.rows:,}")
        facts.add_row("valid", f"{one.valid:,}, {one.converted:,} of them from old 11-digit numbers")
        facts.add_row("duplicates dropped", f"{one.duplicates:,}")
        facts.add_row("invalid", f"{one.invalid:,}")
        for reason, number in refusals.by_reason.most_common():
            facts.add_row("", f"{number:,} × {report.explain(reason)}")
        facts.add_row("sent", f"{sent:,} in {screen.plural(made.batches, 'order')}")
        facts.add_row("delivered", f"{counts['delivered']:,}")
        facts.add_row("failed", f"{counts['failed']:,}")
        facts.add_row("parts", f"{one.parts_total:,}")
        facts.add_row("cost", f"{screen.money(view.cost)}, estimated {screen.money(one.cost_estimate)}")
        facts.add_row("time", f"{took_s:.1f} s in all; {_pace(view, sent)}")
        screen.answer(f"The campaign is {one.status}.", style="bold")
        screen.out.print(facts)
        screen.answer("")
        if one.status is not CampaignStatus.DONE:
            raise Unavailable(
                f"The campaign should be done, but it is {one.status}: {one.status_reason or 'no reason was given'}."
            )

    def _judge(self, meant: Meant, made: Plan) -> bool:
        path = self.stage.folder / "report.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            report.write_recipients(self.loa.deps, made.campaign.id, file, lambda _lines: None)
        phones = verdict.ledger(self.stage.sandbox_url)
        differences = verdict.disagreements(meant, verdict.reported(path), phones)
        for sentence in differences:
            screen.say(sentence)
        if not differences:
            screen.answer(f"The subscribers' phones agree: {len(phones):,} numbers, each once.", style="bold green")
        return not differences


def _pace(view: View, sent: int) -> str:
    """How fast the orders left; what bounds it is the limit of the provider."""
    began = [batch.claimed_at for batch in view.batches if batch.claimed_at]
    ended = [batch.answered_at for batch in view.batches if batch.answered_at]
    seconds = (max(ended) - min(began)).total_seconds() if began and ended else 0.0
    if not seconds:
        return "nothing left"
    return f"sent in {seconds:.1f} s, {sent / seconds:,.0f} numbers/s at {ORDERS_A_SECOND} orders a second"
