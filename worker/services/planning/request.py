"""The request of a campaign, as a person makes it, and what is refused before its list is read."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from worker.domain.ads import check_label, check_no_consent_request
from worker.domain.calls import Purpose
from worker.domain.plain import changes, plain
from worker.domain.policy import Channel
from worker.domain.template import Template
from worker.domain.text import Cleaned, clean
from worker.domain.zalo import Fallback, ZaloTemplate
from worker.errors import Misuse
from worker.lists import ReadOptions
from worker.lists.source import AS_FOUND
from worker.services.deps import Account
from worker.services.planning.rows import check_text

KINDS: Final = ("ads", "care")
#: What is kept with a draft besides how its list is read.
FLAGS: Final = ("again", "plain", "draft")
NAMES: Final = ("source", "copied_from")


@dataclass(frozen=True, slots=True)
class CampaignRequest:
    """What a person asks for."""

    provider: str
    sender: str
    kind: str
    text: str
    list_path: Path
    name: str = ""
    #: ISO 8601; None: now. An empty text is a mistake (a shell variable that was not set), and is refused.
    at: str | None = None
    key: str = ""
    #: What the list is called in sentences; empty: as its path.
    list_name: str = ""
    #: How the list is to be read.
    reading: ReadOptions = AS_FOUND
    #: After this moment nothing of it leaves; written like `at`; a day alone is the whole day. None: no limit.
    until: str | None = None
    #: Whether the same text may go to the same people a second time.
    again: bool = False
    #: Whether typographic characters are replaced by plain ones, so that texts stay in GSM-7.
    plain: bool = False
    #: Whether it stays a draft when it is planned, until somebody submits it.
    draft: bool = False
    #: Instead of a file: `audience:ID`, `audience:ID:minus:ID`, `campaign:ID` or `campaign:ID:failed` (planning/stored.py).
    source: str = ""
    #: The id of the campaign that it is a copy of.
    copied_from: str = ""
    #: Where its events are posted, as `webhooks.check_callback` gave it, and the API key of the request.
    callback_url: str | None = None
    api_key_id: UUID | None = None
    #: By what it reaches people; by Zalo with a template, which stands for text and sender.
    channel: Channel = Channel.SMS
    template: ZaloTemplate | None = None
    #: The text for those whom Zalo certainly does not reach.
    fallback: Fallback | None = None

    @property
    def options(self) -> dict[str, object]:
        """What was asked for beyond the defaults, as it is stored with a draft."""
        chosen: dict[str, object] = {name: value for name, value in asdict(self.reading).items() if value}
        if chosen.get("encoding") == AS_FOUND.encoding:
            del chosen["encoding"]
        said = {name: getattr(self, name) for name in (*FLAGS, *NAMES)}
        return chosen | {name: value for name, value in said.items() if value}


def cleaned_text(requested: CampaignRequest) -> Cleaned:
    """The text as it will be filled, and what was changed in it."""
    if requested.template is not None:
        after = fallback_of(requested)
        return Cleaned(requested.template.text + ("" if after is None else after.line), ())
    cleaned = clean(requested.text)
    if not requested.plain:
        return cleaned
    return Cleaned(
        plain(cleaned.text), (*clean(plain(requested.text)).notes, *(f"{one}." for one in changes(cleaned.text)))
    )


def check_words(requested: CampaignRequest) -> None:
    """Refuse what no setting could make right; Misuse names it."""
    if requested.kind not in KINDS:
        raise Misuse(f"There is no kind {requested.kind!r} of campaign: it is ads or care.")
    if (requested.template is None) is (requested.channel is Channel.ZALO):
        raise Misuse(
            "A campaign over Zalo has a template and its official account, and no other has: name the channel."
        )
    if requested.template is not None and (requested.text or requested.sender.strip()):
        raise Misuse("A Zalo campaign has neither text nor sender: its template and official account stand for them.")
    if requested.fallback is not None and requested.template is None:
        raise Misuse("A fallback follows a campaign over Zalo, and this one is of texts: leave it out.")
    if not sender_of(requested):
        raise Misuse("The sender is empty: name the brandname that subscribers see.")
    for named, value in (("name", requested.name), ("sender", requested.sender.strip())):
        if not value.isprintable():
            raise Misuse(f"The {named} of a campaign has printable characters only, on one line.")


def fallback_of(requested: CampaignRequest) -> Fallback | None:
    """The text that follows, cleaned as any."""
    if requested.fallback is None:
        return None
    cleaned = clean(requested.fallback.text).text
    return Fallback(plain(cleaned) if requested.plain else cleaned, requested.fallback.sender.strip())


def sender_of(requested: CampaignRequest) -> str:
    """Whom people see as its sender: a brandname, or by Zalo an official account."""
    return requested.sender.strip() if requested.template is None else requested.template.oa_id


def checked_template(account: Account, kind: str, text: str, at: datetime) -> Template:
    """A cleaned text as it will be filled and leave `at`; Refused where the rules of its kind forbid it, whatever the list."""
    template = Template(text)
    check_no_consent_request(template.text, account.policy)
    if kind == Purpose.ADS and account.channel is Channel.SMS:
        check_label(template.text, account.ads_on(at))
    if not template.names:
        check_text(template.fill({}), kind, account)
    return template


def fingerprint_of(requested: CampaignRequest, text: str) -> str:
    """What is the same when a request is repeated, the bytes of its list included."""
    if requested.source:
        # Neither a stored list nor the numbers of a campaign change.
        digest = requested.source
    else:
        with requested.list_path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    parts: list[object] = [requested.provider, requested.sender.strip(), requested.kind, text, requested.at, digest]
    # Only what was said: keys of requests that an older version took still fit.
    more = {"until": requested.until, "callback_url": requested.callback_url}
    more["channel"] = None if requested.template is None else str(requested.channel)
    if said := requested.options | {name: value for name, value in more.items() if value is not None}:
        parts.append(said)
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def stamp(requested: CampaignRequest) -> tuple[int, int]:
    """Size and time of the last change of the list, which an export that still runs changes; zeros where there is no file."""
    if requested.source:
        return 0, 0
    try:
        found = requested.list_path.stat()
    except OSError:
        # Opening it says what is wrong.
        return 0, 0
    return found.st_size, found.st_mtime_ns
