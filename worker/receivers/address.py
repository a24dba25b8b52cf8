"""The addresses that an event may go to: public ones, so that nobody makes Loa knock on the inside of its own network.

A name is resolved once for a connection, and the connection goes to the address that was checked: an answer of DNS that
changes in between (rebinding) has no effect.
"""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

WAY_OUT: Final = "LOA_WEBHOOK_ALLOW_PRIVATE=true permits it"


class AddressRefused(OSError):
    """The receiver's address is not a public one."""


def is_public(written: str) -> bool:
    """Whether an IP address is one of the public internet; those that carry an IPv4 address inside are judged by it."""
    try:
        found = ip_address(written.partition("%")[0])
    except ValueError:
        return False
    return all(
        one.is_global and not (one.is_multicast or one.is_reserved or _is_site_local(one)) for one in _meant(found)
    )


def _is_site_local(found: IPv4Address | IPv6Address) -> bool:
    """The private networks of IPv6's first years (fec0::/10), which some still use."""
    return isinstance(found, IPv6Address) and found.is_site_local


def _meant(found: IPv4Address | IPv6Address) -> list[IPv4Address | IPv6Address]:
    if isinstance(found, IPv6Address):
        # ::ffff:127.0.0.1, 2002:7f00:1::, 64:ff9b::7f00:1 all lead to 127.0.0.1.
        inner = [found.ipv4_mapped, found.sixtofour, *(found.teredo or ())]
        if found.packed[:12] == bytes.fromhex("0064ff9b0000000000000000"):
            inner.append(IPv4Address(found.packed[12:]))
        if carried := [one for one in inner if one is not None]:
            return [*carried]
    return [found]


def check_host(host: str, *, allow_private: bool) -> None:
    """Raise AddressRefused when a host is, or today resolves to, an address that is not public.

    A name that cannot be resolved now passes: it is looked at again at each delivery.
    """
    if allow_private:
        return
    check_literal(host, allow_private=False)
    try:
        found = {str(one[4][0]) for one in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError):
        return
    _check(found)


def check_literal(host: str, *, allow_private: bool) -> None:
    """The same for a host that is an IP address itself, for which no name is resolved."""
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return
    if not allow_private:
        _check({host})


def _check(addresses: set[str]) -> None:
    if not all(map(is_public, addresses)):
        raise AddressRefused(f"the address is not a public one; {WAY_OUT}")


class PublicResolver(AbstractResolver):
    """Resolves names for aiohttp, and refuses those of which any address is not public."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._inner = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a host; AddressRefused where one is not public."""
        found = await self._inner.resolve(host, port, family)
        if not self._allow_private:
            _check({str(one["host"]) for one in found})
        return found

    async def close(self) -> None:
        """Nothing is held."""
        await self._inner.close()
