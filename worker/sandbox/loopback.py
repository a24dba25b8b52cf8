"""Checks that an address stays on this machine; the sandbox calls nobody else back."""

from ipaddress import ip_address
from urllib.parse import urlsplit


def on_loopback(url: str) -> bool:
    """Whether `url` is plain HTTP to this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        return parts.scheme == "http" and (host == "localhost" or ip_address(host).is_loopback)
    except ValueError:
        return False
