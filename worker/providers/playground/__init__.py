"""A provider that only plays: for requests with a test key."""

from uuid import uuid4

from worker.domain.calls import Answer, TextMessage
from worker.domain.outcome import Outcome
from worker.domain.playground import PLAYGROUND, Play, play_of
from worker.providers.base import MessageProvider


class Playground(MessageProvider):
    """Answers by the number alone, and calls nobody."""

    name = PLAYGROUND

    async def send_message(self, message: TextMessage) -> Answer:
        """What a provider would have answered."""
        match play_of(message.phone):
            case Play.EXPIRED:
                return Answer(Outcome.RETRY, "503", "the test number is never taken in time")
            case Play.UNKNOWN:
                return Answer(Outcome.UNKNOWN, "", "the test number's answer was lost")
            case Play.REJECTED:
                return Answer(Outcome.REJECTED, "400", "the test number is always refused")
        return Answer(Outcome.ACCEPTED, "100", ref=f"test-{uuid4()}")

    async def aclose(self) -> None:
        """Nothing is held."""
