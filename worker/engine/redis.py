"""The embedded Redis: append-only file synced each second, no eviction, behind a password, on loopback only."""

from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from worker.engine import binaries
from worker.engine.account import Account
from worker.engine.server import Launch, Server, State, write_private
from worker.outages import Places, explain

# `hz`: its own ten looks a second cost a tenth of a percent of a core. A push still wakes who waits for it at once; a wait that
# ends by its time limit, and a stop, take up to half a second longer.
# With `appendonly` no accepted message was lost in ten measured kills; `noeviction`, since an evicted queue is a lost one.
_CONFIGURATION = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir "{folder}"
daemonize no
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
hz 2
loglevel warning
"""


class Redis(Server):
    """A Redis (or Valkey) under `data_dir/redis`."""

    name = "Redis"
    setting = "LOA_REDIS_URL"
    fatal_marks = (" # ",)

    def __init__(self, data_dir: Path, program: Path | None = None) -> None:
        super().__init__(data_dir / "redis")
        self._program = program

    def _launch(self, state: State) -> Launch:
        program = binaries.redis(self._program)
        settings = self.folder / "redis.conf"  # a file: words on the command line are read by every user
        folder = str(self.folder).replace("\\", "\\\\").replace('"', '\\"')
        write_private(settings, _CONFIGURATION.format(port=state.port, password=state.password, folder=folder))
        return Launch([program, settings], Account())

    def _answers(self, state: State) -> bool:
        client = redis.Redis(
            "127.0.0.1", state.port, password=state.password, socket_timeout=2, retry=Retry(NoBackoff(), 0)
        )
        try:
            with client:
                client.ping()
        except redis.RedisError as fault:
            if found := explain(fault, Places(redis=f"Redis under {self.folder.parent}")):
                raise found from fault
            return False
        return True

    def _url(self, state: State) -> str:
        return f"redis://:{state.password}@127.0.0.1:{state.port}/0"
