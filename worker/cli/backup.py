"""Backup and restore of an installation: PostgreSQL's own dump, and the key without which it cannot be read."""

import io
import json as json_text
import os
import shutil
import subprocess
import tarfile
import tempfile
from contextlib import suppress
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from sqlalchemy import text
from sqlalchemy.engine import URL, make_url

from worker import config
from worker.adapters import secret_key
from worker.cli import console, runtime
from worker.cli.options import Json
from worker.clock import Clock
from worker.config import Settings
from worker.engine import binaries
from worker.engine.server import write_private
from worker.errors import Misuse, Refused, Unavailable
from worker.sealing import Sealer
from worker.services.operations import after_restore
from worker.storage import migrate
from worker.storage.database import connect

DUMP: Final = "database.dump"
FACTS: Final = "backup.json"
KEY: Final = "secret.key"

File = Annotated[Path, typer.Argument(metavar="FILE", help="The backup, one file; it holds numbers, texts and a key.")]


def backup(file: File, json: Json = False) -> None:
    """Write the database, and the secret key that Loa made, into one file for your eyes alone. Nothing need be stopped.

    LOA_SECRET_KEY, where it is set, is not in it: only a mark by which a restore knows it. Redis need not be kept: it holds
    seconds of work, and rows bring them back.

    Example: loa backup /backups/loa-monday.tar
    """
    settings = config.load()
    if file.exists():
        raise Misuse(f"{file} is there already: take another name, or move it away.")
    with runtime.attached(settings) as servers, tempfile.TemporaryDirectory(dir=_folder(file)) as folder:
        engine = connect(servers.database_url)
        try:
            found = migrate.current(engine)
        finally:
            engine.dispose()
        # Before the dump sees the rows: what happens from here on may be missing in it.
        taken_at = Clock(settings.clock_offset_s).now()
        dump = Path(folder) / DUMP
        _postgres(
            "pg_dump", servers.database_url, ["--format=custom", "--no-owner", "--no-privileges", f"--file={dump}"]
        )
        facts = {
            "version": version("loa"),
            "migration": found,
            "taken_at": taken_at.isoformat(),
            "key": Sealer(secret_key(settings)).fingerprint("backup") if _has_key(settings) else "",
        }
        whole = Path(folder) / "whole.tar"
        descriptor = os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as out, tarfile.open(fileobj=out, mode="w") as archive:
            _add(archive, FACTS, json_text.dumps(facts, indent=1).encode())
            kept = settings.data_dir / KEY
            if not settings.secret_key.get_secret_value() and kept.exists():
                _add(archive, KEY, kept.read_bytes())
            archive.add(dump, DUMP)
        whole.rename(file)
    if json:
        console.document({"file": str(file), "bytes": file.stat().st_size, **facts})
        return
    console.answer(f"{file}: {file.stat().st_size:,} bytes, migration {found}, taken {console.moment(taken_at)}.")


def restore(
    file: File,
    replace: Annotated[
        bool, typer.Option("--replace", help="Write over a database that is not empty; what is in it is lost.")
    ] = False,
    json: Json = False,
) -> None:
    """Bring a backup back into the database that is set, and release nothing that may have left since it was taken.

    Stop the scheduler and all workers first. Each batch that was due by now becomes unknown: eSMS's record settles its own, an
    operator those of FPT and Fibo (`loa campaign resolve`). Numbers that opted out since then are not in it: import them again.

    Example: loa restore /backups/loa-monday.tar --replace
    """
    settings = config.load()
    with tempfile.TemporaryDirectory() as folder:
        facts = _unpacked(file, Path(folder))
        if facts["migration"] > migrate.head():
            raise Unavailable(
                f"The backup is of a newer Loa ({facts['version']}, migration {facts['migration']}): install that one first."
            )
        with runtime.attached(settings) as servers:
            _nothing_runs(settings, servers.redis_url)
            _empty_or(servers.database_url, replace=replace)
            _keep_key(settings, Path(folder), facts)
            more = [
                "--clean",
                "--if-exists",
                "--no-owner",
                "--no-privileges",
                "--single-transaction",
                "--exit-on-error",
            ]
            _postgres("pg_restore", servers.database_url, [*more, str(Path(folder) / DUMP)], dbname=True)
            engine = connect(servers.database_url)
            try:
                migrate.upgrade(engine)
            finally:
                engine.dispose()
        with runtime.opened(settings) as loa:
            marked = after_restore.mark_unknown(loa.deps, datetime.fromisoformat(facts["taken_at"]))
    if json:
        counts = {"drafts": marked.drafts, "messages": marked.messages, "paused": marked.paused}
        console.document({**facts, "batches": dict(marked.batches), "numbers": dict(marked.numbers), **counts})
        return
    console.answer(f"Restored: the state of {facts['taken_at']}, migration {migrate.head()}.")
    for provider, count in marked.batches.items():
        way = "looked up in its record" if provider == "esms" else "for an operator: loa campaign resolve ID --batch N"
        console.answer(f"{provider}: {count:,} batches with {marked.numbers[provider]:,} numbers are unknown; {way}.")
    if marked.drafts:
        console.answer(
            f"{marked.drafts} campaigns that were drafts or awaited approval have failed; look at the provider first."
        )
    if marked.paused:
        console.answer(
            f"{marked.paused} campaigns whose time has not come are paused: resume those that were neither cancelled nor sent "
            "at another time since then."
        )
    console.answer(
        "What people did since then is not in it: before you start workers and scheduler, import opt-outs, and cancel again "
        "what was cancelled."
    )


def _postgres(name: str, url: str, words: list[str], *, dbname: bool = False) -> None:
    """One of PostgreSQL's own programs; the password goes by the environment, where `ps` does not show it."""
    server = make_url(url)
    without = URL.create("postgresql", server.username, None, server.host, server.port, server.database, server.query)
    plain = without.render_as_string()
    env = {**os.environ, "PGPASSWORD": str(server.password or ""), "PGCONNECT_TIMEOUT": "10"}
    command = [_program(name), *words, *([f"--dbname={plain}"] if dbname else [plain])]
    done = subprocess.run(command, env=env, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        raise Unavailable(f"{name} could not do it: {said[0] if said else 'it said nothing'}.")


def _program(name: str) -> str:
    with suppress(Unavailable):
        beside = binaries.postgres().folder / name
        if beside.is_file():
            return str(beside)
    found = shutil.which(name)
    if found is None:
        raise Unavailable(f"{name} was not found: install PostgreSQL's client programs, or `loa[embedded]`.")
    return found


def _folder(file: Path) -> Path:
    if not file.absolute().parent.is_dir():
        raise Misuse(f"The folder {file.absolute().parent} is not there.")
    return file.absolute().parent


def _has_key(settings: Settings) -> bool:
    try:
        secret_key(settings)
    except Refused:
        return False
    return True


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), 0o600
    archive.addfile(entry, io.BytesIO(content))


def _unpacked(file: Path, folder: Path) -> dict[str, Any]:
    try:
        with tarfile.open(file) as archive:
            for name in (FACTS, KEY, DUMP):
                with suppress(KeyError):
                    archive.extract(name, folder, filter="data")
        facts: dict[str, Any] = json_text.loads((folder / FACTS).read_text())
        datetime.fromisoformat(facts["taken_at"])
        (folder / DUMP).stat()
    except (OSError, tarfile.TarError, KeyError, ValueError) as fault:
        raise Misuse(f"{file} is no backup of Loa: {type(fault).__name__}.") from fault
    return facts


def _nothing_runs(settings: Settings, redis_url: str) -> None:
    last, now = runtime.heartbeat(redis_url), Clock(settings.clock_offset_s).now()
    if last is not None and now - last < runtime.HEARTBEAT_LOST_AFTER:
        raise Refused("running", "Loa runs: stop the scheduler and all workers, wait 15 s, and restore then.")


def _empty_or(url: str, *, replace: bool) -> None:
    engine = connect(url)
    try:
        with engine.connect() as connection:
            there = connection.scalar(text("SELECT to_regclass('campaign')")) is not None
            used = there and connection.scalar(
                text("SELECT EXISTS (SELECT 1 FROM campaign UNION ALL SELECT 1 FROM message)")
            )
    finally:
        engine.dispose()
    if used and not replace:
        raise Refused(
            "not_empty", "The database holds campaigns or messages, which a restore would write over: --replace."
        )


def _keep_key(settings: Settings, folder: Path, facts: dict[str, Any]) -> None:
    """The key that was kept goes back; one that is set must be the same."""
    kept = folder / KEY
    if kept.exists() and not settings.secret_key.get_secret_value():
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        write_private(settings.data_dir / KEY, kept.read_text())
    if facts["key"] and _has_key(settings) and Sealer(secret_key(settings)).fingerprint("backup") != facts["key"]:
        raise Refused(
            "other_key",
            "LOA_SECRET_KEY is not that of the backup: the addresses of callbacks would change. Set the old one, and restore "
            "again.",
        )
