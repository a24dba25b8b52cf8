"""What is tried by commands: odd lists, a misspelt sender, servers that refuse, foreign tasks, cells, a clock set back."""

import json
import stat
import subprocess
import zipfile
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

import psycopg
from redis import Redis
from sqlalchemy import create_engine, text

from tests.bench.stage import Stage, wait_for
from tests.doors.place import Ran, opened
from worker.app import app
from worker.engine.postgres import Postgres
from worker.errors import LoaError
from worker.services.planning import enqueue
from worker.services.sending import release

CREATE = (
    "campaign",
    "create",
    "--provider",
    "esms",
    "--kind",
    "care",
    "--sender",
    "LOA",
    "--text",
    "Cam on",
    "--again",
)
TYPES = "http://schemas.openxmlformats.org/package/2006/"
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def odd_lists(stage: Stage) -> str:
    """Three lists that cost more than they say."""
    folder = stage.folder
    lists = {
        "styles": _styles(folder / "styles.xlsx"),
        "one line": _line(folder / "line.csv"),
        "members": _members(folder / "members.xlsx"),
    }
    with opened(stage) as place:
        came = {what: place.loa(*CREATE, "--list", path) for what, path in lists.items()}
    return "; ".join(f"{what}: {_told(one)}, {one.memory:.0f} MiB" for what, one in came.items())


def _told(one: Ran) -> str:
    verdict = "refused" if one.code == 1 else f"exit {one.code}"
    return f"{verdict} in {one.seconds:.1f} s ({' '.join(one.said.split())[:90]}…)"


def _styles(path: Path) -> Path:
    cells = "<xf numFmtId='0'/>" * (50 * (1 << 20) // 19)
    parts = {
        "[Content_Types].xml": f"<Types xmlns='{TYPES}content-types'/>",
        "xl/workbook.xml": f"<workbook xmlns='{SHEET}' xmlns:r='{OFFICE}'>"
        "<sheets><sheet name='A' sheetId='1' r:id='r1'/></sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f"<Relationships xmlns='{TYPES}relationships'>"
        f"<Relationship Id='r1' Type='{OFFICE}/worksheet' Target='worksheets/sheet1.xml'/>"
        f"<Relationship Id='r2' Type='{OFFICE}/styles' Target='styles.xml'/></Relationships>",
        "xl/worksheets/sheet1.xml": f"<worksheet xmlns='{SHEET}'>"
        "<sheetData><row r='1'><c r='A1'><v>901234567</v></c></row></sheetData></worksheet>",
        "xl/styles.xml": f"<styleSheet xmlns='{SHEET}'><cellXfs>{cells}</cellXfs></styleSheet>",
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def _line(path: Path) -> Path:
    path.write_text("phone\n" + "," * 25_000_000 + "0901234567\n")
    return path


def _members(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(200_000):
            archive.writestr(f"xl/{number}", b"")
    return path


def misspelt(stage: Stage) -> str:
    """A sender that is not listed, while ads go out."""
    ads = stage.folder / "ads.csv"
    ads.write_text("phone\n" + "".join(f"09{n:08d}\n" for n in range(3000)))
    one = stage.folder / "one.csv"
    one.write_text("phone\n0901234567\n")
    with opened(stage, LOA_ESMS_MAX_BATCH=100) as place:
        words = (
            "campaign",
            "create",
            "--provider",
            "esms",
            "--kind",
            "ads",
            "--sender",
            "LOA",
            "--text",
            "[QC] Giam gia",
        )
        place.loa(*words, "--list", ads)
        wrong = ["LOAA" if word == "LOA" else word for word in CREATE]
        refused = place.loa(*wrong, "--list", one)
        place.send_all()
        after = place.scene.one("SELECT status FROM campaign WHERE kind = 'ads'").status
        left = place.scene.one("SELECT count(*) AS n FROM batch WHERE state = 'accepted'").n
    return f"{_told(refused)}; the ads campaign is {after}, {left} of its 30 orders accepted"


def refusing(stage: Stage) -> str:
    """Each refusal, and how long `loa campaign list` and `loa doctor` take to say it."""
    came: dict[str, str] = {}
    with opened(stage) as place:
        postgres = Postgres(stage.folder)
        url = stage.database_url

        def tell(what: str, **env: str) -> None:
            shown, looked = place.loa("campaign", "list", **env), place.loa("doctor", **env)
            words = " ".join(shown.said.split()) or "no word"
            said = "said too" if words[:40] in " ".join(looked.said.split()) else "not said"
            came[what] = f"“{words[:110]}” after {shown.seconds:.1f} s; by `doctor` {said} after {looked.seconds:.1f} s"

        well = place.loa("campaign", "list").seconds, place.loa("doctor").seconds
        came["all well"] = f"`campaign list` {well[0]:.1f} s, `doctor` {well[1]:.1f} s"
        with ExitStack() as held:
            _take_all(held, postgres.superuser_url)
            tell("connections")
        tell("password", LOA_DATABASE_URL=url.replace("loa_app:", "loa_app:not-"))
        tell("database", LOA_DATABASE_URL=url.rsplit("/", 1)[0] + "/nobody")
        with Redis.from_url(stage.redis_url) as redis:
            for what, spoil, mend in (
                ("Redis full", ("config", "set", "maxmemory", "1"), ("config", "set", "maxmemory", "0")),
                ("a replica", ("replicaof", "127.0.0.1", "1"), ("replicaof", "no", "one")),
            ):
                redis.execute_command(*spoil)
                looked = place.loa("doctor")
                redis.execute_command(*mend)
                line = next(
                    (one for one in looked.said.splitlines() if one.split(":")[0].endswith(" redis")), "not said"
                )
                came[what] = f"“{line[:120]}” after {looked.seconds:.1f} s"
    return "; ".join(f"{what}: {said}" for what, said in came.items())


def _take_all(held: ExitStack, url: str) -> None:
    with suppress(psycopg.OperationalError):
        for _ in range(200):
            held.enter_context(psycopg.connect(url.replace("+psycopg", "")))


def foreign_tasks(stage: Stage) -> str:
    """A number and a code where they do not belong."""
    log, secret, phone = stage.folder / "worker.log", "918273", "0901112223"
    with opened(stage, LOA_LOG_LEVEL="INFO") as place:
        words = ("-A", "worker.app", "worker", "-Q", "otp", "-c", "1", "-n", "otp@%h", "--without-mingle")
        with (
            log.open("w") as file,
            stage.process(
                "worker otp", "celery", *words, env=place.scene.environment, stdout=file, stderr=subprocess.STDOUT
            ),
        ):
            wait_for(lambda: place.scene.loa.carrier.control.ping(timeout=0.5), "the worker", 90)
            plain = {"phone": phone, "text": f"Ma {secret}"}
            app.send_task("loa.send_otp", args=[phone, secret], queue="otp")
            app.send_task("loa.send_otp", kwargs=plain, queue="otp")
            app.send_task("loa.sent_otp", kwargs=plain, queue="otp")
            wait_for(lambda: place.scene.deps.task_queue.waiting_otps() == 0, "the tasks", 60)
            wait_for(lambda: "plain_otp_refused" in log.read_text(), "the refusal", 60)
    said = log.read_text()
    return (
        f"code in the log: {secret in said}; number in the log: {phone in said}; {len(said.splitlines())} lines of log"
    )


def cells(stage: Stage) -> str:
    """Values that a spreadsheet would run."""
    tried = ["\t=1+1", " =1+1", "＝1+1", "\n=1+1", "@SUM(1)", "+1+1", "-1+1"]
    path, out = stage.folder / "cells.csv", stage.folder / "report.csv"
    quoted = [value.replace('"', '""') for value in tried]
    path.write_text("phone,name\n" + "".join(f'09{n:08d},"{value}"\n' for n, value in enumerate(quoted)))
    with opened(stage) as place:
        words = [word if word != "Cam on" else "Cam on {name}" for word in CREATE]
        made = json.loads(place.loa(*words, "--list", path, "--json").said.partition("\n{")[0] or "{}")
        campaign = place.scene.one("SELECT id FROM campaign").id if not made.get("id") else made["id"]
        place.loa("campaign", "report", campaign, "--csv", out)
        import csv  # noqa: PLC0415 - for this row alone

        with out.open(encoding="utf-8-sig", newline="") as file:
            found = [row["name"] for row in csv.DictReader(file)]
    open_ones = [value for value in found if value.lstrip(" \t\n\r").startswith(("=", "+", "-", "@", "＝"))]
    return f"{len(found)} values, {len(open_ones)} of them not guarded"


def set_back(stage: Stage) -> str:
    """Batches are enqueued, then the clock is two hours earlier."""
    path = stage.folder / "ads.csv"
    path.write_text("phone\n" + "".join(f"09{n:08d}\n" for n in range(400)))
    with opened(stage) as place:
        place.loa(*CREATE, "--list", path)
        release.release(place.deps_with_tasks()[0])
        back = {"LOA_CLOCK_OFFSET_S": str(stage.clock_offset_s - 7200)}
        campaign = place.scene.one("SELECT id FROM campaign").id
        shown, looked = place.loa("campaign", "show", campaign, **back), place.loa("doctor", **back)
    line = next((one for one in looked.said.splitlines() if "rows in the future" in one), "doctor does not say it")
    words = " ".join(shown.said.split())
    start = words.find("The clock was set back")
    return (
        f"`campaign show`: “{words[start : start + 160]}”; `doctor`: “{line[:160]}”"
        if start >= 0
        else f"not said; {line}"
    )


def roles(stage: Stage) -> str:
    """Who the embedded database's role is, and what a path outside its folders comes to."""
    with opened(stage, LOA_LIST_FOLDERS=stage.folder) as place:
        engine = create_engine(stage.database_url)
        with engine.connect() as connection:
            superuser = connection.execute(
                text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
            ).scalar_one()
        engine.dispose()
        named = {"provider": "esms", "sender": "LOA", "kind": "care", "text": "Cam on", "list_path": "/etc/passwd"}
        mode = (
            stat.S_IMODE((stage.folder / "secret.key").stat().st_mode) if (stage.folder / "secret.key").exists() else 0
        )
        try:
            enqueue.enqueue_campaign(place.scene.deps, named, "doors")
            refused = "taken"
        except LoaError as fault:
            refused = f"refused: {fault}"
    return f"superuser: {superuser}; secret.key {mode:04o}; /etc/passwd {refused}"


ROWS: dict[str, Callable[[Stage], str]] = {
    "1": misspelt,
    "4": odd_lists,
    "7": refusing,
    "8": foreign_tasks,
    "9": cells,
    "12": set_back,
    "13": roles,
}
