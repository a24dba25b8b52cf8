"""Writes one message for FPT, and checks by the echo that it was understood."""

import base64
import re
import unicodedata
from dataclasses import replace
from typing import Final

from worker.domain import phone
from worker.domain.calls import Answer, TextMessage
from worker.domain.outcome import Outcome
from worker.log import MASK
from worker.providers import body
from worker.providers.fpt.parsing import SHORTEST_SECRET, Function

PUSH_OTP: Final = Function("/api/push-brandname-otp", ref="MessageId")

OTHER_TEXT: Final = "but the text that FPT echoes is not the one that was sent: look at one such message on a phone"
STILL_ENCODED: Final = "but FPT echoes the text still encoded: look at one such message on a phone"

#: The echo of a text, whole or cut off, however its letters are escaped: it may be a one-time password.
ECHO: Final = re.compile(r'("\s*message\s*"\s*:\s*")(?:[^"\\]|\\.)*', re.IGNORECASE | re.DOTALL)

#: Half a character has no bytes in any encoding.
UNWRITABLE: Final = re.compile("[\ud800-\udfff]")


def unwritable(**texts: str) -> str:
    """A sentence on the first character that cannot be sent, named by its text; empty when all can."""
    for name, text in texts.items():
        if found := UNWRITABLE.search(text):
            where = f"at position {found.start() + 1} of the {name}"
            return f"character U+{ord(found[0]):04X} {where} cannot be sent: remove it"
    return ""


def encoded(text: str) -> str:
    """The text in base64 of its UTF-8 bytes (manual 2: "nội dung phải được mã hóa base64")."""
    return base64.b64encode(text.encode("utf-8")).decode("ascii")


def fields_of(message: TextMessage) -> dict[str, str]:
    """The fields of push-brandname-otp (manual 2), the number as its sample writes it."""
    return {"BrandName": message.sender, "Phone": phone.local(message.phone), "Message": encoded(message.text)}


def secrets_of(text: str) -> list[str]:
    """What of a text may not be kept: all of it, also encoded, and every word with a digit, which may be the password."""
    codes = [word for word in re.findall(r"\w+", text) if len(word) >= SHORTEST_SECRET and re.search(r"\d", word)]
    return [text, encoded(text), *codes]


def compared(answer: Answer, fields: body.Fields, text: str) -> Answer:
    """The answer without the echoed text, and with a warning in its words when that is not ours; taken all the same."""
    answer = replace(answer, raw=ECHO.sub(rf"\g<1>{MASK}", answer.raw))
    echo = fields.get("message")
    if answer.outcome is not Outcome.ACCEPTED or not isinstance(echo, str) or _plain(echo) == _plain(text):
        return answer
    warning = STILL_ENCODED if echo.strip() == encoded(text) else OTHER_TEXT
    return replace(answer, provider_message=f"{answer.provider_message}, {warning}")


def _plain(text: str) -> str:
    """Without what says nothing about the encoding: blanks around it, line ends, composed or not."""
    return unicodedata.normalize("NFC", text).replace("\r\n", "\n").strip()
