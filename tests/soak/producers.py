"""Who asks: passwords at an even pace, campaigns of every mode, downloads of reports; all in a thread with a loop of its own.

Each producer does what README tells it: without an answer, or told to come again, it asks again under the same key.
"""

import asyncio
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final

import aiohttp

#: A campaign is created so often, of each mode in turn; a report is downloaded so often.
CAMPAIGN_EVERY_S: Final = 30.0
DOWNLOAD_EVERY_S: Final = 20.0
#: An answer that did not come for so long does not come.
GIVEN_UP_S: Final = 300.0
AGAIN: Final = {429, 502, 503, 504, 507}

MODES: Final[dict[str, dict[str, str]]] = {
    "esms ads": {"provider": "esms", "kind": "ads", "sender": "LOA", "text": "[QC] Giam gia 20% den het thang"},
    "esms care": {"provider": "esms", "kind": "care", "sender": "LOA", "text": "Cam on {name} da mua hang"},
    "fpt ads": {"provider": "fpt", "kind": "ads", "sender": "LOA", "text": "[QC] Giam gia 20% den het thang"},
    "fpt care": {"provider": "fpt", "kind": "care", "sender": "LOA", "text": "Cam on {name} da mua hang"},
    "zalo": {
        "provider": "esms",
        "kind": "care",
        "channel": "zalo",
        "oa_id": "436181207180",
        "template_id": "200300",
        "params": "name",
    },
}
#: Numbers of one campaign at a pace of 50 passwords a second; fewer at a lower pace.
SIZES: Final = {"esms ads": 2000, "esms care": 300, "fpt ads": 1500, "fpt care": 200, "zalo": 150}


@dataclass
class Minute:
    """What was seen since the last look."""

    waits: list[float] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    downloads: list[float] = field(default_factory=list)


@dataclass
class Producers:
    """All who ask, and what they know of it."""

    url: Callable[[], str]
    key: str
    rate: float
    folder: Path
    #: Seconds between two campaigns, and between two downloads of reports.
    campaign_every_s: float = CAMPAIGN_EVERY_S
    download_every_s: float = DOWNLOAD_EVERY_S
    #: Whom a text was promised to, in 84 form, with the id of the message or campaign.
    promised: dict[int, str] = field(default_factory=dict)
    campaigns: dict[str, str] = field(default_factory=dict)
    #: What was asked for in vain for `GIVEN_UP_S`.
    given_up: int = 0
    minute: Minute = field(default_factory=Minute)
    _stop: threading.Event = field(default_factory=threading.Event)
    _numbers: Iterator[int] = field(default_factory=count)

    def run(self) -> None:
        """Ask until `stop`, then wait for the last answers."""
        asyncio.run(self._run())

    def stop(self) -> None:
        """Begin nothing new."""
        self._stop.set()

    def taken_minute(self) -> Minute:
        """What was seen since the last look."""
        seen, self.minute = self.minute, Minute()
        return seen

    async def _run(self) -> None:
        headers = {"Authorization": f"Bearer {self.key}"}
        limits = aiohttp.TCPConnector(limit=300)
        async with (
            aiohttp.ClientSession(headers=headers, connector=limits) as http,
            asyncio.TaskGroup() as all_of_them,
        ):
            self._http, self._tasks = http, all_of_them
            all_of_them.create_task(self._paced(1 / self.rate, self._otp))
            all_of_them.create_task(self._paced(self.campaign_every_s, self._campaign))
            all_of_them.create_task(self._paced(self.download_every_s, self._download))

    async def _paced(self, every_s: float, what: Callable[[int], Any]) -> None:
        """Begin one each time, whatever became of those before."""
        begun = time.monotonic()
        for turn in count():
            await asyncio.sleep(max(0.0, begun + turn * every_s - time.monotonic()))
            if self._stop.is_set():
                return
            self._tasks.create_task(what(turn))

    async def _otp(self, turn: int) -> None:
        local = f"08{turn:08d}"
        begun = time.monotonic()
        ask = {"phone": local, "text": "482913 la ma xac nhan cua ban"}
        answer = await self._ask("/v1/otp", f"otp-{turn}", "otp", json=ask)
        if answer is not None:
            self.minute.waits.append(time.monotonic() - begun)
            self.promised[int("84" + local[1:])] = str(answer["id"])

    async def _campaign(self, turn: int) -> None:
        mode = list(MODES)[turn % len(MODES)]
        size = max(40, round(SIZES[mode] * min(1.0, self.rate / 50)))
        phones = [f"09{next(self._numbers):08d}" for _ in range(size)]
        lines = "phone,name\n" + "".join(f"{phone},Khach {place}\n" for place, phone in enumerate(phones))

        def form() -> aiohttp.FormData:
            data = aiohttp.FormData({**MODES[mode], "name": f"{mode} {turn}"})
            data.add_field("list", lines.encode(), filename="list.csv", content_type="text/csv")
            return data

        answer = await self._ask("/v1/campaigns", f"campaign-{turn}", "campaign", form=form)
        if answer is not None:
            self.campaigns[str(answer["id"])] = mode
            self.promised.update((int("84" + phone[1:]), str(answer["id"])) for phone in phones)

    async def _ask(
        self, path: str, key: str, what: str, form: Callable[[], aiohttp.FormData] | None = None, **body: Any
    ) -> dict[str, Any] | None:
        """The answer, however often it takes under one key."""
        ends = time.monotonic() + GIVEN_UP_S
        while time.monotonic() < ends:
            pause = 0.5
            try:
                given = {"data": form()} if form else body
                async with self._http.post(
                    self.url() + path,
                    headers={"Idempotency-Key": key},
                    timeout=aiohttp.ClientTimeout(30),
                    **given,
                ) as got:
                    self.minute.answers[f"{what} {got.status}"] += 1
                    if got.status == 202:
                        answer: dict[str, Any] = await got.json()
                        return answer
                    said = await got.text()
                    pause = float(got.headers.get("Retry-After", pause))
                    if got.status not in AGAIN:
                        raise SystemExit(f"{what}: {got.status} {said[:500]}")
            except (aiohttp.ClientError, TimeoutError) as fault:
                self.minute.answers[f"{what} {type(fault).__name__}"] += 1
            await asyncio.sleep(pause)
        self.given_up += 1
        return None

    async def _download(self, _turn: int) -> None:
        if not self.campaigns:
            return
        campaign = random.choice(list(self.campaigns))
        begun = time.monotonic()
        try:
            async with self._http.get(
                f"{self.url()}/v1/campaigns/{campaign}/report.csv", timeout=aiohttp.ClientTimeout(60)
            ) as got:
                await got.read()
                self.minute.answers[f"download {got.status}"] += 1
        except (aiohttp.ClientError, TimeoutError) as fault:
            self.minute.answers[f"download {type(fault).__name__}"] += 1
        else:
            self.minute.downloads.append(time.monotonic() - begun)

    def keep(self) -> None:
        """Whom a text was promised to, for whoever looks into a fault."""
        (self.folder / "promised.json").write_text(json.dumps(self.promised), encoding="utf-8")
