"""A form that becomes a draft, and what is left where that breaks off half-way."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.world import World
from worker.domain.states import CampaignStatus
from worker.errors import Refused
from worker.services.approval import decide, drafting
from worker.services.deps import Deps
from worker.services.operations import overview
from worker.services.people import users
from worker.services.planning import drafts, forms

PASSWORD = "mat khau rat dai 1"


@pytest.fixture
def lan(loa: World) -> Deps:
    user = users.add(loa.deps, "lan", "marketer", PASSWORD).user
    return loa.deps.acting(users.actor_of(user, "console"))


def written(lan: Deps) -> UUID:
    """A form of which all is entered, with a list that was uploaded."""
    lan.uploads.mkdir(parents=True, exist_ok=True)
    path = lan.uploads / "khach.list"
    path.write_text("phone\n" + "".join(f"09000000{n:02d}\n" for n in range(60)))
    form = forms.begin(lan, path, "khach.csv")
    wanted = {"provider": "esms", "sender": "LOA", "text": "[QC] LOA giam 20%", "timed": True}
    return drafting.enter(lan, form.id, **wanted).id


@contextmanager
def broken_off(loa: World, where: str) -> Iterator[None]:
    """Where a form takes its draft or lets go of it, the database ends what is going on, as a crash there would."""
    with loa.deps.sessions.begin() as session:
        session.execute(
            text(
                "CREATE FUNCTION break_off() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                f" IF NEW.campaign_id {where} THEN RAISE EXCEPTION 'broken off'; END IF; RETURN NEW; END $$"
            )
        )
        session.execute(
            text("CREATE TRIGGER break_off BEFORE UPDATE ON campaign_form FOR EACH ROW EXECUTE FUNCTION break_off()")
        )
    try:
        yield
    finally:
        with loa.deps.sessions.begin() as session:
            session.execute(text("DROP FUNCTION break_off CASCADE"))


def stored(loa: World) -> dict[str, int]:
    """How many rows there are of what a draft consists of."""
    tables = ("campaign", "draft", "upload_piece")
    with loa.deps.sessions() as session:
        return {one: session.execute(text(f"SELECT count(*) FROM {one}")).scalar_one() for one in tables}


def test_a_crash_before_the_form_has_its_draft_leaves_the_form_and_no_draft(loa: World, lan: Deps):
    form_id = written(lan)
    with broken_off(loa, "IS NOT NULL"), pytest.raises(DBAPIError):
        drafting.plan(lan, form_id)
    assert stored(loa) == {"campaign": 0, "draft": 0, "upload_piece": 0}
    assert loa.task_queue.plans == []
    # Of the list there is the form's own copy, and nothing else.
    assert [one.name for one in lan.uploads.iterdir()] == ["khach.list"]
    form = forms.get(lan, form_id)
    assert form.campaign_id is None
    assert form.entered.text == "[QC] LOA giam 20%"
    made = drafting.plan(lan, form_id)
    assert drafts.plan(lan, made) is CampaignStatus.DRAFT
    assert decide.submit(lan, made).campaign.status is CampaignStatus.SCHEDULED
    loa.go()
    assert loa.sandbox.phones() == {84900000000 + n: 1 for n in range(60)}


def test_a_crash_where_a_form_lets_go_of_its_draft_leaves_it_both(loa: World, lan: Deps):
    form_id = written(lan)
    made = drafting.plan(lan, form_id)
    drafts.plan(lan, made)
    for again in (
        lambda: drafting.plan(lan, form_id),
        lambda: drafting.enter(lan, form_id, text="[QC] LOA giam 30%"),
        lambda: drafting.replace_list(lan, form_id, Path("nowhere"), "other.csv"),
    ):
        with broken_off(loa, "IS NULL"), pytest.raises(DBAPIError):
            again()
        form = forms.get(lan, form_id)
        assert (form.campaign_id, form.entered.text) == (made, "[QC] LOA giam 20%")
        assert overview.one(lan, made).campaign.valid == 60
    drafting.discard(lan, form_id)
    assert stored(loa) == {"campaign": 0, "draft": 0, "upload_piece": 0}
    assert list(lan.uploads.iterdir()) == []


def test_of_four_who_count_at_once_one_draft_stands_and_nothing_of_the_others(loa: World, lan: Deps):
    form_id = written(lan)
    with ThreadPoolExecutor(4) as pool:
        made = {one.result() for one in [pool.submit(drafting.plan, lan, form_id) for _ in range(4)]}
    # One who comes after another's draft is there counts anew, and that one goes; none is left that is nobody's.
    assert forms.get(lan, form_id).campaign_id in made
    assert stored(loa) == {"campaign": 1, "draft": 1, "upload_piece": 1}
    assert [one.name for one in lan.uploads.iterdir()] == ["khach.list"]


def test_a_list_that_the_host_lost_is_said_to_be_gone_and_all_else_stays(loa: World, lan: Deps, tmp_path: Path):
    """With LOA_UPLOADS=folder it is in no database."""
    lan = replace(lan, uploads_in_database=False)
    form_id = written(lan)
    (lan.uploads / "khach.list").unlink()
    with pytest.raises(Refused, match="upload it again"):
        drafting.plan(lan, form_id)
    other = tmp_path / "again.csv"
    other.write_text("phone\n" + "".join(f"09000001{n:02d}\n" for n in range(60)))
    form = drafting.replace_list(lan, form_id, other, "again.csv")
    assert form.entered.text == "[QC] LOA giam 20%"
    assert drafts.plan(lan, drafting.plan(lan, form_id)) is CampaignStatus.DRAFT


def test_another_web_host_goes_on_with_the_list_that_one_took_in(loa: World, lan: Deps, tmp_path: Path):
    """The hosts share the database and no folder, and a proxy sends a person to any of them."""
    form_id = written(lan)
    # What another host does not see.
    (lan.uploads / "khach.list").unlink()
    other = replace(lan, uploads=tmp_path / "other host/uploads")
    assert forms.look(other, form_id).readable
    drafting.enter(other, form_id, phone_column="1")
    assert drafts.plan(other, drafting.plan(other, form_id)) is CampaignStatus.DRAFT
    # Back on the first one.
    drafting.enter(lan, form_id, text="[QC] LOA giam 30%")
    made = drafting.plan(lan, form_id)
    assert drafts.plan(lan, made) is CampaignStatus.DRAFT
    assert overview.one(lan, made).campaign.valid == 60
    drafting.discard(other, form_id)
    with loa.deps.sessions() as session:
        assert session.execute(text("SELECT count(*) FROM form_piece")).scalar_one() == 0
