"""The process that writes one report: `python -m worker.api.export`, started by `worker/api/download.py`.

Two million cells keep an interpreter busy for seconds, and the one that serves HTTP has one-time passwords to take in. What is
to be written comes as JSON on standard input, the report goes to standard output, which is a file.
"""

import io
import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, Final, cast
from uuid import UUID

from worker import config, log, wiring
from worker.domain.actor import Actor
from worker.domain.roles import Role
from worker.services.deps import Deps
from worker.services.reporting import report

#: It stands back behind whatever else wants to compute.
NICE: Final = 10

#: The words of a workbook, as `report_xlsx` wants them.
Words = Mapping[str, Mapping[str, str]]


def main() -> None:
    """Write what was asked for; a fault ends the process, and so breaks the download off."""
    os.nice(NICE)
    asked = json.load(sys.stdin)
    settings = config.load()
    log.configure(settings.log_level, json=settings.log_json)
    loa = wiring.build(settings, asked["database_url"], asked["redis_url"])
    try:
        deps = loa.deps.acting(_actor(asked["actor"]))
        with os.fdopen(os.dup(1), "w+b") as file:
            WRITERS[asked["report"]](deps, UUID(asked["campaign"]), cast("BinaryIO", file), asked["words"])
    finally:
        loa.close()


def _recipients(deps: Deps, campaign: UUID, file: BinaryIO, _words: Words) -> None:
    with io.TextIOWrapper(file, encoding="utf-8", newline="") as lines:
        report.write_recipients(deps, campaign, lines, lambda _lines: lines.flush())


def _refused(deps: Deps, campaign: UUID, file: BinaryIO, _words: Words) -> None:
    with io.TextIOWrapper(file, encoding="utf-8", newline="") as lines:
        report.write_refused(deps, campaign, lines)


def _workbook(deps: Deps, campaign: UUID, file: BinaryIO, words: Words) -> None:
    from worker.services.reporting import report_xlsx  # noqa: PLC0415 - openpyxl is slow, and few ask for it

    report_xlsx.write(deps, campaign, file, lambda _rows: None, words)


WRITERS: Final[Mapping[str, Callable[[Deps, UUID, BinaryIO, Words], None]]] = {
    "report.csv": _recipients,
    "refused.csv": _refused,
    "report.xlsx": _workbook,
}


def _actor(told: Mapping[str, Any]) -> Actor:
    ids = {name: UUID(told[name]) if told[name] else None for name in ("user_id", "key_id")}
    return Actor(told["door"], told["name"], role=Role(told["role"]) if told["role"] else None, **ids)


if __name__ == "__main__":
    main()
