#!/usr/bin/env bash
# standardwebhooks: `sign` takes the clock's hands and throws away its time zone.
#
# Versions: standardwebhooks 1.1.0 (the specification's own Python library).
# One would guess: `sign(id, moment, body)` with an aware `datetime` signs that moment, in whatever zone it is written.
# What happens: the zone is replaced by UTC and not converted. 09:00 in Vietnam is signed as 09:00 UTC, seven hours later, while
# the header that the sender writes from the same `datetime` holds the right second. The signature fits no header, and the same
# library, as the receiver, says "No matching signature found".
# Why it matters: it works on every developer's machine that uses UTC. With `datetime.now(ZoneInfo("Asia/Ho_Chi_Minh"))` no
# receiver believes a single delivery report, and each looks for the fault in its secret.
# Loa: the moment is put into UTC just before it is signed (worker/services/webhooks/deliver.py).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq --disable-pip-version-check standardwebhooks==1.1.0

"$work/venv/bin/python" - <<'PYTHON'
import base64
from datetime import UTC, datetime, timedelta, timezone

from standardwebhooks import Webhook, WebhookVerificationError

body, webhook = '{"type":"otp.delivered"}', Webhook("whsec_" + base64.b64encode(bytes(range(24))).decode())
now = datetime.now(UTC)
seen = {}
for zone, moment in (("UTC", now), ("+07:00", now.astimezone(timezone(timedelta(hours=7))))):
    assert moment == now, "one moment, written in two ways"
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(int(moment.timestamp()))}
    headers["webhook-signature"] = webhook.sign("msg_1", moment, body)
    try:
        webhook.verify(body, headers)
        seen[zone] = "verified"
    except WebhookVerificationError as refused:
        seen[zone] = str(refused)
    print(f"the same second, signed from a datetime in {zone:6}: {seen[zone]}")

assert seen == {"UTC": "verified", "+07:00": "No matching signature found"}
PYTHON
