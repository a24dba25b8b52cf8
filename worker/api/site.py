"""The documents at `/docs/`, as `make docs` built them: a folder of files, and nothing from any other host."""

import re
from base64 import b64encode
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

#: Where `make docs` puts them in a checkout.
BUILT: Final = Path(__file__).parents[2] / "var" / "site"
NOT_BUILT: Final = (
    "<!doctype html><title>Loa</title><p>The documents were not built here: run <code>make docs</code>, or set "
    "LOA_DOCUMENTS_DIR. The HTTP API is described at <a href='/docs'>/docs</a>."
)
_INLINE: Final = re.compile(rb"<script>(.*?)</script>", re.DOTALL)


class Documents(StaticFiles):
    """The built site. Its few scripts in the page are named to the browser by their hashes; no other runs."""

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder, html=True)
        scripts = {script for page in folder.rglob("*.html") for script in _INLINE.findall(page.read_bytes())}
        hashes = " ".join(sorted(f"'sha256-{b64encode(sha256(script).digest()).decode()}'" for script in scripts))
        self._headers = {
            "Content-Security-Policy": f"default-src 'self'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; "
            "img-src 'self' data:; worker-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            "X-Content-Type-Options": "nosniff",
        }

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file, or the site's own page for what is not there."""
        answer = await super().get_response(path, scope)
        answer.headers.update(self._headers)
        return answer


def install(app: FastAPI, folder: Path | None) -> None:
    """Serve the documents at /docs/ where they were built; else say how they are."""
    with suppress(PermissionError):  # web goes on without documents that it may not read; `loa doctor` says it
        if folder is not None and (folder / "index.html").is_file():
            app.mount("/docs", Documents(folder), name="documents")
            return

    @app.get("/docs/", include_in_schema=False)
    def not_built() -> HTMLResponse:
        return HTMLResponse(NOT_BUILT, 404)
