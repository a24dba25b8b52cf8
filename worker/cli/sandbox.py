"""How are the emulated providers run by hand?"""

from typing import Annotated

import typer

from worker.cli import screen
from worker.clock import Clock
from worker.sandbox import serve
from worker.sandbox.esms import Esms
from worker.sandbox.settings import Settings


def sandbox(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Its port on 127.0.0.1; 0 takes a free one.")] = 9090,
    clock_offset_s: Annotated[
        float, typer.Option(envvar="LOA_CLOCK_OFFSET_S", help="Shifts its clock, as it shifts Loa's.")
    ] = 0,
) -> None:
    """Run the providers' emulators in the foreground, and show the variables that point Loa at them.

    Example: loa sandbox --port 9090
    """

    def announce(url: str) -> None:
        account = Settings()
        screen.answer(f"The sandbox listens on {url}, where its page shows what subscribers got. Point Loa at it by:")
        screen.answer(f"export {Esms.base_setting}={url}{Esms.base_path}")
        screen.answer(f"export LOA_ESMS_API_KEY={account.api_key} LOA_ESMS_SECRET_KEY={account.secret_key}")
        screen.answer(f"Its senders are {' and '.join(account.brandnames)}. Stop it with Ctrl-C.")

    serve.serve(port, announce=announce, clock=Clock(clock_offset_s))
