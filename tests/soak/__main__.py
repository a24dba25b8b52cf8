"""Everything at once for two hours: `python -m tests.soak [--minutes 120] [--rate 50]`; the ledger, a verdict, a picture."""

import argparse
import json
import os
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx
import psycopg

from tests.bench.figures import say
from tests.bench.stage import ROOT, stage
from tests.soak import looks, picture, verdict
from tests.soak.place import Place, opened, sleep_until
from tests.soak.producers import CAMPAIGN_EVERY_S, DOWNLOAD_EVERY_S, Producers

LEDGER: Final = ROOT / "var/soak/soak.jsonl"
RESTART_S: Final = 600.0
LOOK_S: Final = 60.0
#: At which share of the run the clock is shifted, and by how many seconds.
SHIFTS: Final = ((0.4, 900.0), (0.7, -300.0))
#: After the last request everything that is under way has so long to end.
SETTLED_S: Final = 1200.0
DONE: Final = ("done", "cancelled", "failed")


def main() -> int:
    """Run, judge, draw; 1 when a point does not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description="Everything at once, for hours.")
    parser.add_argument("--minutes", type=float, default=120.0)
    parser.add_argument("--rate", type=float, default=50.0, help="one-time passwords a second")
    parser.add_argument(
        "--campaign-every-s", type=float, default=CAMPAIGN_EVERY_S, help="between campaigns, each mode in turn"
    )
    parser.add_argument("--download-every-s", type=float, default=DOWNLOAD_EVERY_S, help="between downloads of reports")
    parser.add_argument("--restart-s", type=float, default=RESTART_S, help="between restarts of the workers")
    parser.add_argument(
        "--ledger", type=Path, default=LEDGER, help="where its lines go; folder for logs and picture too"
    )
    parser.add_argument("--judge", action="store_true", help="only judge and draw a ledger that is there")
    words = parser.parse_args()
    # Whoever ends it ends its processes too.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(143))
    if not words.judge:
        words.ledger.parent.mkdir(parents=True, exist_ok=True)
        words.ledger.unlink(missing_ok=True)
        with tempfile.TemporaryDirectory(prefix="loa-soak-") as folder, stage(Path(folder)) as on:
            # Its own watch looks four times a second; a look a minute is enough here.
            on.watch.stop()
            with opened(on, words.ledger.parent) as place:
                producers = Producers(
                    lambda: place.url,
                    place.key,
                    words.rate,
                    words.ledger.parent,
                    words.campaign_every_s,
                    words.download_every_s,
                )
                Run(place, words.ledger, words.minutes * 60, producers, words.restart_s).run()
    return _tell(words.ledger)


class Run:
    """One run, minute by minute."""

    def __init__(self, place: Place, ledger: Path, seconds: float, producers: Producers, restart_s: float) -> None:
        self.place, self.ledger, self.seconds, self.restart_s = place, ledger, seconds, restart_s
        self.producers = producers
        self.began = time.monotonic()
        self._write({"about": {"seconds": seconds, "rate": producers.rate, "campaign_every_s": producers.campaign_every_s,
                               "download_every_s": producers.download_every_s, "restart_s": restart_s, "cores": os.cpu_count(),
                               "at": datetime.now(UTC).isoformat(timespec="seconds")}})  # fmt: skip

    def run(self) -> None:
        """Load, restarts and shifts; then wait until all of it is settled, and compare with the providers' book."""
        asking = threading.Thread(target=self.producers.run, daemon=True)
        asking.start()
        watching = threading.Thread(target=self._look_each_minute, daemon=True)
        watching.start()
        for at_s, what in self._plan():
            sleep_until(self.began + at_s)
            what()
        sleep_until(self.began + self.seconds)
        say("no more requests; waiting until all is settled …")
        self.producers.stop()
        asking.join(600)
        self._settle()
        self._stop_looking.set()
        watching.join()
        self._write({"ended": self._compare()})
        self.producers.keep()

    def _plan(self) -> list[tuple[float, Any]]:
        restarts = [
            (place * self.restart_s, self._kill if place % 2 else self._warm)
            for place in range(1, int(self.seconds / self.restart_s) + 1)
            if place * self.restart_s < self.seconds - 30
        ]
        shifts = [(share * self.seconds, lambda by=by: self._shift(by)) for share, by in SHIFTS]
        return sorted([*restarts, *shifts], key=lambda one: one[0])

    def _warm(self) -> None:
        self._event("warm")
        workers = self.place.workers()
        self.place.stop(*workers)
        self.place.start_workers()

    def _kill(self) -> None:
        self._event("kill")
        workers = self.place.workers()
        self.place.kill(*workers)
        self.place.start_workers()

    def _shift(self, by_s: float) -> None:
        self._event("shift", by_s=by_s)
        self.place.shift(by_s)

    _stop_looking = threading.Event()

    def _look_each_minute(self) -> None:
        turn = 0
        while not self._stop_looking.wait(max(0.0, self.began + (turn + 1) * LOOK_S - time.monotonic())):
            turn += 1
            try:
                seen = looks.look(self.place, self.producers.taken_minute())
                if turn % 5 == 0:
                    seen["book"] = self.place.emulator.totals()
            except Exception as fault:  # noqa: BLE001 - the next minute is looked at all the same
                say(f"a look failed: {fault!r}")
                continue
            self._write({"at_s": time.monotonic() - self.began, "look": seen})
            answer, calls = seen["otp_answer_ms"], seen["otp_to_provider_ms"]
            say(
                f"{turn} min: answers {answer}, to the provider {calls}, waiting {seen['waiting']}, load {seen['load']:.1f}"
            )

    def _settle(self) -> None:
        ends = time.monotonic() + SETTLED_S
        while time.monotonic() < ends and (self._open_campaigns() or self._open_messages()):
            time.sleep(5)

    def _open_campaigns(self) -> list[str]:
        rows = self._rows("SELECT id, name, status, status_reason FROM campaign WHERE NOT status = ANY(%s)", list(DONE))
        return [f"{name} {status} {reason}".strip() for _, name, status, reason in rows]

    def _open_messages(self) -> int:
        return int(self._rows("SELECT count(*) FROM message WHERE state = ANY(%s)", ["queued", "sending"])[0][0])

    def _compare(self) -> Mapping[str, Any]:
        """Whom a text was promised to, against the providers' book."""
        book, promised = self.place.emulator.phones(), self.producers.promised
        phones = {int(phone): times for phone, times in book.items()}
        rows = self._rows("SELECT phone, state FROM message WHERE state = ANY(%s)", ["expired", "rejected"])
        expired = {phone for phone, _ in rows}
        missing = [phone for phone in promised if not phones.get(phone)]
        lost = [phone for phone in missing if phone not in expired]
        states = self._rows("SELECT state, count(*) FROM message WHERE state <> ALL(%s) GROUP BY 1", [""])
        recipients = self._rows("SELECT state, count(*) FROM recipient WHERE state <> ALL(%s) GROUP BY 1", [""])
        return {
            "promised": len(promised),
            "twice": sum(times > 1 for times in phones.values()),
            "which_twice": [phone for phone, times in phones.items() if times > 1][:50],
            "lost": len(lost),
            "which_lost": lost[:50],
            "expired": len([phone for phone in missing if phone in expired]),
            "not_promised": len([phone for phone, times in phones.items() if times and phone not in promised]),
            "given_up": self.producers.given_up,
            "open": self._open_campaigns(),
            "messages": dict(states),
            "recipients": dict(recipients),
            "modes": dict(Counter(self.producers.campaigns.values())),
            "book": self.place.emulator.totals(),
            "calls": httpx.get(f"{self.place.emulator.url}/_sandbox/calls", trust_env=False).json().get("functions"),
        }  # fmt: skip

    def _rows(self, sql: str, value: list[str]) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.place.stage.database_url.replace("+psycopg", "")) as database:
            return database.execute(sql, (value,)).fetchall()

    def _event(self, what: str, **more: Any) -> None:
        say(what)
        self._write({"at_s": time.monotonic() - self.began, "event": what, **more})

    def _write(self, line: Mapping[str, Any]) -> None:
        with self.ledger.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def _tell(ledger: Path) -> int:
    lines = [json.loads(line) for line in ledger.read_text(encoding="utf-8").splitlines()]
    about = next(line["about"] for line in lines if "about" in line)
    seen = [{"at_s": line["at_s"], **line["look"]} for line in lines if "look" in line]
    # What is settled afterwards is no load.
    seen = [one for one in seen if one["at_s"] <= about["seconds"] + LOOK_S]
    events = [line for line in lines if "event" in line]
    ended = next((line["ended"] for line in lines if "ended" in line), None)
    loads = [one["load"] for one in seen]
    title = (
        f"{about['seconds'] / 60:g} min, {about['rate']:g} passwords a second, a campaign every {about['campaign_every_s']:g} s, "
        f"restarts every {about['restart_s'] / 60:g} min, "
        f"{about['cores']} cores, {about['at'][:16]}Z, load {min(loads):.1f} to {max(loads):.1f}"
    )
    ledger.with_suffix(".svg").write_text(picture.draw(seen, events, title), encoding="utf-8")
    if ended is None:
        say("the run did not end")
        return 1
    points = verdict.judge(seen, ended, about["seconds"], about["restart_s"])
    text = "".join(f"| {one.what} | {'yes' if one.holds else '**no**'} | {one.said} |\n" for one in points)
    ledger.with_suffix(".md").write_text(
        f"{title}\n\n| what must hold | holds | seen |\n|---|---|---|\n{text}", encoding="utf-8"
    )
    say(title)
    for one in points:
        say(f"{'holds ' if one.holds else 'BROKEN'} {one.what}: {one.said}")
    return 0 if all(one.holds for one in points) else 1


if __name__ == "__main__":
    sys.exit(main())
