"""What is tried by HTTP: large bodies, long downloads, odd characters, half headers, many callers, many callbacks."""

import json
import resource
import socket
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import count

from sqlalchemy import text

from tests.bench import crowd
from tests.bench.stage import Stage
from tests.doors.place import Place, opened, spread, timed
from worker.services.planning import plan
from worker.services.planning.request import CampaignRequest
from worker.services.reporting import callbacks as service

FRESH = count()
FORM = {"provider": "esms", "sender": "LOA", "kind": "care", "text": "Cam on {name}"}
REPORT_ROWS = 200_000
DOWNLOADS = 12
HALF_HEADERS = 1500
WATCHED_S = 60


def ask() -> dict[str, str]:
    """A password to another number each time."""
    return {"phone": f"08{next(FRESH) % 10**8:08d}", "text": "482913 la ma xac nhan cua ban"}


def bodies(stage: Stage) -> str:
    """Large and wrong."""
    wrong = {**FORM, "recipients": [{"phone": [7], "name": "x" * 20} for _ in range(100_000)]}
    odd = {**ask(), **{f"field_{n}": "x" * 30 for n in range(90_000)}}
    with opened(stage) as place, place.client() as client, place.client() as other:
        other.post("/v1/otp", json=ask())
        memory, cpu, waits = place.web_memory(), place.web_cpu(), list[float]()
        stop = threading.Event()

        def look() -> None:
            while not stop.wait(0.01):
                waits.append(timed(lambda: other.get("/healthz")))

        watcher = threading.Thread(target=look)
        watcher.start()
        said = [
            client.post("/v1/campaigns", content=json.dumps(wrong), headers={"Content-Type": "application/json"}),
            client.post("/v1/otp", content=json.dumps(odd), headers={"Content-Type": "application/json"}),
        ]
        grown, used = place.web_memory() - memory, place.web_cpu() - cpu
        stop.set()
        watcher.join()
    faults = len(said[0].json().get("errors", []))
    return (
        f"{said[0].status_code} with {faults} faults, {said[1].status_code}; web grew by {grown:.0f} MiB, {used:.1f} s of CPU; "
        f"`/healthz` at most {max(waits):.0f} ms"
    )


def downloads(stage: Stage) -> str:
    """Twelve at once, beside passwords."""
    path = stage.folder / "report.csv"
    path.write_text("phone,name\n" + "".join(f"09{n:08d},Khach {n}\n" for n in range(REPORT_ROWS)))
    with opened(stage) as place, place.client() as client:
        made = plan.create(place.scene.deps, CampaignRequest("esms", "LOA", "care", "Cam on {name}", path))
        times = [timed(lambda: client.post("/v1/otp", json=ask()).raise_for_status()) for _ in range(60)]
        memory, taken = place.web_memory(), Counter[int]()

        def fetch() -> None:
            with place.client() as reader, reader.stream("GET", f"/v1/campaigns/{made.campaign.id}/report.csv") as got:
                taken[got.status_code] += 1
                for _ in got.iter_raw():
                    pass

        begun, beside, most = time.monotonic(), list[float](), memory
        with ThreadPoolExecutor(DOWNLOADS) as pool:
            running = [pool.submit(fetch) for _ in range(DOWNLOADS)]
            while not all(one.done() for one in running) or len(beside) < 30:
                beside.append(timed(lambda: client.post("/v1/otp", json=ask()).raise_for_status()))
                most = max(most, place.web_memory())
        took = time.monotonic() - begun
    statuses = ", ".join(f"{number} × {status}" for status, number in sorted(taken.items()))
    return (
        f"passwords idle {spread(times)}; beside the downloads {spread(beside)}; {statuses} in {took:.0f} s; "
        f"web grew by {most - memory:.0f} MiB"
    )


def characters(stage: Stage) -> str:
    """Control characters wherever a word is taken."""
    tried = {
        "name with NUL": {**FORM, "text": "Cam on", "name": "a\0b", "recipients": ["0901234567"]},
        "sender with ESC": {**FORM, "text": "Cam on", "sender": "\x1b[31mLOA", "recipients": ["0901234567"]},
        "name with line break": {**FORM, "text": "Cam on", "name": "a\nb", "recipients": ["0901234567"]},
        "value with NUL": {**FORM, "recipients": [{"phone": "0901234567", "name": "\0"}]},
    }
    with opened(stage) as place, place.client() as client:
        came = {what: client.post("/v1/campaigns", json=body) for what, body in tried.items()}
    return "; ".join(
        f"{what}: {answer.status_code} {', '.join(one['field'] for one in answer.json().get('errors', []))}".strip()
        for what, answer in came.items()
    )


def half_headers(stage: Stage) -> str:
    """Connections that say half a header and no more."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    with opened(stage) as place, place.client() as client:
        host, port = place.url.removeprefix("http://").split(":")
        held: list[socket.socket] = []
        for _ in range(HALF_HEADERS):
            one = socket.create_connection((host, int(port)), 10)
            one.sendall(b"POST /v1/otp HTTP/1.1\r\nHost: loa\r\nAuthor")
            one.setblocking(False)
            held.append(one)
        begun, times = time.monotonic(), list[float]()
        failed = 0
        while time.monotonic() - begun < 30:
            try:
                times.append(timed(lambda: client.post("/v1/otp", json=ask()).raise_for_status()))
            except Exception:  # noqa: BLE001 - what is counted is that it failed
                failed += 1
            time.sleep(0.2)
        still = sum(map(_open, held))
        for one in held:
            one.close()
    answered = spread(times) if len(times) > 1 else "none was answered"
    return f"{still} of {HALF_HEADERS:,} open after 30 s; passwords meanwhile {answered}, {failed} failed"


def _open(one: socket.socket) -> bool:
    try:
        # What it was told before it was closed comes first.
        while one.recv(65536):
            continue
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False


def many_clients(stage: Stage) -> str:
    """The benchmark of that name, with the build of 3817865 beside it."""
    row = crowd.run(stage, 1.0)[0]
    return f"{row.figure}; {row.beside or 'no build of 3817865 to be had'}; {row.ratio}; {row.values['errors']} errors"


def callbacks(stage: Stage) -> str:
    """Ten thousand that lead nowhere, then one that does; the sweep is called each second, as its worker does."""
    path = stage.folder / "forty.csv"
    path.write_text("phone\n" + "".join(f"09{n:08d}\n" for n in range(40)))
    with opened(stage) as place:
        made = plan.create(place.scene.deps, CampaignRequest("esms", "LOA", "ads", "[QC] Giam gia", path))
        place.send_all()
        ref = place.scene.one("SELECT provider_ref AS ref FROM batch WHERE campaign_id = :id", id=made.campaign.id).ref
        _strangers(place)
        query = f"SMSID={ref}&SendStatus=5&SendSuccess=40&TotalReceiver=40".encode()
        service.store(place.scene.deps, "esms", query, b"")
        begun, took, sweeps = time.monotonic(), 0.0, 0
        while (passed := time.monotonic() - begun) < WATCHED_S:
            time.sleep(max(0.0, begun + sweeps - time.monotonic()))
            service.read_due(place.scene.deps)
            sweeps += 1
            handled = "SELECT count(*) AS n FROM callback WHERE handled_at IS NOT NULL AND query = :query"
            if not took and place.scene.one(handled, query=query).n:
                took = time.monotonic() - begun
        looks = place.scene.one("SELECT sum(tries) AS n FROM callback").n
    return f"the true one counted after {took:.1f} s; the 10,000 were looked at {looks:,} times in {passed:.0f} s"


def _strangers(place: Place) -> None:
    with place.scene.deps.sessions.begin() as session:
        session.execute(
            text(
                "INSERT INTO callback (id, provider, received_at, due_at, query, body, tries, verdict)"
                " SELECT gen_random_uuid(), 'esms', :now, :now,"
                " convert_to('SMSID=' || gen_random_uuid() || '&SendStatus=5&TotalReceiver=1', 'UTF8'), '', 0, ''"
                " FROM generate_series(1, 10000)"
            ),
            {"now": place.scene.loa.clock.now()},
        )
