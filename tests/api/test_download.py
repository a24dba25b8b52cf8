"""A long answer begins before its end is written, and ends with its reader or with its writer's fault."""

import asyncio
import threading
import time
from contextlib import suppress
from pathlib import Path
from uuid import UUID

import psutil
import pytest
from fastapi import Request

from tests.api.served import Api
from worker.api import download
from worker.api.download import Share, blocks
from worker.domain.actor import LOA, Actor
from worker.domain.roles import Role
from worker.errors import Refused, Unavailable


def test_it_begins_before_its_end_is_written(tmp_path: Path):
    read_some = threading.Event()

    def write(file, _look):
        file.write("begin" * 10_000)
        file.flush()
        assert read_some.wait(20)
        file.write("end")

    stream = blocks(write, tmp_path / "made")
    first = next(stream)
    read_some.set()
    assert (first + b"".join(stream)).decode() == "begin" * 10_000 + "end"
    assert list((tmp_path / "made").iterdir()) == []


def test_a_fault_breaks_it_off(tmp_path: Path):
    def write(file, _look):
        file.write("some")
        file.flush()
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        list(blocks(write, tmp_path))


def test_a_reader_who_goes_away_ends_the_writing(tmp_path: Path):
    looked = []

    def write(file, look):
        for lines in range(1_000_000):
            file.write("line\n")
            file.flush()
            look(lines)
            looked.append(lines)

    stream = blocks(write, tmp_path)
    next(stream)
    stream.close()
    assert len(looked) < 1_000_000  # perhaps none: the reader may be quicker than the first look


def report_of(api: Api, numbers, count: int = 300) -> str:
    made = api.world.create(numbers(count))
    return f"/v1/campaigns/{made.campaign.id}/report"


def test_only_so_many_go_at_once_and_the_place_is_given_back(api: Api, numbers):
    client, path = api.client("read"), report_of(api, numbers)
    share: Share = api.app.state.downloads
    with share.take(), share.take():
        for suffix in (".csv", ".xlsx"):
            answer = client.get(path + suffix)
            assert (answer.status_code, answer.json()["rule"]) == (503, "too_many_downloads")
            assert answer.headers["retry-after"] == "10"
        # Other doors are open, and so is the one of a summary.
        assert client.get(path).status_code == 200
    for suffix in (".csv", ".xlsx", ".csv"):
        assert client.get(path + suffix).status_code == 200
    assert client.get("/v1/campaigns/00000000-0000-4000-8000-000000000000/report.csv").status_code == 404
    with share.take(), share.take():
        pass


def test_a_reader_who_goes_away_gives_the_place_back_and_ends_the_process(api: Api, numbers):
    client, path = api.client("read"), report_of(api, numbers, 3000)
    share: Share = api.app.state.downloads
    with client.stream("GET", path + ".csv") as answer:
        assert answer.status_code == 200
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        with suppress(Refused), share.take(), share.take():
            break
        time.sleep(0.05)
    else:
        pytest.fail("the place was not given back")
    assert not [one for one in psutil.Process().children() if "worker.api.export" in " ".join(one.cmdline())]


def test_a_report_is_written_by_another_process_as_its_reader_may_see_it(api: Api, numbers):
    made = api.world.create(numbers(25))
    clerk = Actor("http", "lan", made.campaign.id, Role.APPROVER)
    request = Request({"type": "http", "app": api.app})
    seen = []
    for actor in (LOA, clerk):
        shown = download.report(request, api.world.deps.acting(actor), "report.csv", made.campaign.id, "attachment")
        seen.append(asyncio.run(_whole(shown)).decode())
    assert "0900000001" in seen[0]
    assert "0900000001" not in seen[1]
    assert len(seen[0].splitlines()) == len(seen[1].splitlines()) == 26


async def _whole(shown: download.Download) -> bytes:
    sent = []

    async def send(message) -> None:
        sent.append(message.get("body", b""))

    async def receive():
        await asyncio.Event().wait()

    await shown({"type": "http", "asgi": {"spec_version": "2.4"}}, receive, send)
    return b"".join(sent)


def test_a_process_that_fails_breaks_the_answer_off(api: Api):
    request = Request({"type": "http", "app": api.app})
    nobody = "00000000-0000-4000-8000-000000000000"
    with pytest.raises(Unavailable, match="its log tells why"):
        download.report(request, api.world.deps, "report.xlsx", UUID(nobody), "attachment")
    shown = download.report(request, api.world.deps, "report.csv", UUID(nobody), "attachment")
    with pytest.raises(Unavailable, match="its log tells why"):
        asyncio.run(_whole(shown))
    with api.app.state.downloads.take(), api.app.state.downloads.take():
        pass
