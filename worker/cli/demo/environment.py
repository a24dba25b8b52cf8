"""The demo's own folder and environment, so that no setting of yours takes part in it."""

import json
import os
import shlex
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from worker.clock import Clock
from worker.config import Settings
from worker.config.accounts import PROVIDERS
from worker.domain.window import VIETNAM, Windows
from worker.sandbox.esms import Esms
from worker.supervisor import Process, listening, procfile, read_procfile

HOST: Final = "127.0.0.1"
#: Flower and the other providers have no part in the main job.
LEFT_OUT: Final = {"release", "flower", *(f"worker-{name}" for name in PROVIDERS if name != "esms")}
#: The demo must end inside the window in which it begins.
ENOUGH_TIME: Final = timedelta(minutes=10)
#: What the emulated eSMS does: a few numbers fail, reports come in over some seconds.
SANDBOX: Final[Mapping[str, Any]] = {
    "fail_share": 0.03,
    "latency_s": 0.1,
    "first_report_after_s": 1.0,
    "done_after_s": 4.0,
}
#: 9,250 numbers make 14 orders, at 5 a second: fast, and still something to watch.
MOST_IN_ORDER: Final = 700
ORDERS_A_SECOND: Final = 5


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the demo plays."""

    folder: Path
    sandbox_port: int
    #: Seconds by which the clock is shifted; 0 when ads may leave now.
    offset_s: float
    #: Where the console is; 0: it is left out.
    console_port: int = 0

    @property
    def sandbox_url(self) -> str:
        """Where the emulated providers are."""
        return f"http://{HOST}:{self.sandbox_port}"

    def settings(self) -> dict[str, str]:
        """Loa's variables here; there are no others."""
        return {
            "LOA_DATA_DIR": str(self.folder / "var"),
            "LOA_ESMS_BASE_URL": f"{self.sandbox_url}{Esms.base_path}",
            "LOA_ESMS_API_KEY": "sandbox-key",
            "LOA_ESMS_SECRET_KEY": "sandbox-secret",
            "LOA_ESMS_MAX_BATCH": str(MOST_IN_ORDER),
            "LOA_ESMS_REQUESTS_PER_SECOND": str(ORDERS_A_SECOND),
            "LOA_POLL_FIRST_S": "1",
            "LOA_POLL_LONGEST_S": "2",
            "LOA_CLOCK_OFFSET_S": str(self.offset_s),
            "HOST": HOST,
            "PORT": str(self.console_port),
        }

    def processes(self) -> list[Process]:
        """The sandbox, and the Procfile's workers and scheduler."""
        words = [sys.executable, "-m", "worker.sandbox.serve", "--port", str(self.sandbox_port)]
        words += ["--settings", json.dumps(SANDBOX), "--clock-offset-s", str(self.offset_s)]
        commands = {name: command for name, command in read_procfile(procfile()).items() if name not in LEFT_OUT}
        if not self.console_port:
            del commands["web"]
        return [
            Process("sandbox", shlex.join(words), ready=listening(HOST, self.sandbox_port)),
            *(Process(name, command) for name, command in commands.items()),
        ]


def build(folder: Path, console_port: int = 0) -> Stage:
    """A stage in that folder, on a free port, at an hour in which ads may leave; the environment is made to fit."""
    # CELERY_BROKER_URL, if set, would win over our own Redis.
    for name in [name for name in os.environ if name.startswith(("LOA_", "CELERY_"))]:
        del os.environ[name]
    hours = Windows.parse(str(Settings.model_fields["ad_windows"].default))
    stage = Stage(folder, _free_port(), _offset_s(Clock().now(), hours), console_port)
    os.environ.update(stage.settings())
    return stage


def _offset_s(now: datetime, windows: Windows) -> float:
    """Seconds from now to 9:00 of the same day in Vietnam, or 0 when a window is open for long enough."""
    if windows.contains(now) and windows.contains(now + ENOUGH_TIME):
        return 0.0
    nine = now.astimezone(VIETNAM).replace(hour=9, minute=0, second=0, microsecond=0)
    return (nine - now).total_seconds() // 1


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
