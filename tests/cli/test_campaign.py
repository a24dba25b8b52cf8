"""The campaign commands as a program sees them: their documents, their exit codes, and what they leave stored."""

import csv
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import create_engine, text

from tests.cli.terminal import Terminal
from worker.engine import embedded

Words = Callable[..., list[str | Path]]
People = Callable[..., Path]


def execute(terminal: Terminal, statement: str, **values: object) -> None:
    """Do to the database what a worker would have done."""
    found = embedded.find(terminal.folder / "var")
    assert found is not None
    assert found.database_url is not None
    engine = create_engine(found.database_url)
    with engine.begin() as connection:
        connection.execute(text(statement), values)
    engine.dispose()


def test_create_counts_everything_and_show_and_list_tell_the_same(
    terminal: Terminal, create: Words, people: People
) -> None:
    path = people(30, "+84 90 000 0001", "024 3800 0000", "xem zalo")
    said = terminal.loa(*create(path, name="tet"), "--json")
    assert said.code == 0, said
    made = said.document
    assert {"id", "status", "parts", "batches", "scheduled_for", "cost_estimate"} <= made.keys()
    assert (made["rows"], made["valid"], made["duplicates"], made["invalid"], made["suppressed"]) == (33, 30, 1, 2, 0)
    assert made["refused_by_reason"] == {"fixed_line": 1, "rubbish": 1}
    assert made["status"] == "scheduled"
    assert made["scheduled_for"].endswith("+07:00")
    assert (made["batches"], made["parts"], made["cost_estimate"]) == (1, 1, 30 * 345)

    shown = terminal.loa("campaign", "show", made["id"][:8], "--json").document
    assert shown["name"] == "tet"
    assert shown["counts"] == {
        "planned": 30, "accepted": 0, "delivered": 0, "failed": 0, "rejected": 0, "unknown": 0, "suppressed": 0, "cancelled": 0,
    }  # fmt: skip
    assert shown["batches"] == [{"seq": 1, "size": 30, "state": "planned", "provider_ref": "", "code": "", "words": ""}]
    assert shown["status_reason"] == ""

    listed = terminal.loa("campaign", "list", "--json").document
    assert made["id"] in [one["id"] for one in listed]


def test_people_see_the_counts_the_reasons_and_what_happens_next(
    terminal: Terminal, create: Words, people: People
) -> None:
    said = terminal.loa(*create(people(30, "024 3800 0000")))
    assert said.code == 0, said
    assert "30 in 1 batch" in said.out
    assert "fixed line" in said.out
    assert "if `loa up` runs" in said.out
    assert "\x1b" not in said.out
    assert said.err == ""


def test_a_dry_run_counts_and_stores_nothing(terminal: Terminal, create: Words, people: People) -> None:
    made = terminal.loa(*create(people(25), name="never"), "--dry-run", "--json").document
    assert (made["id"], made["status"], made["valid"]) == (None, "draft", 25)
    assert "never" not in terminal.loa("campaign", "list", "--limit", "500").out


def test_a_key_makes_one_campaign_however_often_it_is_sent(
    terminal: Terminal, create: Words, people: People, tmp_path: Path
) -> None:
    words = [*create(people(25, "8755"), key="order-66"), "--refused", tmp_path / "to-mend.csv", "--json"]
    first, second = (terminal.loa(*words).document for _ in range(2))
    assert first["id"] == second["id"]
    assert (first["repeated"], second["repeated"]) == (False, True)
    assert "short_code" in (tmp_path / "to-mend.csv").read_text()
    other = terminal.loa(*create(people(26), key="order-66"), "--json")
    assert other.code == 1
    assert other.document["error"]["rule"] == "key_conflict"


def test_nineteen_numbers_are_refused_with_counts_and_the_rows_to_mend(
    terminal: Terminal, create: Words, people: People, tmp_path: Path
) -> None:
    to_mend = tmp_path / "to-mend.csv"
    said = terminal.loa(*create(people(19, "0900000001", "8755")), "--refused", to_mend, "--json")
    assert said.code == 1
    counts = {"rows": 21, "valid": 19, "duplicates": 1, "invalid": 1, "suppressed": 0, "minimum": 20}
    assert said.document["error"]["rule"] == "too_few_numbers"
    details = said.document["error"]["details"]
    read = details.pop("list")
    assert (read["header_row"], read["phone_column"]) == (1, "phone")
    assert details == counts
    assert {name: said.document[name] for name in counts} == counts
    assert said.err.count("\n") == 1
    with to_mend.open(newline="") as file:
        assert [(row["row"], row["value"], row["reason"]) for row in csv.DictReader(file)] == [
            ("22", "8755", "short_code")
        ]


def test_a_list_of_refused_rows_is_not_replaced_by_nothing(
    terminal: Terminal, create: Words, people: People, tmp_path: Path
) -> None:
    to_mend = tmp_path / "to-mend.csv"
    to_mend.write_text("the last one")
    assert terminal.loa(*create(people(20), text="no label"), "--refused", to_mend).code == 1
    assert to_mend.read_text() == "the last one"


def test_wait_tells_by_its_exit_code_how_it_ended(terminal: Terminal, create: Words, people: People) -> None:
    made = terminal.loa(*create(people(20)), "--json").document
    assert terminal.loa("campaign", "pause", made["id"], "--json").document == {
        "id": made["id"], "status": "paused", "stopped": 20, "beyond_reach": 0, "unknown": 0,
    }  # fmt: skip
    held = terminal.loa("campaign", "wait", made["id"], "--timeout", "1.2")
    assert held.code == 3
    assert held.err.count("paused by an operator") == 1
    assert "loa up" in held.err

    assert terminal.loa("campaign", "resume", made["id"], "--json").document["status"] == "scheduled"
    assert terminal.loa("campaign", "cancel", made["id"], "--json").document["stopped"] == 20
    ended = terminal.loa("campaign", "wait", made["id"], "--json")
    assert ended.code == 1
    assert (ended.document["status"], ended.document["counts"]["cancelled"]) == ("cancelled", 20)

    execute(terminal, "UPDATE campaign SET status = 'done' WHERE id = :id", id=made["id"])
    assert terminal.loa("campaign", "wait", made["id"]).code == 0


def test_no_output_overwrites_the_list_or_another_output(
    terminal: Terminal, create: Words, people: People, tmp_path: Path
) -> None:
    path = people(20)
    before = Path(path).read_bytes()
    link = tmp_path / "link.csv"
    link.symlink_to(path)
    for target in (path, link):
        said = terminal.loa(*create(path), "--dry-run", "--refused", target)
        assert (said.code, said.err.count("\n")) == (2, 1)
    assert Path(path).read_bytes() == before
    twice = terminal.loa("campaign", "report", "00000000-0000-0000-0000-000000000000", "--csv", link, "--refused", link)
    assert twice.code == 2


def test_a_report_has_every_number_and_every_refused_row(
    terminal: Terminal, create: Words, people: People, tmp_path: Path
) -> None:
    made = terminal.loa(*create(people(20, "0120 0000 001", "0900000001", "8755")), "--json").document
    numbers, refused = tmp_path / "numbers.csv", tmp_path / "refused.csv"
    said = terminal.loa("campaign", "report", made["id"], "--csv", numbers, "--refused", refused)
    assert said.code == 0, said
    with numbers.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 21
    assert rows[0]["phone"] == "0900000000"
    assert (rows[20]["phone"], rows[20]["converted"], rows[20]["state"]) == ("0700000001", "from 11 digits", "planned")
    with refused.open(newline="") as file:
        assert [row["reason"] for row in csv.DictReader(file)] == ["duplicate", "short_code"]

    streamed = terminal.loa("campaign", "report", made["id"], "--csv", "-")
    assert streamed.out.splitlines() == numbers.read_text().splitlines()
    summary = terminal.loa("campaign", "report", made["id"], "--json").document
    assert (summary["cost"], summary["counts"]["planned"]) == (0, 21)


def test_a_persons_word_settles_a_doubtful_batch(terminal: Terminal, create: Words, people: People) -> None:
    made = terminal.loa(*create(people(30)), "--json").document
    batch = "UPDATE batch SET state = 'unknown', provider_message = 'the answer was lost' WHERE campaign_id = :id"
    execute(terminal, batch, id=made["id"])
    execute(terminal, "UPDATE campaign SET status = 'reconciling' WHERE id = :id", id=made["id"])
    shown = terminal.loa("campaign", "show", made["id"])
    assert "--as sent|not-sent" in shown.out.replace("\n", " ")
    said = terminal.loa("campaign", "resolve", made["id"], "--batch", "1", "--as", "sent", "--json")
    assert said.code == 0, said
    assert said.document == {"id": made["id"], "batch": 1, "numbers": 30, "state": "accepted", "status": "done"}
    again = terminal.loa("campaign", "resolve", made["id"], "--batch", "1", "--as", "not-sent")
    assert again.code == 1
    assert "is accepted, not unknown" in again.err
    assert terminal.loa("campaign", "resolve", made["id"], "--batch", "1", "--as", "perhaps").code == 2


def test_a_campaign_over_zalo_is_counted_shown_and_copied(terminal: Terminal, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("phone,customer_name,code\n0900000001,An,DH1\n0900000002,#N/A,DH2\n")
    words = ["campaign", "create", "--provider", "esms", "--kind", "care", "--list", path, "--channel", "zalo"]
    zalo = ["--oa", "436181207180", "--template-id", "200300", "--param", "customer_name", "--param", "order_code=code"]
    made = terminal.loa(*words, *zalo, "--json").document
    assert (made["valid"], made["invalid"], made["parts"], made["cost_estimate"]) == (1, 1, 1, 330)
    shown = terminal.loa("campaign", "show", made["id"], "--json").document
    assert shown["channel"] == "zalo"
    assert [one["column"] for one in shown["template"]["params"]] == ["customer_name", "code"]
    assert "order_code: DH1" in terminal.loa(*words, *zalo, "--dry-run", "--again").out
    copied = terminal.loa("campaign", "copy", made["id"], "--json").document
    assert terminal.loa("campaign", "show", copied["id"], "--json").document["template"] == shown["template"]
    for wrong in ([], ["--oa", "1"], [*zalo, "--text", "Chao"], [*zalo, "--sender", "LOA"]):
        assert terminal.loa(*words, *wrong).code == 2, wrong
