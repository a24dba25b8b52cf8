"""Style sheet, script and pictures: read once, served under a name that changes with their bytes, so that browsers keep them."""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from bootstrap_wrapper import get_bootstrap_css_dir
from fastapi import APIRouter, Request
from starlette.responses import Response

STATIC: Final = Path(__file__).parent / "static"
TYPES: Final = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
#: How browsers draw plain elements, made the same in all of them: that part of Bootstrap alone, as its package has it.
REBOOT: Final = get_bootstrap_css_dir() / "bootstrap-reboot.min.css"
#: Files that are served as one: the parts of the style sheet.
BUNDLES: Final = {
    "console.css": (REBOOT, *(STATIC / f"{part}.css" for part in ("base", "layout", "parts", "pages"))),
}
FOR_A_YEAR: Final = "public, max-age=31536000, immutable"

router: Final = APIRouter()


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, and the mark of its bytes."""

    content: bytes
    mark: str
    media_type: str


@cache
def asset(name: str) -> Asset | None:
    """The file of that name; None for none."""
    if name not in BUNDLES and name not in {path.name for path in STATIC.iterdir()}:
        return None
    content = b"\n".join(part.read_bytes() for part in BUNDLES.get(name, (STATIC / name,)))
    return Asset(content, hashlib.sha256(content).hexdigest()[:12], TYPES[Path(name).suffix])


def url(name: str) -> str:
    """The address of a file, with its mark."""
    found = asset(name)
    if found is None:
        raise LookupError(name)
    return f"/static/{name}?v={found.mark}"


@router.get("/static/{name}")
def static(request: Request, name: str) -> Response:
    """One file; kept for a year when it is asked for by its mark."""
    found = asset(name)
    if found is None:
        return Response("not found", 404, media_type="text/plain")
    current = request.query_params.get("v") == found.mark
    headers = {"Cache-Control": FOR_A_YEAR if current else "no-cache", "ETag": f'"{found.mark}"'}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(found.content, headers=headers, media_type=found.media_type)
