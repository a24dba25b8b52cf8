"""Measures the rate of ads and what it costs to count them: real Celery tasks, an emulator without latency over TCP."""

import time
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx

from tests.bench import lists
from tests.bench.figures import Row, say
from tests.bench.stage import Emulator, Scene, Stage, wait_for, worker
from worker.services.planning import plan
from worker.services.planning.request import CampaignRequest
from worker.services.reporting import report

RATE = 1000
WORKERS = (worker("sweep"), worker("report"), worker("send.esms", 2))


def run(stage: Stage, scale: float) -> list[Row]:
    """A million ads with the count of ads on, to their last report; and once more without it, until they are accepted."""
    numbers = max(2000, round(1_000_000 * scale))
    path = lists.messy(stage.folder / "messy.csv", numbers)
    with stage.emulator() as emulator:
        bare = _bare_loop(emulator, numbers)
    counted = _campaign(stage, path, reports=True)
    free = _campaign(stage, path, reports=False, LOA_MAX_ADS_PER_24H=0)
    valid = counted["valid"]
    return [
        Row(
            "ads",
            f"ads: {valid:,} numbers accepted by a provider without latency, at most 3 ads a number and day",
            f"{counted['rate']:,.0f} numbers/s ({counted['seconds']:.1f} s)",
            f"bare httpx loop: {bare:,.0f} numbers/s",
            f"{counted['rate'] / bare:.2f}×",
            "≥ 20,000/s",
            "From the first claim to the last recorded answer (table attempt); two sending processes, reports polled meanwhile; "
            f"{counted['contacts']:,} numbers were counted against the cap. Bare: one process that posts the same orders of "
            "5,000 and keeps nothing. The emulator's ledger was compared: every number once.",
            {**counted, "bare_rate": bare},
        ),
        Row(
            "ads",
            "what counting ads costs: mean time of one order of up to 5,000",
            f"{counted['order_ms']:.0f} ms with the cap",
            f"{free['order_ms']:.0f} ms without (LOA_MAX_ADS_PER_24H=0)",
            f"{counted['order_ms'] / free['order_ms']:.2f}×",
            "",
            "Processes times seconds through orders, wait, claim, call and record included; without the cap: "
            f"{free['rate']:,.0f} numbers/s accepted.",
            {"with": counted["order_ms"], "without": free["order_ms"], "rate_without": free["rate"]},
        ),
        Row(
            "ads",
            "the same campaign to its last delivery report, a result per number stored",
            f"{counted['whole']:.1f} s ({valid / counted['whole']:,.0f} numbers/s)",
            how="From the end of planning until the campaign is done; the first question for reports comes after 10 s.",
            values={"seconds": counted["whole"]},
        ),
        Row(
            "ads",
            "Redis while the campaign ran",
            f"{counted['redis']:.1f} MiB above empty",
            aim="< 50 MB, flat",
            how="used_memory of INFO, looked at four times a second, less what an empty Redis has.",
            values={"mib": counted["redis"]},
        ),
    ]


def _campaign(stage: Stage, path: Path, *, reports: bool, **settings: object) -> dict[str, Any]:
    with (
        stage.emulator() as emulator,
        stage.scene(emulator.url, LOA_ESMS_REQUESTS_PER_SECOND=RATE, **settings) as scene,
        scene.workers(*WORKERS),
    ):
        say(f"a campaign of ads by two sending processes {'and its reports' if reports else 'without the cap'} …")
        made = plan.create(scene.deps, CampaignRequest("esms", "LOA", "ads", "[QC] Giam gia 20%", path))
        began = time.perf_counter()
        open_states = {"scheduled", "sending"} if reports else {"scheduled"}
        campaign_id = made.campaign.id
        wait_for(lambda: _status(scene, campaign_id) not in open_states, "the campaign", 900, 0.25)
        if not reports:
            wait_for(lambda: scene.one(LEFT).left == 0, "the orders", 600, 0.25)
        whole = time.perf_counter() - began
        valid = made.campaign.valid
        totals = emulator.totals()
        if totals["repeats"] or totals["numbers"] != valid:
            raise SystemExit(f"the ledger does not agree: {totals}; this is a fault, not a figure")
        found = scene.one("SELECT min(began_at) AS first, max(ended_at) AS last, count(*) AS orders FROM attempt")
        contacts = scene.one("SELECT count(*) AS numbers FROM ad_contact").numbers
        assert contacts == (0 if settings else valid), f"{contacts} numbers counted of {valid}"
        seconds = (found.last - found.first).total_seconds()
        return {
            "valid": valid,
            "seconds": seconds,
            "rate": valid / seconds,
            "order_ms": seconds * 2 / found.orders * 1000,
            "contacts": contacts,
            "whole": whole,
            "redis": stage.watch.redis_grew,
        }


LEFT = "SELECT count(*) AS left FROM batch WHERE state IN ('planned', 'sending')"


def _status(scene: Scene, campaign_id: UUID) -> str:
    return str(report.show(scene.deps, campaign_id).campaign.status)


def _bare_loop(emulator: Emulator, numbers: int) -> float:
    """Numbers a second when one process only posts orders of 5,000, with nothing kept and nothing checked."""
    orders = min(numbers // 5000, 100) or 1
    phones = lists.phones(min(numbers, 5000))
    with httpx.Client(trust_env=False, timeout=30) as client:
        began = time.perf_counter()
        for _ in range(orders):
            client.post(
                f"{emulator.url}/esms/MainService.svc/json/SendMultipleSMSBrandname_json/",
                json={
                    "ApiKey": "sandbox-key",
                    "SecretKey": "sandbox-secret",
                    "Brandname": "LOA",
                    "Content": "[QC] Giam gia 20%",
                    "SmsType": "1",
                    "Phones": phones,
                    "RequestId": str(uuid4()),
                },
            ).raise_for_status()
        took = time.perf_counter() - began
    return orders * len(phones) / took
