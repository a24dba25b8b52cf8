"""What is tried on a full disk: passwords, an upload, a command and the doctor, then all of it again with room."""

import json
import time
from contextlib import ExitStack
from pathlib import Path

import httpx
from redis import Redis, RedisError

from tests.bench.kannel import free_ports
from tests.bench.stage import Stage, wait_for
from tests.doors.place import LOA, answers, run, sentence
from tests.full_disk import BALLAST, CannotMount, small_disk
from worker.engine import embedded

FORM = {"provider": "esms", "sender": "LOA", "kind": "care", "text": "Cam on", "again": "true"}
ASK = {"phone": "0900000001", "text": "482913 la ma xac nhan cua ban"}
ROWS = 200_000


def full(stage: Stage) -> str:
    """One installation of its own on a disk of 300 MB."""
    with ExitStack() as stack:
        try:
            folder, fill = stack.enter_context(small_disk(300))
        except CannotMount:
            return "not tried: this account may mount no file system"
        people = stage.folder / "people.csv"
        people.write_text("phone\n" + "".join(f"09{n:08d}\n" for n in range(ROWS)))
        emulator = stack.enter_context(stage.emulator())
        with stage.scene(emulator.url) as scene:
            env = {**scene.environment, "LOA_DATA_DIR": str(folder)}
            for given in ("LOA_DATABASE_URL", "LOA_REDIS_URL"):
                env.pop(given, None)
        servers = stack.enter_context(embedded.attach(folder))
        stack.callback(lambda: (folder / BALLAST).unlink(missing_ok=True))
        said = run([str(LOA), "key", "create", "--scope", "admin", "--json"], env).said
        key = json.loads(said[said.index("{") :])["key"]
        port = free_ports(1)[0]
        words = (
            "worker.api.app:create_app",
            "--factory",
            "--loop",
            "asyncio",
            "--http",
            "worker.api.guard:Guarded",
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
            "--no-access-log",
        )
        stack.enter_context(stage.process("web on a small disk", "uvicorn", *words, env=env))
        headers = {"Authorization": f"Bearer {key}"}
        client = stack.enter_context(
            httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=120, trust_env=False)
        )
        wait_for(lambda: answers(client), "web", 120)
        well = run([str(LOA), "doctor"], env).seconds
        fill()
        _until(servers.redis_url or "", writes=False)
        came = [
            f"password: {sentence(client.post('/v1/otp', json=ASK))}",
            f"upload: {sentence(_upload(client, people))}",
        ]
        create = [str(LOA), "campaign", "create", "--list", str(people)]
        create += [word for name, value in FORM.items() if name != "again" for word in (f"--{name}", value)]
        made, looked = run(create, env), run([str(LOA), "doctor"], env)
        came.append(f"`campaign create`: {' '.join(made.said.split())[:150]} after {made.seconds:.1f} s")
        full_line = next((line for line in looked.said.splitlines() if "No room" in line), "not said")
        came.append(
            f"`doctor`: {' '.join(full_line.split())[:150]} after {looked.seconds:.1f} s (all well: {well:.1f} s)"
        )
        (folder / BALLAST).unlink()
        _until(servers.redis_url or "", writes=True)
        again = client.post("/v1/otp", json=ASK).status_code, _upload(client, people).status_code
        came.append(f"with room again: {again[0]}, {again[1]}")
    return "; ".join(came).replace(str(folder), "…")


def _upload(client: httpx.Client, people: Path) -> httpx.Response:
    return client.post("/v1/campaigns", data=FORM, files={"list": ("people.csv", people.read_bytes())})


def _until(url: str, *, writes: bool) -> None:
    """Redis notices a second later."""
    ends = time.monotonic() + 30
    with Redis.from_url(url) as redis:
        while time.monotonic() < ends:
            try:
                redis.set("doors", "1")
            except RedisError:
                if not writes:
                    return
            else:
                if writes:
                    return
            time.sleep(0.1)
    raise SystemExit("Redis did not notice the disk")
