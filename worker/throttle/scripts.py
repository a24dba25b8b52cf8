"""Slots are given away in Redis by scripts in Lua (lua/); one key a rate limit, all times and pauses in microseconds.

The sum of what is sent can be read off the code. All calls of a rate limit begin at points of one grid, which are `spacing`
(1 / rate, rounded up) apart, and each point is given away at most once: so in any half-open second there are at most `rate`
of them, evenly spaced, whoever asks. Of each thousand points `reserve` are kept for one-time passwords; ads take the others.
Two marks, `ads` and `otp`, are the first point of each kind that is still free. They only move on, and each request moves
the mark of the kind of point it takes beyond it: hence "at most once". A one-time password takes the nearest point of
either kind; ads are reserved up to some seconds ahead, so it never waits behind them longer than to the next point that
is kept. Ads take kept points only while no password was asked for in the last ten seconds, and only near ones, so the first
password after a rest waits for a few points more. When nothing was taken for the length of one spacing, the grid begins anew
at the next request: it lies one spacing or more behind the last point, and a call to a quiet provider waits for nothing.

`factor` (in thousandths) thins the points of ads after the provider said "slow down": it halves at once and grows with
time. `messages` is a second clock: an order of many messages shuts it for as long as they take at the contract's rate, and
the next order waits for both. Passwords wait for passwords only, but their messages push the clock of ads.
"""

from importlib.resources import files
from typing import Final


def _script(name: str) -> str:
    folder = files("worker.throttle") / "lua"
    return "".join((folder / f"{one}.lua").read_text(encoding="utf-8") for one in ("state", name))


RESERVE: Final = _script("reserve")
HOLD: Final = _script("hold")
SLOW_DOWN: Final = _script("slow_down")
