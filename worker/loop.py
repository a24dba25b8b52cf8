"""The event loop on which a process calls providers.

uvloop's: a text costs a tenth less CPU than on asyncio's own, which is taken on Windows (ARCHITECTURE, Libraries). web keeps
asyncio's (the Procfile says so), for the limits of its connections (`worker/api/guard.py`) were measured with it.
"""

import asyncio
import sys

if sys.platform == "win32":
    new_event_loop = asyncio.new_event_loop
else:
    from uvloop import new_event_loop


def runner() -> asyncio.Runner:
    """A runner whose loop is made at its first call, so after a fork."""
    return asyncio.Runner(loop_factory=new_event_loop)
