#!/usr/bin/env bash
# psycopg 3 with its C extension: a value inside an array costs seven times as much as the same value passed alone, and more than ten times
# as much as in JSON.
#
# Versions: psycopg 3.3.9 with psycopg-binary 3.3.9 (its C implementation, `pq.__impl__` is "binary").
# You would expect: with the C extension an array for `unnest` or `= ANY(%s)` is written out in C; one parameter of a thousand values
# costs no more than a thousand parameters.
# What happens: numbers and texts have dumpers in C, lists have not. Each value of a list passes through Python (a dumper, a regular
# expression, an append): two arrays of a thousand take about seven times as long as two thousand single values, and more than ten
# times as long as the same values in two texts of JSON.
# Why it matters: statements for many rows at once are written to save time. With seven arrays of a hundred, writing them out took as
# long as all the rest of an UPDATE: transaction, network and server.
# Loa: results of calls go as one text of JSON (json_array_elements), numbers as one text that is cast to bigint[].
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq --disable-pip-version-check 'psycopg[binary]==3.3.9'

"$work/venv/bin/python" - <<'PYTHON'
import json
import timeit

import psycopg
from psycopg import pq
from psycopg.adapt import PyFormat, Transformer

NUMBERS = list(range(84900000000, 84900001000))
TEXTS = ["accepted"] * 1000


def dumped(parameters):
    return Transformer().dump_sequence(parameters, [PyFormat.AUTO] * len(parameters))


WAYS = {
    "two arrays": lambda: dumped([NUMBERS, TEXTS]),
    "two thousand single values": lambda: dumped([*NUMBERS, *TEXTS]),
    "two texts of JSON": lambda: dumped([json.dumps(NUMBERS), json.dumps(TEXTS)]),
}
assert pq.__impl__ == "binary", pq.__impl__
took = {way: min(timeit.repeat(dump, number=20, repeat=7)) / 20 for way, dump in WAYS.items()}
for way, seconds in took.items():
    print(f"psycopg {psycopg.__version__}, {way}: {seconds * 1e6:.0f} µs")
alone, as_json = (took["two arrays"] / took[way] for way in ("two thousand single values", "two texts of JSON"))
print(f"arrays take {alone:.1f} times as long as single values, {as_json:.1f} times as long as JSON")
assert alone > 3
assert as_json > 5
PYTHON
