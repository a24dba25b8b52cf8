"""Where do the providers that report by themselves reach us? FPT's address is registered by hand."""

from worker import wiring
from worker.cli import screen
from worker.config import Settings
from worker.errors import Refused


def show(settings: Settings, *, json: bool) -> None:
    """Print the address of each, which holds a secret; raises Refused `no_public_url`."""
    if not settings.public_url:
        raise Refused(
            "no_public_url",
            "LOA_PUBLIC_URL is not set, so no provider can reach us with its reports: set it to the https:// address under "
            "which this installation is reached from outside.",
        )
    urls = {name: wiring.callback_url(settings, name) for name in wiring.CALLED_BACK_BY}
    if json:
        screen.document([{"name": name, "callback_url": url} for name, url in urls.items()])
        return
    for name, url in urls.items():
        screen.answer(f"{name} {url}")
