"""A campaign that is written step by step: kept between the steps, left and taken up again, then planned as any other.

The list stays where it was uploaded until the form is submitted or discarded, so that going back costs no second upload; a
copy in the database serves other web hosts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from itertools import islice
from pathlib import Path
from typing import Any, Final, Self
from uuid import UUID

from sqlmodel import Session

from worker.domain import phone
from worker.domain.policy import Channel
from worker.domain.roles import May
from worker.errors import NotFound, Refused
from worker.lists import ListFile
from worker.services.deps import Deps
from worker.services.planning import channels, first_rows, stored, uploads
from worker.services.planning.entered import Entered
from worker.services.planning.first_rows import cell_text
from worker.services.planning.request import CampaignRequest
from worker.storage.planning import forms
from worker.storage.tables.console import CampaignForm

#: Rows of the head that are kept: enough to look at, and to fill texts with.
HEAD_ROWS: Final = 200
#: Rows in which faults are looked for at once, and those that are kept; all rows are looked at when the list is counted.
LOOKED_AT: Final = 10_000
FAULTS_KEPT: Final = 20
MOST_FORMS: Final = 20


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of a list as it was read, or why it was not."""

    columns: Sequence[str] = ()
    phone_column: int = 0
    sheet: str = ""
    header_row: int = 0
    #: The row's number and its cells as text.
    rows: Sequence[tuple[int, Sequence[str]]] = ()
    notes: Sequence[str] = ()
    #: How many rows were looked at, how many of them get no message, and the first of those: row, what stands there, why.
    looked_at: int = 0
    faulty: int = 0
    faults: Sequence[tuple[int, str, str]] = ()
    #: The numbers of a stored list; 0: of a file, whose rows are counted in the last step.
    size: int = 0
    #: Of a list that was refused: the rule, its values, its sentence.
    rule: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    sentence: str = ""
    #: The first rows as they stand, by sheet ("" where there is one), so that a person sees what to choose.
    shown: Sequence[tuple[str, Sequence[tuple[int, Sequence[str]]]]] = ()

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Self:
        """What was kept; fields that this version does not know are passed over."""
        known = {one.name for one in fields(cls)}
        return cls(**{name: value for name, value in kept.items() if name in known})

    def values(self, row: int) -> dict[str, str]:
        """The cells of the row at this place, by column."""
        if not 0 <= row < len(self.rows):
            return {}
        return {name: cell for name, cell in zip(self.columns, self.rows[row][1], strict=False) if name}


#: Of a list that went because a number of it was erased (`written_lists`).
LIST_ERASED: Final = Head(
    rule="list_erased",
    sentence="A number of this list was erased on request, and the list with it: upload the list again without that number.",
)


@dataclass(frozen=True, slots=True)
class Form:
    """A form as pages show it."""

    id: UUID
    row: CampaignForm = field(repr=False)
    entered: Entered
    head: Head | None

    @property
    def campaign_id(self) -> UUID | None:
        """The planned draft, while it is what the form says."""
        return self.row.campaign_id

    @property
    def title(self) -> str:
        """What it is called before it has a name."""
        return self.entered.name or Path(self.row.list_name).stem

    def place_of(self, line: int) -> int:
        """The place of a row of the list among those that are known; 0 for a row that is not."""
        rows = self.head.rows if self.head is not None else ()
        return next((place for place, (row, _) in enumerate(rows) if row == line), 0)

    @property
    def readable(self) -> bool:
        """Whether its list can be read."""
        return self.head is not None and not self.head.rule


class FormGone(NotFound):
    """The actor has no such form, or no more: it was submitted or discarded, perhaps in another window."""

    def __init__(self, form_id: UUID) -> None:
        super().__init__("form", str(form_id))
        self.rule = "form_gone"


def begin(deps: Deps, path: Path, list_name: str) -> Form:
    """Start with an uploaded list, which is the form's from here on, whatever comes of it."""
    user_id = _writer(deps)
    now = deps.clock.now()
    row = CampaignForm(user_id=user_id, created_at=now, changed_at=now, path=str(path), list_name=list_name)
    with deps.sessions.begin() as session:
        session.add(row)
        session.flush()
        uploads.keep_for_form(deps, session, row.id, path)
    return look(deps, row.id)


def begin_stored(deps: Deps, list_name: str, entered: Entered) -> Form:
    """Start with a list that is stored already (`planning.stored`), and with whatever else is known."""
    user_id, now = _writer(deps), deps.clock.now()
    row = CampaignForm(user_id=user_id, created_at=now, changed_at=now, list_name=list_name)
    row.entered = asdict(entered)
    with deps.sessions.begin() as session:
        session.add(row)
    return look(deps, row.id)


def get(deps: Deps, form_id: UUID) -> Form:
    """The actor's own form; FormGone for any other."""
    with deps.sessions() as session:
        row = forms.get(session, form_id, _writer(deps))
    if row is None:
        raise FormGone(form_id)
    return read(row)


def mine(deps: Deps) -> list[Form]:
    """The actor's forms, the one that was changed last first."""
    user_id = deps.actor.user_id
    if user_id is None or not deps.actor.may(May.DRAFT):
        return []
    with deps.sessions() as session:
        over = [row.id for row in forms.settled(session, user_id)]
    for form_id in over:
        end(deps, form_id)
    with deps.sessions() as session:
        return [read(row) for row in forms.of(session, user_id, MOST_FORMS)]


def lock(deps: Deps, session: Session, form_id: UUID) -> CampaignForm:
    """The row of the actor's own form, for whoever changes it: one after the other. `form_gone` for any other."""
    row = forms.get(session, form_id, _writer(deps), lock=True)
    if row is None:
        raise FormGone(form_id)
    return row


def look(deps: Deps, form_id: UUID) -> Form:
    """Read the head of the list as it is to be read now, and keep what it showed."""
    form = get(deps, form_id)
    head = _head(deps, form)
    with deps.sessions.begin() as session:
        row = forms.get(session, form_id, _writer(deps), lock=True)
        if row is not None:
            row.head = asdict(head)
    return get(deps, form_id)


def request_of(form: Form) -> CampaignRequest:
    """What the form asks for."""
    said = form.entered
    zalo = said.zalo
    return CampaignRequest(
        said.provider,
        "" if zalo else said.sender,
        said.kind,
        "" if zalo else said.text,
        Path(form.row.path),
        name=said.name,
        at=said.at or None,
        list_name=form.row.list_name,
        reading=said.reading,
        until=said.until or None,
        again=said.again,
        plain=said.plain,
        source=said.source,
        copied_from=said.copied_from,
        channel=Channel(said.channel),
        template=zalo,
        fallback=channels.fallback(said.fallback_text, said.fallback_sender) if zalo else None,
    )


def of_campaign(deps: Deps, campaign_id: UUID) -> Form | None:
    """The actor's form of which this draft was made; None: there is none."""
    if deps.actor.user_id is None:
        return None
    with deps.sessions() as session:
        row = forms.by_campaign(session, campaign_id, deps.actor.user_id)
    return None if row is None else read(row)


def end(deps: Deps, form_id: UUID) -> None:
    """The form is submitted or discarded: it and its list go."""
    with deps.sessions.begin() as session:
        row = forms.get(session, form_id, _writer(deps), lock=True)
        if row is None:
            return
        path = row.path
        session.delete(row)
    remove(path)


def _writer(deps: Deps) -> UUID:
    deps.actor.must(May.DRAFT)
    if deps.actor.user_id is None:
        raise Refused("no_user", "Only a person who is logged in writes campaigns step by step.")
    return deps.actor.user_id


def read(row: CampaignForm) -> Form:
    """A form as its row keeps it."""
    head = None if row.head is None else Head.read(row.head)
    return Form(row.id, row, Entered.read(row.entered), head)


def _head(deps: Deps, form: Form) -> Head:
    asked = request_of(form)
    if not (form.row.path or asked.source):
        return LIST_ERASED
    if form.row.path:
        asked = replace(asked, list_path=uploads.of_form(deps, form.id, asked.list_path))
    try:
        # The numbers of a stored list were looked at when it was stored.
        most = HEAD_ROWS if form.entered.source else LOOKED_AT
        with stored.opened(deps, asked, most) as found:
            rows: list[tuple[int, Sequence[str]]] = []
            faults: list[tuple[int, str, str]] = []
            looked_at = faulty = 0
            for looked_at, (number, cells) in enumerate(islice(found.rows(), most), start=1):
                if looked_at <= HEAD_ROWS:
                    rows.append((number, [cell_text(cell) for cell in cells]))
                written = cells[found.phone_column] if found.phone_column < len(cells) else None
                if isinstance(fault := phone.read(written), phone.Fault):
                    faulty += 1
                    if faulty <= FAULTS_KEPT:
                        faults.append((number, cell_text(written), str(fault)))
            width = max([len(found.columns), *(len(cells) for _, cells in rows[:20])], default=0)
            columns = [*found.columns, *([""] * (width - len(found.columns)))]
            read = found.description()
            sheet, header = str(read.get("sheet") or ""), int(str(read.get("header_row") or 0))
            size = found.size if isinstance(found, stored.Stored) else 0
            top = [(sheet, first_rows.as_text(found.top))] if isinstance(found, ListFile) else []
            counted = looked_at, faulty, faults, size
            return Head(columns, found.phone_column, sheet, header, rows, list(found.notes), *counted, shown=top)
    except Refused as fault:
        shown = [] if asked.source else first_rows.shown(asked, fault)
        return Head(rule=fault.rule, details=dict(fault.details), sentence=str(fault), shown=shown)


def remove(path: str) -> None:
    """Remove a list that no form needs any more."""
    if path:
        Path(path).unlink(missing_ok=True)
