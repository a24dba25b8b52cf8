"""Carries out a fault on the wire: each deed of `faults.DEEDS`, done to one connection."""

from worker.sandbox.emulator import Answer
from worker.sandbox.faults import Fault
from worker.sandbox.wire import Receive, Scope, Send, gone, hang_up

#: In the manner of the IIS that the providers stand behind.
_ERROR_PAGE = """<!DOCTYPE html>
<html><head><title>Service Unavailable</title></head>
<body><h2>Service Unavailable</h2><hr><p>HTTP Error 503. The service is unavailable.</p></body></html>
"""


async def respond(send: Send, answer: Answer, extra: dict[str, str] | None = None) -> None:
    """Send a whole answer; `extra` headers replace its own."""
    await _head(send, answer, extra)
    await send({"type": "http.response.body", "body": answer.body})


async def inject_fault(fault: Fault, answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
    """Do what `fault` says instead of sending `answer` (which is empty for a call that was not taken)."""
    match fault.do:
        case "drop":
            await hang_up(scope, receive, reset=fault.reset)
        case "hang":
            if not await gone(receive, fault.seconds):
                await hang_up(scope, receive, reset=fault.reset)
        case "status" | "body":
            status = fault.status or (500 if fault.do == "status" else 200)
            await respond(send, Answer(fault.body.encode(), status), fault.headers)
        case "html":
            page = Answer((fault.body or _ERROR_PAGE).encode(), fault.status or 200, "text/html; charset=utf-8")
            await respond(send, page, fault.headers)
        case "truncate":
            await _truncate(fault, answer, scope, receive, send)
        case "slow_drip":
            await _drip(fault, answer, receive, send)


async def _truncate(fault: Fault, answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
    kept = answer.body[: fault.keep if fault.keep >= 0 else len(answer.body) // 2]
    if not fault.full_length:
        await respond(send, Answer(kept, answer.status, answer.content_type), fault.headers)
        return
    await _head(send, answer, fault.headers)
    await send({"type": "http.response.body", "body": kept, "more_body": True})
    await hang_up(scope, receive)


async def _drip(fault: Fault, answer: Answer, receive: Receive, send: Send) -> None:
    await _head(send, answer, fault.headers)
    pause_s = fault.seconds / max(1, len(answer.body))
    for position in range(len(answer.body)):
        if await gone(receive, pause_s):
            return
        await send({"type": "http.response.body", "body": answer.body[position : position + 1], "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _head(send: Send, answer: Answer, extra: dict[str, str] | None) -> None:
    headers = {"content-type": answer.content_type, "content-length": str(len(answer.body))}
    headers |= {name.lower(): value for name, value in (*answer.headers.items(), *(extra or {}).items())}
    pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": pairs})
