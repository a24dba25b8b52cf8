"""Measures the import of the national do-not-call list, beside a bare COPY of the same numbers."""

import csv
import time

from psycopg import Connection
from sqlalchemy import text

from tests.bench.figures import Row, say
from tests.bench.stage import Scene, Stage
from worker.services.operations import suppression

#: At the whole scale; the list itself has about ten million.
NUMBERS = 10_000_000
COLUMNS = "phone, reason, source, added_at"


def run(stage: Stage, scale: float) -> list[Row]:
    """A list of numbers in no order, checked, de-duplicated, stored; then the same list again, as it is imported each day."""
    numbers = max(1000, round(NUMBERS * scale))
    path = stage.folder / "dnc.csv"
    with path.open("w", newline="") as file:
        write = csv.writer(file)
        write.writerow(["phone"])
        # A step that has no divisor in common with the range leaves out and repeats none.
        write.writerows([f"0{900_000_000 + at * 7_654_321 % 90_000_000}"] for at in range(numbers))
    with stage.scene("http://127.0.0.1:9") as scene:
        say(f"importing {numbers:,} numbers …")
        began = time.perf_counter()
        suppression.import_list(scene.deps, path, as_of="2026-03-01", sure=True)
        took = time.perf_counter() - began
        began = time.perf_counter()
        suppression.import_list(scene.deps, path, as_of="2026-03-02", sure=True)
        again = time.perf_counter() - began
        bare = _bare_copy(scene)
    return [
        Row(
            "imports",
            f"do-not-call list of {numbers:,} numbers → checked, de-duplicated, stored",
            f"{took:.2f} s ({numbers / took:,.0f} rows/s); again: {again:.2f} s",
            f"bare COPY: {bare:.2f} s",
            f"{took / bare:.2f}×",
            "≤ 3×",
            "suppression.import_list of a CSV against COPY of the same rows, in no order, from a file, into an empty table of "
            "the same shape and indexes.",
            {"rows": numbers, "seconds": took, "again_seconds": again, "copy_seconds": bare},
        )
    ]


def _bare_copy(scene: Scene) -> float:
    path = scene.stage.folder / "bare.copy"
    with scene.deps.sessions() as session:
        session.execute(text("CREATE TABLE bare_suppression (LIKE suppression INCLUDING ALL)"))
        session.commit()
        connection = session.connection().connection.driver_connection
        assert isinstance(connection, Connection)
        # In no order, as a list is; written out by PostgreSQL, for ten million rows are too many for Python.
        mixed = f"COPY (SELECT {COLUMNS} FROM suppression ORDER BY random()) TO STDOUT"
        with path.open("wb") as file, connection.cursor() as cursor, cursor.copy(mixed) as copy:
            file.writelines(copy)
        session.commit()
        connection = session.connection().connection.driver_connection
        assert isinstance(connection, Connection)
        began = time.perf_counter()
        bare = f"COPY bare_suppression ({COLUMNS}) FROM STDIN"
        with path.open("rb") as file, connection.cursor() as cursor, cursor.copy(bare) as copy:
            while block := file.read(1 << 18):
                copy.write(block)
        session.commit()
        took = time.perf_counter() - began
        session.execute(text("DROP TABLE bare_suppression"))
        session.commit()
    return took
