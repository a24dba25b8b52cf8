"""Checks, before a list of refusals is imported, that it is none of customers, who would get no ads for ever."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlmodel import Session

from worker.domain.plain import without_accents
from worker.domain.window import day_of, local, read_moment
from worker.errors import Misuse, Refused
from worker.lists import ReadOptions, open_list
from worker.storage.operations import imports
from worker.storage.operations.imports import Import

#: How long a campaign's audience counts as just used.
JUST_USED: Final = timedelta(days=7)
#: More than this share of one campaign's people is no list of refusals.
MOST_SHARE: Final = 0.2
#: Of a smaller overlap nothing can be said.
FEWEST: Final = 10
#: Words of refusal, without accents, as people name such files and columns.
REFUSAL: Final = re.compile(
    r"tu ?choi|khong ?(?:nhan|goi|quang ?cao|lien ?(?:he|lac))|ngung|huy|chan|cam|danh ?sach ?den|dnc|dncl|do ?not|dont|"
    r"opt ?outs?|out|unsub\w*|stop|block\w*|black ?list\w*|suppress\w*|refus\w*|reject\w*|exclu\w*|remov\w*|5656"
)
#: So many imports are named where one has to be chosen.
NAMED: Final = 5


def check(session: Session, name: str, headings: Sequence[str], now: datetime, *, sure: bool) -> list[str]:
    """Refuse a staged list that looks like a customer list, unless somebody is `sure`; sentences about one that may be.

    `name` and `headings` are those of the list. Raises Refused `list_of_customers`.
    """
    for one in imports.overlaps(session, now - JUST_USED):
        if one.numbers < FEWEST or one.numbers <= MOST_SHARE * one.valid:
            continue
        share = f"{one.numbers / one.valid:.0%}"
        said = f"{share} of the people of the campaign {one.name} stand on {name}"
        if not sure:
            raise Refused(
                "list_of_customers",
                f"{said}: it looks like a list of customers, who would get no ads for ever. Nothing was added. If they all "
                "refused ads, add --yes.",
                {"campaign": one.name, "numbers": one.numbers, "valid": one.valid},
            )
        return [f"{said}. `loa suppress undo` takes the import back."]
    if any(speaks_of_refusal(words) for words in (name, *headings)):
        return []
    note = (
        f"Neither the name of {name} nor its headings speak of refusals. If it is a list of customers, take it back by "
        f"`loa suppress undo {name}`."
    )
    return [note]


def check_undo(session: Session, source: str, meant: Import) -> None:
    """Refuse to free numbers that a later list has too: it left out what was there already. Raises Refused `imported_since`."""
    if later := imports.since(session, source, meant.added_at):
        names = ", ".join(one.source for one in later[-NAMED:])
        raise Refused(
            "imported_since",
            f"After {source} came {names}: the numbers that they have in common would get ads. Take the later lists back first, "
            "or add --yes; then import the later lists again at once.",
            {"source": source, "lists": names},
        )


def names_refusals(path: Path, reading: ReadOptions) -> bool:
    """Whether a list's name or a heading speaks of refusals; raises what `open_list` raises."""
    with open_list(path, None, reading) as list_file:
        return any(speaks_of_refusal(words) for words in (path.name, *list_file.columns))


def speaks_of_refusal(words: str) -> bool:
    """Whether a file's name or a heading has a word of refusal, with or without accents."""
    plain = re.sub(r"[^a-z0-9]+", " ", without_accents(words).casefold())
    return re.search(rf"\b(?:{REFUSAL.pattern})\b", plain) is not None


def chosen(found: Sequence[Import], source: str, written: str) -> Import:
    """The import that is meant by its source, and by its moment where there are several.

    `written` is a moment to the second, or a day on which there was one alone; empty: the only one. Raises Misuse, Refused.
    """
    if not found:
        raise Refused(
            "not_found", f"Nothing on the suppression list came from {source}; `loa suppress list` shows sources."
        )
    meant = found
    if written:
        moment, day_alone = read_moment(written)
        meant = [
            one
            for one in found
            if (day_of(one.added_at) == day_of(moment) if day_alone else local(one.added_at) == local(moment))
        ]
    if len(meant) == 1:
        return meant[0]
    named = ", ".join(f"{local(one.added_at)} ({one.numbers:,} numbers)" for one in found[-NAMED:])
    if not meant:
        raise Misuse(f"Nothing was imported from {source} at {written}, but at {named}.")
    raise Refused(
        "import_ambiguous",
        f"{source} was imported more than once, at {named}: say which by --at.",
        {"imports": [{"added_at": local(one.added_at), "numbers": one.numbers} for one in found]},
    )
