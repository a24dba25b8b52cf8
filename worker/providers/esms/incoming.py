"""Messages to a short code, as eSMS passes them on: a signed GET, whose answer carries the text to the subscriber.

Source: devesms/gitbook_esms_for_develop_v2, page on short codes: sign = base64(MD5(cpid + smsid + content + receiverTime +
private key)), all as UTF-8; the answer is ClientResponse with Message, Smsid and Receiver.
"""

import base64
import hashlib
import hmac
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from worker.domain import phone as phones
from worker.domain.callback import Receipt
from worker.domain.incoming import Incoming
from worker.providers.incoming import kept

LONGEST_CONTENT = 2000


class EsmsIncoming:
    """Reads what eSMS passes on, under the key and id that it gave us for short codes."""

    answers = True

    def __init__(self, key: str, cpid: str) -> None:
        self._key, self._cpid = key, cpid

    def read_incoming(self, query: bytes, received: bytes) -> Incoming | None:
        """The message in a query; None when it names no sender or no id."""
        fields = _fields(query) or _fields(received)
        if not fields.get("sender") or not fields.get("smsid"):
            return None
        found = phones.read(fields["sender"])
        return Incoming(
            ref=kept(fields["smsid"], 100),
            phone=None if isinstance(found, phones.Fault) else found[0],
            content=kept(fields.get("content", ""), LONGEST_CONTENT),
            service_number=kept(fields.get("servicenumber", ""), 40),
            keyword=kept(fields.get("keyword", ""), 40),
        )

    def forged(self, query: bytes, received: bytes) -> bool:
        """Whether the signature is not that of our key; without one set, only the secret path tells."""
        if not self._key:
            return False
        fields = _fields(query) or _fields(received)
        if self._cpid and fields.get("cpid") != self._cpid:
            return True
        signed = "".join(fields.get(name, "") for name in ("cpid", "smsid", "content", "receivertime")) + self._key
        wanted = base64.b64encode(hashlib.md5(signed.encode(), usedforsecurity=False).digest())
        # A + that was not quoted has become a blank on its way.
        return not hmac.compare_digest(wanted, fields.get("sign", "").replace(" ", "+").encode())

    def incoming_receipt(self, message: Incoming | None, text: str) -> Receipt:
        """The text for the subscriber, with the ids that eSMS asks for."""
        ref, to = (message.ref, message.phone or "") if message else ("", "")
        said = f"<Message>{escape(text)}</Message><Smsid>{escape(ref)}</Smsid><Receiver>{to}</Receiver>"
        return Receipt(f"<ClientResponse>{said}</ClientResponse>", "text/xml; charset=utf-8")


def _fields(raw: bytes) -> dict[str, str]:
    """Names in small letters, the first value of each."""
    try:
        pairs = parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=50)
    except ValueError:
        return {}
    return {name.casefold(): value for name, value in reversed(pairs)}
