"""Messages that Fibo passes on (MoPartner: Username, Password, PrefixId, Phonenumber, MsgContent, RequestId); 1 is success.

Source: support.fibo.vn, MO push to partners. Fibo signs nothing: the secret of the path says that it is Fibo, and the user and
password that we gave it where they are set.
"""

import hmac
from urllib.parse import parse_qsl

from worker.domain import phone as phones
from worker.domain.callback import Receipt
from worker.domain.incoming import Incoming
from worker.providers.incoming import kept

LONGEST_CONTENT = 2000


class FiboIncoming:
    """Reads what Fibo passes on, by query or by form."""

    answers = False

    def __init__(self, user: str, password: str) -> None:
        self._user, self._password = user, password

    def read_incoming(self, query: bytes, received: bytes) -> Incoming | None:
        """The message in a query or form; None when it names no sender."""
        fields = _fields(query, received)
        if not fields.get("phonenumber"):
            return None
        found = phones.read(fields["phonenumber"])
        return Incoming(
            ref=kept(fields.get("requestid", ""), 100),
            phone=None if isinstance(found, phones.Fault) else found[0],
            content=kept(fields.get("msgcontent", ""), LONGEST_CONTENT),
            service_number=kept(fields.get("prefixid", ""), 40),
        )

    def forged(self, query: bytes, received: bytes) -> bool:
        """Whether user or password are not those that we gave Fibo."""
        fields = _fields(query, received)
        given = ((self._user, "username"), (self._password, "password"))
        return any(
            wanted and not hmac.compare_digest(wanted.encode(), fields.get(name, "").encode()) for wanted, name in given
        )

    def incoming_receipt(self, message: Incoming | None, text: str) -> Receipt:
        """1 for taken, -1 for what holds no message."""
        del text
        return Receipt("1" if message else "-1", "text/plain")


def _fields(query: bytes, received: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    for raw in (received, query):
        try:
            pairs = parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=50)
        except ValueError:
            continue
        found |= {name.casefold(): value for name, value in reversed(pairs)}
    return found
