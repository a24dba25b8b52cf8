#!/usr/bin/env bash
# pandas and Python's csv.Sniffer: a list of phone numbers without a delimiter is split at a digit or a letter.
#
# Versions: pandas 3.1.1, CPython 3.11 or newer (its csv.Sniffer guesses for pandas).
# You would expect: asked to find the delimiter (`sep=None`), the reader finds none in a file with one number per line, and reads
# one column, or raises an error.
# What happens: every line has the same number of nines, so 9 is the delimiter: 0912345678 becomes 0 and 12345678. With the heading
# "phone" the delimiter is p: the column is called "hone", is empty, and the numbers stand in a column without a name. No error.
# Why it matters: one column of numbers is the commonest list of all. What is left of a number at the right of the nine is still
# digits, so a script that adds a zero or 84 may make a number of somebody else.
# Loa: it looks for a tab, a semicolon, a bar or a comma, and takes no digit or letter, not even from a line `sep=9`
# (worker/lists/delimited.py).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq --disable-pip-version-check pandas==3.1.1

"$work/venv/bin/python" - <<'PYTHON'
import csv
from io import StringIO

import pandas

numbers = "0912345678\n0987654321\n0903111222\n"
guessed = csv.Sniffer().sniff(numbers).delimiter
bare = pandas.read_csv(StringIO(numbers), sep=None, engine="python", header=None, dtype=str)
headed = pandas.read_csv(StringIO("phone\n" + numbers), sep=None, engine="python", dtype=str)
two = pandas.read_csv(StringIO("phone;name\n0912345678;Lan\n0987654321;Hoa\n"), sep=None, engine="python", dtype=str)
print(f"csv.Sniffer's delimiter: {guessed!r}")
print(f"three numbers -> {bare.to_numpy().tolist()}")
print(f"the same under 'phone' -> {headed.to_dict('list')}")
print(f"two columns -> {two.to_dict('list')}")

assert guessed == "9"
assert bare.to_numpy().tolist() == [["0", "12345678"], ["0", "87654321"], ["0", "03111222"]]
assert list(headed.columns)[1] == "hone" and headed["hone"].isna().all()
assert list(two.columns) == ["phone", "name"] and list(two["phone"]) == ["0912345678", "0987654321"]
PYTHON
