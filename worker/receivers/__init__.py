"""Receivers of our events: which addresses they may have, and how one is posted to."""

from worker.receivers.address import AddressRefused, check_host
from worker.receivers.post import Posted, Poster

__all__ = ["AddressRefused", "Posted", "Poster", "check_host"]
