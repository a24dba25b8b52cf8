#!/usr/bin/env bash
# dateutil: `dayfirst=True` also swaps day and month of dates that begin with the year.
#
# Versions: python-dateutil 2.9.0.post0.
# One would guess: `dayfirst` is for dates as Vietnamese write them, 08/11/2026; an ISO date (2026-11-08) has one meaning only.
# What happens: up to the 12th of a month `parse("2026-11-08", dayfirst=True)` is the 11th of August, with a time and an offset
# behind it too. From the 13th on it is right, so tests with a date late in a month see nothing.
# Why it matters: a form for people and an API for programs often share one function. A campaign that should leave in November
# then counts as due since August, and leaves at once; or it leaves three months late.
# Loa: ISO dates are read by `isoparse`, which knows one order only, and the forms that people write by patterns of our own
# (worker/domain/window.py, `read_moment`). `parser.parse` is called nowhere.
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
