#!/usr/bin/env bash
# Babel: `parse_time` reads "9:00 PM" as nine in the morning, unless the locale's own pattern has an AM/PM field.
#
# Versions: Babel 2.19.0.
# You would expect: "9:00 PM" is 21:00 in every locale, or an error where a locale does not write times so. And what `format_time`
# wrote in Vietnamese, "9:00 CH", is read back as what it was.
# What happens: only locales whose short pattern has AM/PM (en_US) look at the marker. With "vi", "en_GB" or "de" it is ignored:
# "9:00 PM" and "9:00 CH" are 09:00, and "12:30 AM" is half past noon. No error.
# Why it matters: people type the hour of a campaign as they say it. It is then planned twelve hours early, in hours in which sending
# is allowed, so nothing stops it.
# Loa: its own pattern reads the hours that people write, and refuses what it does not know (worker/domain/window.py, `read_moment`).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq --disable-pip-version-check babel==2.19.0

"$work/venv/bin/python" - <<'PYTHON'
from datetime import time

from babel.dates import format_time, parse_time

seen = {}
for locale in ("en_US", "en_GB", "vi", "de"):
    for written in ("9:00 PM", "12:30 AM"):
        seen[locale, written] = parse_time(written, locale=locale)
        print(f"{locale:6} {written:9} -> {seen[locale, written]:%H:%M}")
evening = format_time(time(21, 0), "h:mm a", locale="vi")
back = parse_time(evening, locale="vi")
print(f"21:00 is written {evening!r} in Vietnamese, and read back as {back:%H:%M}")

assert seen["en_US", "9:00 PM"] == time(21) and seen["en_US", "12:30 AM"] == time(0, 30)
assert all(seen[locale, "9:00 PM"] == time(9) for locale in ("en_GB", "vi", "de"))
assert all(seen[locale, "12:30 AM"] == time(12, 30) for locale in ("en_GB", "vi", "de"))
assert evening == "9:00 CH" and back == time(9)
PYTHON
