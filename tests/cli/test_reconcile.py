"""What `loa reconcile` tells a person: a table, every row in a file, one document for programs, an exit code."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.cli.terminal import Terminal
from tests.environment import esms, servers
from tests.world import Numbers, World
from worker.services import reconcile
from worker.services.reconcile import balances


@pytest.fixture
def terminal(loa: World, tmp_path: Path) -> Terminal:
    """A shell that knows the database, the Redis and the sandbox of `loa`, whose campaign of 30 numbers is accepted."""
    sandbox = loa.sandbox
    settings = {
        **esms(sandbox.esms_url),
        **servers(loa.loa.database_url, loa.loa.redis_url),
        "LOA_LOOKUP_DELAY_S": "0",
    }
    loa.clock.moment = datetime.now(UTC)
    return Terminal(tmp_path, settings)


def care(loa: World, path: Path) -> None:
    """All of its texts are accepted; one that found no connection in time, on a busy machine, is called again."""
    made = loa.create(path, kind="care", text="Don hang cua ban da gui")
    for _ in range(5):
        loa.go()
        if set(loa.counts(made)) == {"accepted"}:
            return
        loa.clock.tick(seconds=2)
    pytest.fail(f"not all were accepted: {loa.counts(made)}")


def test_agreement_is_one_clear_sentence(terminal: Terminal, loa: World, numbers: Numbers) -> None:
    care(loa, numbers(30))
    said = terminal.loa("reconcile")
    assert (said.code, said.err) == (0, "")
    assert "no differences (30 numbers of ours, 30 in its record)" in said.out
    assert "Note: money cannot be compared: fewer than two balances" in said.out


def test_differences_are_summed_up_and_the_first_are_shown(
    terminal: Terminal, loa: World, numbers: Numbers, tmp_path: Path
) -> None:
    care(loa, numbers(30))
    with loa.deps.sessions.begin() as session:
        session.execute(text("UPDATE recipient SET state = 'failed'"))
    said = terminal.loa("reconcile", "--csv", tmp_path / "all.csv")
    assert (said.code, said.err) == (0, f"30 differences written to {tmp_path / 'all.csv'}\n")
    assert "The first 20 differences:" in said.out
    (summed,) = [line.split() for line in said.out.splitlines() if line.startswith("state ")]
    assert summed[1:4] == ["30", "10,350", "VND"]
    with (tmp_path / "all.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 30
    assert {(row["kind"], row["ours"], row["theirs"]) for row in rows} == {("state", "failed", "delivered")}


def test_programs_get_one_document(terminal: Terminal, loa: World, numbers: Numbers) -> None:
    care(loa, numbers(3))
    with loa.deps.sessions.begin() as session:
        session.execute(text("UPDATE recipient SET state = 'failed' WHERE phone = 84900000001"))
    said = terminal.loa("reconcile", "--json", "--provider", "esms")
    assert (said.code, said.err) == (0, "")
    (run,) = said.document["runs"]
    assert run["counts"] == {"state": {"rows": 1, "numbers": 1, "money": 345}}
    assert (run["provider"], run["state"], run["ours"], run["theirs"]) == ("esms", "done", 2, 3)
    assert run["from"].endswith("T00:00:00+07:00")
    (row,) = said.document["differences"]
    assert (row["phone"], row["kind"], row["money"]) == ("0900000001", "state", 345)
    assert said.document["total"] == 1


def test_a_period_and_csv_on_stdout(terminal: Terminal, loa: World, numbers: Numbers) -> None:
    loa.sandbox.set(sent_data_after_s=3600.0)
    care(loa, numbers(3))
    said = terminal.loa("reconcile", "--csv", "-")
    assert (said.code, len(said.out.splitlines())) == (0, 4)
    past = terminal.loa("reconcile", "--from", "2026-01-01", "--to", "2026-01-02T00:00", "--csv", "-")
    assert (past.code, len(past.out.splitlines())) == (0, 1)


def test_what_the_night_found_is_shown_in_the_morning(
    terminal: Terminal, loa: World, numbers: Numbers, tmp_path: Path
) -> None:
    nothing = terminal.loa("reconcile", "--last")
    assert (nothing.code, nothing.out) == (1, "")
    assert "Nothing was compared so far" in nothing.err

    care(loa, numbers(3))
    for state in ("accepted", "failed"):
        with loa.deps.sessions.begin() as session:
            session.execute(text("UPDATE recipient SET state = :state"), {"state": state})
        (night,) = reconcile.reconcile(loa.deps, provider="esms")
        loa.clock.tick(seconds=1)
    loa.sandbox.fault(function="*", do="status", status=500, times=-1)
    morning = terminal.loa("reconcile", "--last", "--csv", tmp_path / "all.csv")
    rows = sum(one["rows"] for one in night.counts.values())
    assert (morning.code, morning.err) == (0, f"{rows} differences written to {tmp_path / 'all.csv'}\n")
    assert "Compared " in morning.out
    (run,) = terminal.loa("reconcile", "--last", "--json").document["runs"]
    assert (run["id"], run["counts"]["state"]["rows"]) == (str(night.id), 3)
    assert terminal.loa("reconcile", "--last", "--from", "2026-03-02").code == 2


def test_a_record_that_cannot_be_read_is_named(terminal: Terminal) -> None:
    said = terminal.loa("reconcile", LOA_ESMS_SECRET_KEY="wrong-word")
    assert said.code == 1
    assert said.err.startswith("eSMS did not tell its record: ")
    assert "not compared" in said.out
    assert "wrong-word" not in said.out + said.err


@pytest.mark.parametrize(
    "words",
    [
        ("--from", "yesterday"),
        ("--from", "2026-03-02", "--to", "2026-03-01"),
        ("--provider", "viettel"),
        ("--csv", "-", "--json"),
    ],
)
def test_wrong_words_are_one_sentence(terminal: Terminal, words: tuple[str, ...]) -> None:
    said = terminal.loa("reconcile", *words)
    assert (said.code, said.out if "--json" not in words else "", said.err.count("\n")) == (2, "", 1)


def test_the_list_of_providers_has_the_last_balance_with_its_age(terminal: Terminal, loa: World) -> None:
    loa.sandbox.set(balance=7_654_321)
    balances.refresh(loa.deps)
    said = terminal.loa("provider", "list", "--json")
    rows = {row["name"]: row["balance"] for row in said.document}
    assert rows["fpt"] is None
    assert (rows["esms"]["amount"], rows["esms"]["unit"]) == (7_654_321, "VND")
    assert 0 <= rows["esms"]["age_s"] < 60
    assert "7,654,321 VND, just now" in " ".join(terminal.loa("provider", "list").out.split())
