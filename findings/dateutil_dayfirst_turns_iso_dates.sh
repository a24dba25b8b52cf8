#!/usr/bin/env bash
# dateutil: `dayfirst=True` also swaps day and month of dates that begin with the year.
#
# Versions: python-dateutil 2.9.0.post0.
# You would expect: `dayfirst` is for dates as Vietnamese write them, 08/11/2026. An ISO date (2026-11-08) has only one meaning.
# What happens: up to the 12th of a month, `parse("2026-11-08", dayfirst=True)` is the 11th of August, also with a time and an
# offset after it. From the 13th on it is right, so tests with a date late in a month see nothing.
# Why it matters: a form for people and an API for programs often share one function. A campaign for November is then due since
# August and leaves at once, or it leaves three months late.
# Loa: `isoparse` reads ISO dates; it knows one order only. Loa's own patterns read the forms that people write
# (worker/domain/window.py, `read_moment`). Loa never calls `parser.parse`.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq --disable-pip-version-check python-dateutil==2.9.0.post0

"$work/venv/bin/python" - <<'PYTHON'
from dateutil.parser import isoparse, parse

seen = {}
for written in ("08/11/2026", "2026-11-08", "2026-11-08T09:00:00+07:00", "20261108", "2026-11-13"):
    seen[written] = parse(written, dayfirst=True).strftime("%d %B %Y")
    print(f"{written:28} dayfirst=True -> {seen[written]}")
print(f"{'2026-11-08':28} isoparse      -> {isoparse('2026-11-08'):%d %B %Y}")

assert seen["08/11/2026"] == "08 November 2026"
assert {seen[one] for one in ("2026-11-08", "2026-11-08T09:00:00+07:00", "20261108")} == {"11 August 2026"}
assert seen["2026-11-13"] == "13 November 2026"
assert isoparse("2026-11-08").month == 11
PYTHON
