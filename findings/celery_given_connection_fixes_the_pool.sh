#!/usr/bin/env bash
# Celery 5.6: a task that is sent over a given connection decides where the app's later tasks go.
#
# Versions: celery 5.6.3 with kombu 5.7.0. celery 5.7.0 does what one would expect.
# You would expect: `send_task(..., connection=...)` uses that connection, and nothing of the app's own. When the app gets its
# `broker_url` afterwards, its next task goes there, as `app.connection_for_write()` says.
# What happens: the app's pool of producers is made while the first task is sent, though nothing is taken from it, and is kept for
# ever. It has the address of that moment: without a broker in the settings that is RabbitMQ at localhost. The setting is changed,
# `connection_for_write()` names the new broker, and every later task goes to the old address.
# Why it matters: a factory sets the broker late, a script sends to a second broker, or a test sends one task by hand; what fails
# is the next task of somebody else in the same process, or it waits in another queue.
# Loa: its settings are known before the first task, and it never sends over a given connection. A producer of the tests that did
# is an app of its own now.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for version in 5.6.3 5.7.0; do
	python3 -m venv "$work/$version"
	"$work/$version/bin/pip" install -qq --disable-pip-version-check "celery==$version" kombu==5.7.0
	"$work/$version/bin/python" - <<'PYTHON'
import celery
from celery import Celery

OURS = "memory://ours//"


def pool_of(app: Celery) -> str:
    with app.producer_pool.acquire(block=True) as producer:
        return producer.connection.as_uri()


quiet = Celery(set_as_current=False)
quiet.conf.broker_url = OURS

sends = Celery(set_as_current=False)
with sends.connection("memory://theirs//") as connection:
    sends.send_task("any", connection=connection)
sends.conf.broker_url = OURS

print(f"celery {celery.__version__}")
seen = {}
for name, app in (("nothing sent before", quiet), ("one task sent over a given connection", sends)):
    seen[name] = pool_of(app)
    print(f"  {name:38} -> says {app.connection_for_write().as_uri()}, sends to {seen[name]}")
    assert app.connection_for_write().as_uri().startswith("memory://")
before, after = seen.values()
assert before.startswith("memory://")
assert after.startswith("amqp://guest" if celery.__version__ == "5.6.3" else "memory://")
PYTHON
done
