"""Times a list until it is stored, beside a bare COPY of the same rows."""

import resource
import time
from typing import Any
from uuid import uuid4

from psycopg import Connection
from sqlalchemy import text

from tests.bench import lists
from tests.bench.figures import Row, say
from tests.bench.stage import Scene, Stage
from worker.services.planning import plan
from worker.services.planning.request import CampaignRequest


def run(stage: Stage, scale: float) -> list[Row]:
    """A million rows, checked, de-duplicated, stored and batched."""
    numbers = max(1000, round(1_000_000 * scale))
    path = lists.messy(stage.folder / "messy.csv", numbers)
    with stage.scene("http://127.0.0.1:9") as scene:
        say(f"storing a list of {numbers:,} rows …")
        began = time.perf_counter()
        made = plan.create(
            scene.deps, CampaignRequest("esms", "LOA", "ads", "[QC] Giam gia 20% toan bo cua hang", path)
        )
        took = time.perf_counter() - began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        stage.watch.peaks["the process that plans the list"] = (peak, 0)
        bare, heap = _bare_copy(scene, made.campaign.id)
    return [
        Row(
            "stored",
            f"list of {numbers:,} rows → checked, de-duplicated, stored, batched",
            f"{took:.2f} s ({numbers / took:,.0f} rows/s)",
            f"bare COPY: {bare:.2f} s (without indexes {heap:.2f} s)",
            f"{took / bare:.2f}× ({took / heap:.1f}×)",
            "≤ 3×",
            "One call of services.planning.plan.create against COPY of the rows that it stored, in the list's order, from "
            "memory, into an empty table of the same shape and indexes, and into one without indexes.",
            {"rows": numbers, "seconds": took, "copy_seconds": bare, "copy_without_indexes_seconds": heap},
        )
    ]


def _bare_copy(scene: Scene, campaign_id: Any) -> tuple[float, float]:
    with scene.deps.sessions() as session:
        rows = session.execute(
            text("SELECT phone, row, batch_seq FROM recipient WHERE campaign_id = :id ORDER BY row"),
            {"id": campaign_id},
        ).all()
        session.execute(text("CREATE TABLE bare_recipient (LIKE recipient INCLUDING ALL)"))
        session.execute(text("CREATE TABLE bare_heap (LIKE recipient)"))
        session.commit()
        other = uuid4()
        lines = [f"{other}\t{row.phone}\t{row.row}\t{row.batch_seq}\tf\n" for row in rows]
        times = []
        for table in ("bare_recipient", "bare_heap"):
            connection = session.connection().connection.driver_connection
            assert isinstance(connection, Connection)
            began = time.perf_counter()
            with (
                connection.cursor() as cursor,
                cursor.copy(f"COPY {table} (campaign_id, phone, row, batch_seq, converted) FROM STDIN") as copy,
            ):
                for start in range(0, len(lines), 5000):
                    copy.write("".join(lines[start : start + 5000]))
            session.commit()
            times.append(time.perf_counter() - began)
            session.execute(text(f"DROP TABLE {table}"))
            session.commit()
    return times[0], times[1]
