"""How are the emulated providers run by hand?"""

from typing import Annotated

import typer

from worker import config
from worker.cli import screen
from worker.clock import Clock
from worker.sandbox import serve
from worker.sandbox.settings import Settings


def sandbox(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Its port on 127.0.0.1; 0 takes a free one.")] = 9090,
) -> None:
    """Run the providers' emulators in the foreground, and show the variables that point Loa at them.

    Example: loa sandbox --port 9090
    """

    def announce(url: str) -> None:
        keys = Settings()
        screen.answer(f"The sandbox listens on {url}; its page, ledger and switches are there. In Loa's environment set:")
        screen.answer(f"export LOA_ESMS_BASE_URL={url}/MainService.svc")
        screen.answer(f"export LOA_ESMS_API_KEY={keys.api_key}")
        screen.answer(f"export LOA_ESMS_SECRET_KEY={keys.secret_key}")
        screen.answer(f"Senders: {', '.join(keys.brandnames)}. Stop it with Ctrl-C.")

    serve.serve(port, announce=announce, clock=Clock(config.load().clock_offset_s))
