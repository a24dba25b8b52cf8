"""One plain page for a person who opens the sandbox in a browser."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from worker.sandbox import verdicts
from worker.sandbox.emulator import Emulator
from worker.sandbox.world import World

_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Loa sandbox</title>
<style>body{{font:16px/1.5 sans-serif;max-width:50em;margin:2em auto;padding:0 1em}}
td,th{{text-align:left;padding:.1em 1.5em .1em 0}} td.n{{text-align:right}} code{{background:#eee}}</style></head>
<body><h1>Loa sandbox</h1>
<p>An emulator of the SMS providers' HTTP. Nothing that is sent here reaches a telephone.</p>
<h2>Settings that point Loa here</h2><pre>{settings}</pre>
<h2>Ledger</h2><table>{totals}</table>
<p><a href="/_sandbox/ledger">orders</a> · <a href="/_sandbox/ledger/phones">numbers</a> ·
<a href="/_sandbox/calls">calls</a> · <a href="/_sandbox/callbacks">callbacks</a> ·
<a href="/_sandbox/fpt">FPT's campaigns</a> · <a href="/_sandbox/settings">settings</a></p>
<h2>Faults</h2>{faults}
</body></html>
"""


def page_routes(world: World, emulators: Sequence[Emulator]) -> list[Route]:
    """`/` and `/healthz`."""

    def page(request: Request) -> Response:
        base = str(request.base_url).rstrip("/")
        variables = [pair for emulator in emulators for pair in emulator.variables(base).items()]
        return HTMLResponse(
            _PAGE.format(
                settings=escape("\n".join(f"{name}={value}" for name, value in variables)),
                totals=_rows(verdicts.totals(world).items()),
                faults=_faults(world.faults.as_list()),
            )
        )

    async def healthz(_: Request) -> Response:
        return Response("ok\n", media_type="text/plain")

    return [Route("/", page), Route("/healthz", healthz)]


def _rows(pairs: Iterable[tuple[str, int]]) -> str:
    return "".join(f'<tr><th>{escape(name)}</th><td class="n">{figure:,}</td></tr>' for name, figure in pairs)


def _faults(armed: Sequence[dict[str, Any]]) -> str:
    if not armed:
        return "<p>None is armed.</p>"
    lines = (
        f"<tr><td>{escape(fault['do'])}</td><td>{escape(fault['when'])}</td><td>{escape(fault['function'])}</td>"
        f"<td>from call {fault['nth']}, times {fault['times']}</td><td>struck {fault['fired']}</td></tr>"
        for fault in armed
    )
    return f"<table>{''.join(lines)}</table>"
