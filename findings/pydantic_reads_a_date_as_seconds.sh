#!/usr/bin/env bash
# pydantic: a `datetime` field reads 20261128 as seconds since 1970. Python's own parser reads it as the 28th of November.
#
# Versions: pydantic 2.14.4.
# You would expect: "20261128" is an ISO 8601 date without dashes, which `datetime.fromisoformat` reads since Python 3.11. A
# parser that does not know the form refuses it, as it refuses "20261128T0900".
# What happens: a text of digits only is a Unix time: the 23rd of August 1970. With hours and minutes, "202611280900", it is more
# than 20,000,000,000, so it counts as milliseconds: the 3rd of June 1976. There is no error, and the value has a zone.
# Why it matters: the moment is in the past, so a text that was planned for a morning in November leaves tonight.
# Loa: a moment is a text in every request. One function reads it (worker/domain/window.py, `read_moment`). It reads 20261128 as
# that day in Vietnam, and refuses 202611280900.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq --disable-pip-version-check pydantic==2.14.4

"$work/venv/bin/python" - <<'PYTHON'
from datetime import datetime

from pydantic import BaseModel, ValidationError


class Campaign(BaseModel):
    begins: datetime


seen = {}
for written in ("2026-11-28T09:00", "20261128", "202611280900", "20261128T0900"):
    try:
        seen[written] = Campaign(begins=written).begins.isoformat()
    except ValidationError as refused:
        seen[written] = "refused: " + refused.errors()[0]["type"]
    print(f"{written:18} -> {seen[written]}")
print(f"{'20261128':18} -> {datetime.fromisoformat('20261128').isoformat()}   (datetime.fromisoformat)")

assert seen == {
    "2026-11-28T09:00": "2026-11-28T09:00:00",
    "20261128": "1970-08-23T12:05:28+00:00",
    "202611280900": "1976-06-03T00:54:40.900000+00:00",
    "20261128T0900": "refused: datetime_from_date_parsing",
}
PYTHON
