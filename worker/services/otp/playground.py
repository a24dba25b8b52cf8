"""Messages of test keys get the report that their number plays, a moment after they were accepted."""

from worker.domain.message import MessageState
from worker.domain.playground import REPORT_AFTER, SLOW, Play, play_of
from worker.services.deps import Deps
from worker.storage.otp import messages

AT_ONCE = 200


def report(deps: Deps) -> int:
    """Report once on what is due; how many messages moved. Safe to run twice at the same time."""
    now = deps.clock.now()
    with deps.sessions.begin() as session:
        due = messages.accepted_by_playground(session, now - REPORT_AFTER, AT_ONCE)
        moved = 0
        for message_id, phone, sent_at in due:
            play = play_of(phone)
            if play is Play.SLOW and now < sent_at + SLOW:
                continue
            to = MessageState.FAILED if play is Play.FAILED else MessageState.DELIVERED
            said: messages.MessageChanges = {}
            if play is Play.FAILED:
                said["provider_message"] = "the test number cannot be reached"
            moved += messages.move(session, message_id, to, now=now, **said)
    return moved
