"""One-time passwords by telephone, the route `esms_voice`: VoiceOTP (manual III.4) for one text to one number.

eSMS takes no RequestId for it and remembers none, so a call whose answer was lost is unknown, and nothing here repeats it.
"""

from typing import Final

from worker.domain.calls import Answer, TextMessage
from worker.domain.outcome import Outcome
from worker.domain.spoken import spoken_code
from worker.providers.base import MessageProvider
from worker.providers.esms.adapter import Esms
from worker.providers.esms.voice import OtpCall

NAME: Final = "esms_voice"
NO_CODE: Final = "the text has no code of 4 to 10 digits that could be read out, or several numbers"


class EsmsVoice(MessageProvider):
    """Reads the code of a text to its number; who calls is the account's eSMS adapter."""

    name = NAME

    def __init__(self, esms: Esms, *, voice: str = "", speed: int | None = None, script: str = "") -> None:
        self._esms, self._voice, self._speed, self._script = esms, voice, speed, script

    async def send_message(self, message: TextMessage) -> Answer:
        """Call the number and read the code to it; never raises, never repeats. Its sender is the number that eSMS calls from."""
        code = spoken_code(message.text)
        if code is None:
            return Answer(Outcome.REJECTED, provider_message=NO_CODE)
        return await self._esms.call_otp(OtpCall(message.phone, code, self._voice, self._speed, self._script))

    async def aclose(self) -> None:
        """Its connections are those of the eSMS adapter."""
        await self._esms.aclose()
