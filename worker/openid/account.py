"""Our registration at a provider, and which addresses are its own: nothing else is ever called."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit


@dataclass(frozen=True, slots=True)
class OpenIdAccount:
    """One registration."""

    #: As the provider writes it, to the letter: tokens carry it.
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    #: What people call the provider.
    title: str
    scopes: str
    #: The longest that one step of a sign-in waits for the provider.
    timeout_s: float
    #: Hosts besides the issuer's that its discovery may name.
    hosts: Sequence[str] = ()

    @property
    def discovery(self) -> str:
        """Where the provider describes itself."""
        return f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"

    def owns(self, address: object) -> bool:
        """Whether an address that the provider names is one of those that may be called."""
        parts = split(address)
        if parts is None:
            return False
        issuer = urlsplit(self.issuer)
        # Plain http only where the issuer is on this very machine.
        if parts.scheme not in {"https", issuer.scheme}:
            return False
        return parts.netloc.lower() in {issuer.netloc.lower(), *(host.lower() for host in self.hosts)}


def fault_of_issuer(address: str) -> str | None:
    """Why this cannot be an issuer; None: it can."""
    parts = split(address)
    if parts is None or parts.query or parts.fragment or "@" in parts.netloc:
        return "it must be an https:// address without a user, ? and #"
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname or "")):
        return None
    return "it must begin with https:// (http:// is for an issuer on this machine only)"


def split(address: object) -> SplitResult | None:
    """An address in its parts; None for what is none."""
    if not isinstance(address, str) or not address.isascii() or not address.isprintable() or " " in address:
        return None
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return None
    return parts if parts.hostname else None


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
