"""The steps of the demo, from the list to the report, told while they happen."""

import math
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Group
from rich.live import Live
from rich.text import Text

from worker.cli import console, runtime
from worker.cli.campaign import planning, show, waiting
from worker.cli.campaign.planning import Refusals
from worker.cli.demo import check, sample_list
from worker.cli.demo.environment import MOST_IN_ORDER, ORDERS_A_SECOND, Stage
from worker.cli.demo.sample_list import Meant
from worker.cli.demo.ticking import ticking
from worker.domain.states import ENDED, CampaignStatus
from worker.errors import Unavailable
from worker.services.planning.plan import Plan
from worker.services.planning.request import CampaignRequest
from worker.services.reporting import report
from worker.services.reporting.refusals import explain as why_refused
from worker.services.reporting.report import View
from worker.wiring import Loa

TEXT: Final = "(QC) LOA: giam 20% tat ca mat hang den het 30/11 tai loa.example. Tu choi: soan TC gui 8755"
LOOK_EVERY_S: Final = 0.5
LINE_EVERY_S: Final = 2.0
PATIENCE_S: Final = 180.0
#: From the last order to its last report, as the emulated eSMS and the demo's pauses have it.
REPORTS_S: Final = 8.0
NEXT: Final = """
What next:
  loa up                     runs Loa here until Ctrl-C: database, workers, scheduler, web, Flower
  loa campaign create ...    your own list; --dry-run shows what would be sent and what it costs (--help tells the rest)
  loa doctor                 says what is missing for a real account
  README.md                  a tour of five minutes; docs/ has every command and setting"""


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
        self._wait_for_workers()
        path = self.stage.folder / "khach-hang.csv"
        meant = sample_list.write(path)
        console.say("3 of 5  Planning the campaign: the list is checked, de-duplicated and cut into orders …")
        console.answer(f"A list of {sample_list.ROWS:,} rows, as a marketing team keeps it, and a text:")
        console.answer(f"  {TEXT}")
        console.answer("")
        made, refusals = self._create(path)
        console.say("4 of 5  Sending it to the emulated eSMS, and asking for its delivery reports …")
        view = self._watch(made)
        console.say("5 of 5  Comparing the report with what the subscribers' phones received …")
        self._report(made, refusals, view, time.monotonic() - began)
        agreed = self._judge(meant, made)
        if agreed:
            console.answer(NEXT)
        return agreed

    def _wait_for_workers(self) -> None:
        """Until a worker and the scheduler live, so that what is planned leaves at once."""
        console.say("2 of 5  Starting the workers, the scheduler and the emulated eSMS …")
        ends = time.monotonic() + PATIENCE_S
        with ticking("starting the workers"):
            while not runtime.runs(self.loa):
                if time.monotonic() > ends:
                    raise Unavailable(f"No worker ran after {PATIENCE_S:.0f} s; --keep leaves the logs.")
                if self.stop.wait(LOOK_EVERY_S):
                    raise Stopped

    def _create(self, path: Path) -> tuple[Plan, Refusals]:
        requested = CampaignRequest("esms", "LOADEMO", "ads", TEXT, path, name="demo")
        made, refusals = planning.create(self.loa, requested)
        planning.explain(self.loa, made, refusals, dry_run=False, hints=False)
        console.answer("")
        return made, refusals

    def _watch(self, made: Plan) -> View:
        """Follow the campaign to its end: a picture on a terminal, a line every two seconds elsewhere."""
        began = said = time.monotonic()
        with ExitStack() as stack:
            live = (
                stack.enter_context(Live(console=console.err, transient=True, auto_refresh=False))
                if console.err.is_terminal
                else None
            )
            while True:
                view = report.show(self.loa.deps, made.campaign.id)
                now = time.monotonic()
                words = f"{now - began:3.0f} s  {progress(view)}"
                if live is not None:
                    live.update(Group(waiting.picture(view), Text(words, style="dim")), refresh=True)
                elif now - said >= LINE_EVERY_S:
                    console.say(f"{words}  {view.campaign.status}: {show.legend(view.counts)}".rstrip())
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
        facts = console.facts()
        facts.add_row("rows", f"{one.rows:,}")
        facts.add_row("valid", f"{one.valid:,}, {one.converted:,} of them from old 11-digit numbers")
        facts.add_row("duplicates dropped", f"{one.duplicates:,}")
        facts.add_row("invalid", f"{one.invalid:,}")
        for reason, number in refusals.by_reason.most_common():
            facts.add_row("", f"{number:,} × {why_refused(reason)}")
        facts.add_row("sent", f"{sent:,} in {console.plural(made.batches, 'order')}")
        facts.add_row("delivered", f"{counts['delivered']:,}")
        facts.add_row("failed", f"{counts['failed']:,}")
        facts.add_row("parts", f"{one.parts_total:,}")
        facts.add_row("cost", f"{console.money(view.cost)}, estimated {console.money(one.cost_estimate)}")
        facts.add_row("time", f"{took_s:.1f} s in all; {_pace(view, sent)}")
        console.answer(f"The campaign is {one.status}.", style="bold")
        console.out.print(facts)
        console.answer("")
        if one.status is not CampaignStatus.DONE:
            raise Unavailable(
                f"The campaign should be done, but it is {one.status}: {one.status_reason or 'no reason was given'}."
            )

    def _judge(self, meant: Meant, made: Plan) -> bool:
        path = self.stage.folder / "report.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            report.write_recipients(self.loa.deps, made.campaign.id, file, lambda _lines: None)
        phones = check.ledger(self.stage.sandbox_url)
        differences = check.disagreements(meant, check.reported(path), phones)
        for sentence in differences:
            console.say(sentence)
        if not differences:
            console.answer(f"The subscribers' phones agree: {len(phones):,} numbers, each once.", style="bold green")
        return not differences


def progress(view: View) -> str:
    """How much has left and how much is reported, in percent, and in how many seconds the end is expected."""
    valid, counts = max(1, view.campaign.valid), view.counts
    left = valid - counts["planned"]
    reported = counts["delivered"] + counts["failed"] + counts["rejected"]
    words = f"{left / valid:.0%} sent, {reported / valid:.0%} reported"
    # What has not left goes at the account's rate, and what is not reported on is asked for in the demo's pauses.
    rest = counts["planned"] / (MOST_IN_ORDER * ORDERS_A_SECOND) + REPORTS_S * (1 - reported / valid)
    return f"{words}, end expected in about {math.ceil(rest)} s" if reported < valid else words


def _pace(view: View, sent: int) -> str:
    """How fast the orders left; what bounds it is the limit of the provider."""
    began = [batch.claimed_at for batch in view.batches if batch.claimed_at]
    ended = [batch.answered_at for batch in view.batches if batch.answered_at]
    seconds = (max(ended) - min(began)).total_seconds() if began and ended else 0.0
    if not seconds:
        return "nothing left"
    return f"sent in {seconds:.1f} s, {sent / seconds:,.0f} numbers/s at {ORDERS_A_SECOND} orders a second"
