"""The door of Celery: what a producer may ask for, and what lies in Redis of it."""

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest
from celery import signals
from celery.exceptions import Reject
from sqlalchemy import text
from structlog.testing import capture_logs

from tests.world import World
from worker import tasks, wiring
from worker.cli.campaign import show
from worker.errors import Misuse, NotFound, Refused
from worker.services.operations import refused_tasks
from worker.services.planning import drafts, enqueue
from worker.storage import database

WISH = {"provider": "esms", "sender": "LOA", "kind": "ads", "text": "[QC] Giam gia 20%"}


@pytest.fixture
def process(loa: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The world as this process's wiring, which a task asks for."""
    loa.loa.__dict__["deps"] = loa.deps
    monkeypatch.setattr(wiring, "process", lambda: loa.loa)
    return loa


def campaigns(loa: World) -> list[tuple[str, str]]:
    with loa.deps.sessions() as session:
        return [tuple(row) for row in session.execute(text("SELECT status, key FROM campaign")).all()]


def test_a_task_that_is_delivered_twice_is_one_campaign_and_its_list_stays(process: World, numbers):
    path = numbers(30)
    for _ in range(2):
        tasks.enqueue_campaign.apply(kwargs={**WISH, "list_path": str(path)}, task_id="abc", throw=True)
    assert campaigns(process) == [("draft", "celery:abc")]
    (enqueued,) = process.task_queue.plans
    tasks.plan_campaign(str(enqueued))
    assert campaigns(process) == [("scheduled", "celery:abc")]
    assert path.exists()


def test_the_producer_s_own_key_counts_over_tasks(process: World, numbers):
    for task in ("abc", "def"):
        tasks.enqueue_campaign.apply(
            kwargs={**WISH, "list_path": str(numbers(30)), "key": "march"}, task_id=task, throw=True
        )
    assert campaigns(process) == [("draft", "march")]


@pytest.mark.parametrize(
    ("task", "wanted"),
    [
        (
            tasks.send_otp,
            lambda loa, _: {"sealed": loa.deps.sealer().seal_request({"phone": "0900000001", "text": "Ma 1"})},
        ),
        (tasks.send_otp, lambda *_: {"phone": "0900000001"}),
        (tasks.enqueue_campaign, lambda _, path: {**WISH, "list_path": path}),
    ],
)
def test_a_task_goes_back_to_its_queue_while_the_database_is_away(
    process: World, numbers, monkeypatch: pytest.MonkeyPatch, task, wanted
):
    """What it asks for lies nowhere else: no row stands for it yet, from which a sweep could enqueue it again."""
    kwargs = wanted(process, str(numbers(30)))
    nobody_listens = database.sessions(database.connect("postgresql+psycopg://loa@127.0.0.1:1/loa"), process.clock.now)
    monkeypatch.setattr(tasks, "LOOK_AGAIN_S", 0.0)
    monkeypatch.setitem(process.loa.__dict__, "deps", replace(process.deps, sessions=nobody_listens))
    came = task.apply(kwargs=kwargs, task_id="8d1f7a52-6c1d-4d8a-9a43-0c8a6a0f1f01")
    assert isinstance(came.result, Reject)
    assert came.result.requeue


def test_a_task_of_no_name_of_ours_leaves_its_reason_too(loa: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(wiring, "briefly", lambda: nullcontext(loa.loa))
    loa.loa.__dict__["deps"] = loa.deps
    signals.task_unknown.send(sender=None, name="loa.send_opt", id="8d1f", message=None, exc=None)
    said = refused_tasks.explain(loa.deps, "8d1f", NotFound("message", "8d1f"))
    assert "loa.send_otp and loa.enqueue_campaign" in str(said)
    assert "send_opt " not in str(said)


def test_a_campaign_is_found_by_the_id_of_its_task_and_by_its_producer_s_key(process: World, numbers):
    task = "8d1f7a52-6c1d-4d8a-9a43-0c8a6a0f1f01"
    tasks.enqueue_campaign.apply(kwargs={**WISH, "list_path": str(numbers(30))}, task_id=task, throw=True)
    more = {**WISH, "list_path": str(numbers(31)), "key": "march"}
    tasks.enqueue_campaign.apply(kwargs=more, task_id="def", throw=True)
    assert show.found(process.deps, task).campaign.key == f"celery:{task}"
    assert show.found(process.deps, "march").campaign.key == "march"
    for unknown in ("8d1f7a52-6c1d-4d8a-9a43-0c8a6a0f1f02", "april"):
        with pytest.raises((NotFound, Misuse), match=unknown):
            show.found(process.deps, unknown)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"recipients": "0900000001"}, "recipients"),
        ({"phones": ["0900000001"]}, "phones"),
        ({"text": None}, "text"),
        ({"text": ""}, "text"),
        ({"list_path": ["0900000001"]}, "list_path"),
        ({"list_path": "relative.csv"}, "list_path"),
        ({"provider": "viettel"}, "viettel"),
        ({"kind": "spam"}, "spam"),
        ({"name": "0900000001\0"}, "name"),
        ({"sender": "LOA\x1b[2J"}, "sender"),
        ({"name": "a\nb"}, "name"),
        ({"text": "[QC] a\0b"}, "text"),
    ],
)
def test_a_wrong_argument_is_named_and_never_what_it_holds(loa: World, numbers, change, named):
    with pytest.raises(Misuse, match=named) as fault:
        enqueue.enqueue_campaign(loa.deps, {**WISH, "list_path": str(numbers(20)), **change}, "k")
    assert "0900000001" not in str(fault.value)
    assert campaigns(loa) == []


def test_a_list_that_is_not_there_is_refused(loa: World, tmp_path):
    with pytest.raises(Refused, match="worker-plan"):
        enqueue.enqueue_campaign(loa.deps, {**WISH, "list_path": str(tmp_path / "gone.csv")}, "k")


def test_a_refused_request_is_a_line_of_the_log_without_a_number(process: World):
    with capture_logs() as lines:
        tasks.enqueue_campaign.apply(args=["0900000001"], task_id="a", throw=True)
        tasks.enqueue_campaign.apply(kwargs={**WISH, "recipients": ["0900000001"]}, task_id="b", throw=True)
    assert [line["event"] for line in lines] == ["campaign_refused"] * 2
    assert "recipients" in lines[1]["reason"]
    assert "0900000001" not in str(lines)
    assert campaigns(process) == []


def test_a_list_that_goes_before_it_is_planned_fails_its_campaign(loa: World, numbers):
    path = numbers(30)
    made = enqueue.enqueue_campaign(loa.deps, {**WISH, "list_path": str(path)}, "k")
    path.unlink()
    assert drafts.plan(loa.deps, made.campaign.id) == "failed"


def test_a_list_is_read_from_the_folders_that_are_named_only(loa: World, numbers, tmp_path: Path):
    inside, outside = tmp_path / "lists", tmp_path / "elsewhere"
    for folder in (inside, outside):
        folder.mkdir()
        (folder / "a.csv").write_text(numbers(30).read_text())
    (inside / "link.csv").symlink_to(outside / "a.csv")
    (tmp_path / "lists-too").mkdir()
    loa.change(list_folders=(inside,))

    def ask(path: Path | str, key: str = ""):
        return enqueue.enqueue_campaign(loa.deps, {**WISH, "list_path": str(path)}, key or str(path))

    assert ask(inside / "a.csv").campaign.list_name == "a.csv"
    for path in (
        outside / "a.csv",
        inside / "link.csv",
        f"{inside}/../elsewhere/a.csv",
        tmp_path / "lists-too" / "a.csv",
        "/etc/passwd",
        "/etc/no-such-file",
    ):
        with pytest.raises(Refused, match="LOA_LIST_FOLDERS") as fault:
            ask(path)
        assert fault.value.rule == "list_outside", path
    loa.deps.uploads.mkdir()
    (loa.deps.uploads / "b.csv").write_text(numbers(30).read_text())
    assert ask(loa.deps.uploads / "b.csv").campaign.list_name == "b.csv"
    loa.change(list_folders=())
    assert ask(outside / "a.csv").campaign.list_name == "a.csv", "without a setting any file will do"


def test_a_list_that_became_a_link_since_it_was_taken_in_is_not_read(loa: World, numbers, tmp_path: Path):
    inside = tmp_path / "lists"
    inside.mkdir()
    (inside / "a.csv").write_text(numbers(30).read_text())
    loa.change(list_folders=(inside,))
    drafted = enqueue.enqueue_campaign(loa.deps, {**WISH, "list_path": str(inside / "a.csv")}, "a")
    (inside / "a.csv").unlink()
    (inside / "a.csv").symlink_to("/etc/passwd")
    assert drafts.plan(loa.deps, drafted.campaign.id) == "failed"
    assert campaigns(loa) == [("failed", "a")]
