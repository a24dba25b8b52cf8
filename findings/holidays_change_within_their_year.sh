#!/usr/bin/env bash
# holidays: two releases of one year disagree about that year's public holidays of Vietnam, and neither marks what it only computed.
#
# Versions: holidays 0.105 and 0.109, python-dateutil 2.9.0.post0.
# You would expect: the public holidays of the current year are facts, so a release of summer and one of November agree about them.
# What happens: in 0.105 neither 31 August nor 24 November 2026 is a day off, in 0.109 both are (a day moved by decree, and a new
# holiday). Both compute a week off for Tet 2027 from a rule, before it has been decided. Its names do not say "estimated".
# Why it matters: a provider that takes orders on working days only refuses those of the wrong day, or a whole day of campaigns waits
# for a holiday that is none. Updating the library moves the dates of planned campaigns; not updating it leaves them wrong.
# Loa: a plan across computed days says so in a sentence. LOA_FPT_CLOSED_DAYS and LOA_FPT_OPEN_DAYS correct the calendar.
# `loa doctor` says when the library is older than the year (worker/domain/calendar.py).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat > "$work/days.py" <<'PYTHON'
import holidays

days = holidays.Vietnam(years=[2026, 2027])
tet = [name for day, name in days.items() if (day.year, day.month) == (2027, 2)]
print(str(sum(str(day) in {"2026-08-31", "2026-11-24"} for day in days)), len(tet), sum("estimat" in name.lower() for name in tet))
PYTHON
seen=""
for version in 0.105 0.109; do
    python3 -m venv "$work/$version"
    "$work/$version/bin/pip" install -qq --disable-pip-version-check holidays==$version python-dateutil==2.9.0.post0
    found=$("$work/$version/bin/python" "$work/days.py")
    read -r off tet marked <<<"$found"
    echo "holidays $version: $off of 2026-08-31 and 2026-11-24 are days off; $tet days off around Tet 2027, $marked of them marked as estimated"
    seen="$seen $off/$tet/$marked"
done
test "$seen" = " 0/7/0 2/7/0"
