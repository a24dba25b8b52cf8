"""Times the console's pages with 500 campaigns stored and a long one, beside the bare framework with the same bytes."""

import shutil
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import uvicorn
from sqlalchemy import text
from sqlmodel import Session
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from tests import many
from tests.bench import lists
from tests.bench.figures import Row, say
from tests.bench.stage import Scene, Stage
from worker.api.app import doors
from worker.console.guard import COOKIE
from worker.domain.send_mode import SendMode
from worker.domain.states import CampaignStatus
from worker.services.approval import decide, drafting
from worker.services.deps import Deps
from worker.services.people import login, users
from worker.services.planning import drafts, forms
from worker.storage.tables.campaigns import Campaign

CAMPAIGNS = 500
PASSWORD = "correct horse battery"
TIMES = 40
#: Numbers that get no ads: the national list is as long as this.
SUPPRESSED = 10_000_000
#: One-time passwords of a month.
PASSWORDS = 1_000_000
#: Rows of the longest list that got no message.
REFUSED = 1_000_000
AUDIENCE = "everybody"
NUMBER = "0900000123"
PAGES = (
    *(
        "/",
        "/campaigns",
        "/campaigns?group=done",
        "/campaigns?q=campaign",
        "/new",
        "/approvals",
        "/audiences",
        "/templates",
    ),
    *(
        "/suppression",
        f"/suppression?q={NUMBER}",
        "/months",
        "/months?by=author",
        "/reconciliation",
        "/passwords",
        "/settings",
    ),
    *("/users", "/audit", "/me", f"/numbers?q={NUMBER}"),
    # Each of ten thousand that are kept by name.
    *("/audiences?q=9999", "/templates?q=9999", "/users?q=9999", "/users?key=9999", "/audit?who=boss"),
)


def run(stage: Stage, scale: float) -> list[Row]:
    """Each page forty times, one after the other; and the search by number."""
    numbers = max(10_000, round(10_000_000 * scale))
    with stage.scene("http://127.0.0.1:9") as scene:
        say(f"storing {CAMPAIGNS} campaigns, the longest of {numbers:,} numbers …")
        long = _fill(scene.deps, numbers)
        # As autovacuum leaves them: without it an index of ranges knows nothing of rows that came at once.
        with scene.loa.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(
                text("VACUUM (ANALYZE) campaign, batch, recipient, refused_row, audience_member, suppression, message")
            )
        boss = users.add(scene.deps, "boss", "admin", PASSWORD).user
        acting = scene.deps.acting(users.actor_of(boss, "console"))
        steps = _forms(scene, acting, numbers)
        with scene.deps.sessions.begin() as session:
            many.fill(session, datetime.now(UTC))
        token = login.log_in(scene.deps, "boss", PASSWORD).token
        app = doors(lambda: nullcontext(scene.loa))
        with _served(app) as url:
            client = httpx.Client(base_url=url, cookies={COOKIE: token}, trust_env=False, timeout=60)
            one = f"/campaigns/{long}"
            deep = (one, f"{one}?after={numbers // 10_000}", f"/audiences/{AUDIENCE}", *steps)
            pages = {path: _timed(client, path) for path in (*PAGES, *deep)}
            search = _timed(client, f"{one}?q={NUMBER}")
            slowest = max(pages, key=lambda path: pages[path][0])
            body = client.get(slowest).text
            client.close()
        bare = Starlette(routes=[Route("/", lambda _request: HTMLResponse(body))])
        with _served(bare) as url, httpx.Client(base_url=url, trust_env=False) as client:
            same_bytes = _timed(client, "/")
    worst = pages[slowest]
    shown = slowest.replace(str(long), "the longest")
    each = ", ".join(
        f"{path.replace(str(long), 'the longest')} {p95 * 1000:.0f} ms ({cpu * 1000:.0f} ms of CPU)"
        for path, (p95, _, cpu) in pages.items()
    )
    return [
        Row(
            "pages",
            f"each page of the console, {CAMPAIGNS} campaigns stored, the longest of {numbers:,} numbers, and "
            f"{many.MANY:,} of each thing that is kept by name",
            f"slowest p95 {worst[0] * 1000:.0f} ms ({shown})",
            f"bare framework, same bytes: p95 {same_bytes[0] * 1000:.1f} ms ({same_bytes[2] * 1000:.1f} ms of CPU)",
            "",
            "≤ 200 ms",
            f"p95 of {TIMES}: {each}.",
            {"p95": {path: found[0] for path, found in pages.items()}, "bare_p95": same_bytes[0]},
        ),
        Row(
            "pages",
            f"search by number in the longest, {numbers:,} numbers",
            f"p95 {search[0] * 1000:.0f} ms, median {search[1] * 1000:.0f} ms ({search[2] * 1000:.0f} ms of CPU)",
            f"its page without the search: p95 {pages[f'/campaigns/{long}'][0] * 1000:.0f} ms",
            "",
            "≤ 50 ms more",
            "The whole page with the number that was found.",
            {"p95": search[0]},
        ),
    ]


def _timed(client: httpx.Client, path: str) -> tuple[float, float, float]:
    """p95 and median of the seconds that a page takes, and the CPU seconds of this process: server and client, no database."""
    client.get(path).raise_for_status()
    took = []
    spent = time.process_time()
    for _ in range(TIMES):
        began = time.perf_counter()
        client.get(path)
        took.append(time.perf_counter() - began)
    spent = (time.process_time() - spent) / TIMES
    return statistics.quantiles(took, n=20)[18], statistics.median(took), spent


def _fill(deps: Deps, numbers: int) -> UUID:
    """Campaigns over a year as they lie after they ended, and a long one that is being sent; the id of that one."""
    now, long = datetime.now(UTC), uuid4()
    with deps.sessions.begin() as session:
        for place in range(CAMPAIGNS):
            chosen = long if place == 0 else uuid4()
            size = numbers if place == 0 else 10_000
            at = now - timedelta(days=365 * place / CAMPAIGNS)
            session.add(
                Campaign(
                    id=chosen,
                    name=f"campaign {place}",
                    provider="esms",
                    kind="ads",
                    send_mode=SendMode.LIST,
                    sender="LOA",
                    text="[QC] LOA",
                    status=CampaignStatus.DONE if place else CampaignStatus.SENDING,
                    list_name="list.csv",
                    created_at=at,
                    scheduled_for=at,
                    started_at=at,
                    rows=size,
                    valid=size,
                    parts=1,
                    parts_total=size,
                    cost_estimate=Decimal(size * 345),
                    author=f"user:{'lan' if place % 2 else 'hoa'}",
                )
            )
            session.flush()
            session.execute(
                text(
                    "INSERT INTO batch (id, campaign_id, seq, size, text, state, not_before, attempts, refusals, provider_ref,"
                    " code, provider_message, answered_at, polls, lookups, needs_operator, accepted, rejected, unknown,"
                    " delivered, failed, suppressed, cancelled, cost) SELECT gen_random_uuid(), :id, n, 5000, '[QC] LOA',"
                    " 'reported', :at, 1, 0, 'r'||n, '100', '', :at, 1, 0, false, 0, 0, 0, 4900, 100, 0, 0, 1725000"
                    " FROM generate_series(1, :batches) n"
                ),
                {"id": chosen, "at": at, "batches": size // 5000},
            )
        session.execute(
            text(
                "INSERT INTO recipient (campaign_id, phone, row, batch_seq, converted)"
                " SELECT :id, 84900000000 + n, n, 1 + n / 5000, false FROM generate_series(0, :last) n"
            ),
            {"id": long, "last": numbers - 1},
        )
        session.execute(
            text(
                "INSERT INTO suppression (phone, reason, source, added_at)"
                " SELECT 84800000000 + n, 'do_not_call', 'dnc.csv', :now FROM generate_series(1, :last) n"
            ),
            {"now": now, "last": round(SUPPRESSED * numbers / 10_000_000)},
        )
        session.execute(
            text(
                "INSERT INTO message (id, phone, sender, route, remaining_route, fingerprint, state, queued_at, expires_at,"
                " not_before, attempts, refusals, provider, provider_ref, code, provider_message, sent_at)"
                " SELECT gen_random_uuid(), 84900000000 + n % 100000, 'LOA', '{esms}', '{}', '', 'delivered', at, at, at, 1, 0,"
                " 'esms', 'p' || n, '100', '', at + interval '50 ms' FROM generate_series(1, :last) n,"
                " LATERAL (SELECT :now - interval '30 days' * (:last - n) / :last AS at) moment"
            ),
            {"now": now, "last": round(PASSWORDS * numbers / 10_000_000)},
        )
        _refuse(session, long, numbers)
        session.execute(
            text(
                "INSERT INTO audience (id, name, columns, rows, size, duplicates, invalid, list_hash, author, created_at)"
                " VALUES (:id, :name, '{}', :size, :size, 0, 0, '', 'lan', :now)"
            ),
            {"id": (audience := uuid4()), "name": AUDIENCE, "size": numbers, "now": now},
        )
        session.execute(
            text(
                "INSERT INTO audience_member (audience_id, phone, row) SELECT :id, 84900000000 + n, :size - n"
                " FROM generate_series(0, :size - 1) n"
            ),
            {"id": audience, "size": numbers},
        )
    return long


def _refuse(session: Session, campaign: UUID, numbers: int) -> None:
    """Rows without a number, of nine reasons."""
    session.execute(
        text(
            "INSERT INTO refused_row (campaign_id, row, value, reason) SELECT :id, n, 'none', 'reason_' || n % 9"
            " FROM generate_series(1, :last) n"
        ),
        {"id": campaign, "last": round(REFUSED * numbers / 10_000_000)},
    )
    # As planning counts them.
    session.execute(
        text(
            "UPDATE campaign SET refused = (SELECT jsonb_object_agg(reason, rows) FROM (SELECT reason, count(*) AS rows"
            " FROM refused_row WHERE campaign_id = :id GROUP BY reason) counted) WHERE id = :id"
        ),
        {"id": campaign},
    )


def _forms(scene: Scene, deps: Deps, numbers: int) -> list[str]:
    """The steps of a new campaign, whose draft is as long as the longest; and one that waits for its approval."""
    path = lists.messy(scene.stage.folder / "pages.csv", 10_000)
    deps.uploads.mkdir(parents=True, exist_ok=True)
    made = []
    for name in ("one", "other"):
        form = forms.begin(deps, Path(shutil.copy(path, deps.uploads / f"{name}.list")), "list.csv")
        drafting.enter(
            deps,
            form.id,
            provider="esms",
            sender="LOA",
            text="[QC] LOA giam gia 20%. Tu choi: soan TC gui 8755",
            again=True,
            timed=True,
        )
        draft = drafting.plan(deps, form.id)
        drafts.plan(deps, draft)
        with deps.sessions.begin() as session:
            session.execute(text("DELETE FROM refused_row WHERE campaign_id = :id"), {"id": draft})
            _refuse(session, draft, numbers)
            session.execute(
                text(
                    "INSERT INTO batch (id, campaign_id, seq, size, text, state, not_before, attempts, refusals, provider_ref,"
                    " code, provider_message, polls, lookups, needs_operator, accepted, rejected, unknown,"
                    " delivered, failed, suppressed, cancelled) SELECT gen_random_uuid(), :id, 1000 + n, 5000, '[QC] LOA',"
                    " 'planned', now(), 0, 0, '', '', '', 0, 0, false, 0, 0, 0, 0, 0, 0, 0"
                    " FROM generate_series(1, :batches) n"
                ),
                {"id": draft, "batches": numbers // 5000},
            )
        made.append((form.id, draft))
    decide.submit(replace(deps, people=replace(deps.people, four_eyes=True)), made[1][1])
    return [*(f"/new/{made[0][0]}/{step}" for step in ("list", "text", "when", "check")), f"/approvals/{made[1][1]}"]


@contextmanager
def _served(app: object) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, access_log=False, ws="none"))  # type: ignore[arg-type]
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(60)
