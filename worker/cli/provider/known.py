"""Which providers are there, is our account at each set, and what does this version do with it?"""

from collections.abc import Mapping
from dataclasses import dataclass

from worker.config import Settings
from worker.errors import Misuse, Refused


@dataclass(frozen=True, slots=True)
class Known:
    """One provider as it is shown; `missing` are the variables without which it cannot be called."""

    name: str
    title: str
    #: Where it is called; empty where this version calls nothing.
    address: str
    missing: tuple[str, ...]
    use: str
    #: Whether any variable of this version leads there.
    wired: bool = True

    @property
    def account_set(self) -> bool:
        """Whether it can be called."""
        return self.wired and not self.missing


def providers(settings: Settings) -> dict[str, Known]:
    """All of them by name."""
    esms = {
        "LOA_ESMS_API_KEY": settings.esms.api_key.get_secret_value(),
        "LOA_ESMS_SECRET_KEY": settings.esms.secret_key.get_secret_value(),
    }
    fibo = {
        "LOA_FIBO_CLIENT_NO": settings.fibo.client_no,
        "LOA_FIBO_CLIENT_PASS": settings.fibo.client_pass.get_secret_value(),
    }
    found = (
        Known(
            name="esms",
            title="eSMS",
            address=settings.esms.base_url,
            missing=_unset(esms),
            use="campaigns of ads; balance, senders; calls, Zalo, Viber and multichannel by command",
        ),
        Known(
            name="fpt",
            title="FPT",
            address="",
            missing=(),
            use="its adapter alone (worker.providers.fpt); no command calls it yet",
            wired=False,
        ),
        Known(
            name="fibo",
            title="Fibo",
            address=settings.fibo.base_url,
            missing=_unset(fibo),
            use="balance; texts and totals by its adapter alone (worker.providers.fibo)",
        ),
    )
    return {one.name: one for one in found}


def named(settings: Settings, name: str) -> Known:
    """The provider of that name; raises Misuse."""
    found = providers(settings)
    if name not in found:
        raise Misuse(f"There is no provider {name!r}: take one of {', '.join(found)}.")
    return found[name]


def check_account(provider: Known) -> None:
    """Raise Refused `no_account` before anybody is called without keys."""
    if not provider.missing:
        return
    names = " and ".join(provider.missing)
    are = "are" if len(provider.missing) > 1 else "is"
    raise Refused(
        "no_account",
        f"{names} {are} not set, so {provider.title} was not called: set what {provider.title} gave you.",
        {"missing": list(provider.missing)},
    )


def _unset(variables: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(name for name, value in variables.items() if not value)
