"""Shows the addresses at which providers call us; FPT's is registered by hand."""

from worker import adapters, wiring
from worker.cli import console
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
    reports = {name: adapters.callback_url(settings, name) for name in wiring.CALLED_BACK_BY}
    incoming = {name: adapters.callback_url(settings, f"{name}/incoming") for name in settings.incoming_providers()}
    if json:
        names = dict.fromkeys([*reports, *incoming])
        console.document(
            [{"name": one, "callback_url": reports.get(one), "incoming_url": incoming.get(one)} for one in names]
        )
        return
    for name, url in reports.items():
        console.answer(f"{name} {url}")
    for name, url in incoming.items():
        console.answer(f"{name} incoming {url}")
