#!/usr/bin/env bash
# standardwebhooks: `sign` takes hour and minute of a `datetime` and ignores its time zone.
#
# Versions: standardwebhooks 1.1.0 (the specification's own Python library).
# You would expect: `sign(id, moment, body)` with an aware `datetime` signs that moment, in whatever zone it is written.
# What happens: `sign` replaces the zone by UTC and does not convert. 09:00 in Vietnam is signed as 09:00 UTC, seven hours later.
# The header that the sender writes from the same `datetime` has the right second. So the signature fits no header. The same
# library, as the receiver, says "No matching signature found".
# Why it matters: it works on every developer's machine that uses UTC. With `datetime.now(ZoneInfo("Asia/Ho_Chi_Minh"))` no
# receiver accepts a single delivery report, and each looks for the error in its secret.
# Loa: it converts the moment to UTC just before it signs (worker/services/webhooks/deliver.py).
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
