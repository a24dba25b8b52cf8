"""Reads the channel that a door was told for a campaign, with the template that Zalo needs."""

from collections.abc import Iterable

from worker.domain.policy import Channel
from worker.domain.zalo import Fallback, ZaloTemplate, read_values
from worker.errors import Misuse


def read(
    channel: str, oa_id: str, template_id: str, params: str | Iterable[str]
) -> tuple[Channel, ZaloTemplate | None]:
    """The channel and its template; Misuse where they do not belong together. Without a channel it is text."""
    values = read_values(params)
    if channel in ("", Channel.SMS):
        if oa_id or template_id or values:
            raise Misuse("An official account, a template and its values are of Zalo: add the channel zalo.")
        return Channel.SMS, None
    if channel != Channel.ZALO:
        raise Misuse(f"There is no channel {channel!r} of campaigns: it is sms or zalo.")
    return Channel.ZALO, ZaloTemplate(oa_id, template_id, values)


def fallback(text: str, sender: str) -> Fallback | None:
    """The text that follows, where one was named."""
    return Fallback(text, sender) if text or sender else None
