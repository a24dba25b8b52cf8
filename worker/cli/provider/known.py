"""The providers that this version knows: which are set up, and what each is used for."""

from dataclasses import dataclass

from worker.config import Settings
from worker.errors import Misuse, Refused


@dataclass(frozen=True, slots=True)
class Known:
    """One provider as it is shown; `missing` are the variables without which it cannot be called."""

    name: str
    title: str
    address: str
    missing: tuple[str, ...]
    use: str

    @property
    def account_set(self) -> bool:
        """Whether it can be called."""
        return not self.missing


def providers(settings: Settings) -> dict[str, Known]:
    """All of them by name; one without an address (the sandbox's own, until it is set) is none."""
    return {
        name: Known(name, account.TITLE, account.base_url, tuple(account.missing()), account.USE)
        for name, account in settings.accounts.items()
        if account.base_url
    }


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
    words = f"{names} {are} not set, so {provider.title} was not called: set what {provider.title} gave you."
    raise Refused("no_account", words, {"missing": list(provider.missing)})
