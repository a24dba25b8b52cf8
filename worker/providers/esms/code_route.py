"""One-time passwords whose codes eSMS makes itself, the route `esms_code`.

eSMS takes no RequestId for them, so a call whose answer was lost is unknown, and nothing here repeats it: the second would send
another code.
"""

from typing import Final

from worker.domain.calls import Answer, CodeCheck, TextMessage
from worker.providers.base import CodesProvider
from worker.providers.esms.adapter import Esms

NAME: Final = "esms_code"


class EsmsCodes(CodesProvider):
    """Lets eSMS make the code of a text, and check it; who calls is the account's eSMS adapter."""

    name = NAME

    def __init__(self, esms: Esms) -> None:
        self._esms = esms

    async def send_message(self, message: TextMessage) -> Answer:
        """Send the text with a new code; never raises, never repeats."""
        return await self._esms.send_code(message)

    async def check_code(self, check: CodeCheck) -> Answer:
        """Ask whether it is right; never raises, never repeats."""
        return await self._esms.check_code(check)

    async def aclose(self) -> None:
        """Its connections are those of the eSMS adapter."""
        await self._esms.aclose()
