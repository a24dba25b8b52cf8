"""What somebody has entered of a campaign, step by step, as forms send it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

from worker.domain.placeholders import clean_name
from worker.domain.policy import Channel
from worker.domain.zalo import Value, ZaloTemplate
from worker.lists import ReadOptions
from worker.services.planning.request import CampaignRequest


@dataclass(frozen=True, slots=True)
class Entered:
    """What somebody has entered; all of it as text, as forms send it."""

    provider: str = ""
    kind: str = "ads"
    sender: str = ""
    name: str = ""
    text: str = ""
    #: Vietnam time, `2026-11-30T09:00`; empty: as soon as it may.
    at: str = ""
    until: str = ""
    again: bool = False
    plain: bool = False
    phone_column: str = ""
    sheet: str = ""
    hidden: str = ""
    encoding: str = "auto"
    header_row: str = ""
    #: Instead of a file: what a request calls its source, and what the list is called.
    source: str = ""
    #: The campaign that it is a copy of; its list is fixed then.
    copied_from: str = ""
    #: Whether the step "when and who" was done; its fields may all be empty.
    timed: bool = False
    channel: Channel = Channel.SMS
    #: Of Zalo: the official account, its template, each of its values with the column that fills it, the text that follows.
    oa_id: str = ""
    template_id: str = ""
    values: Sequence[Sequence[str]] = ()
    fallback_text: str = ""
    fallback_sender: str = ""

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        """What was stored; fields that this version does not know are passed over."""
        known = {one.name for one in fields(cls)}
        return cls(**{name: value for name, value in stored.items() if name in known})

    @classmethod
    def of(cls, asked: CampaignRequest) -> Self:
        """What a request for a stored list says, as if somebody had entered it; its time is still to be chosen."""
        zalo, after = asked.template, asked.fallback
        return cls(
            provider=asked.provider,
            kind=asked.kind,
            sender=asked.sender,
            name=asked.name,
            text=asked.text,
            again=asked.again,
            source=asked.source,
            copied_from=asked.copied_from,
            channel=asked.channel,
            oa_id="" if zalo is None else zalo.oa_id,
            template_id="" if zalo is None else zalo.template_id,
            values=[] if zalo is None else [[one.name, one.column] for one in zalo.values],
            fallback_text="" if after is None else after.text,
            fallback_sender="" if after is None else after.sender,
        )

    @property
    def reading(self) -> ReadOptions:
        """How the list is to be read."""
        return ReadOptions(self.phone_column, self.sheet, self.hidden, self.encoding or "auto", self.header_row)

    @property
    def zalo(self) -> ZaloTemplate | None:
        """The template of a campaign over Zalo; raises Misuse for one that can be none. None: it is of texts."""
        if self.channel != Channel.ZALO:
            return None
        filled = [Value(clean_name(name), clean_name(column) or clean_name(name)) for name, column in self.values]
        return ZaloTemplate(self.oa_id, self.template_id, tuple(filled))
