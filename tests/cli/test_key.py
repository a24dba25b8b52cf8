"""The key commands show a key once and keep only its hash."""

import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.cli.terminal import Terminal
from worker.engine import embedded
from worker.services.operations.api_keys import hashed


def rows(terminal: Terminal, sql: str) -> list[tuple[object, ...]]:
    found = embedded.find(terminal.folder / "var")
    assert found is not None
    assert found.database_url is not None
    engine = create_engine(found.database_url)
    with engine.connect() as connection:
        answer = [tuple(row) for row in connection.execute(text(sql))]
    engine.dispose()
    return answer


def test_a_key_is_shown_once_and_kept_as_a_hash(terminal: Terminal) -> None:
    said = terminal.loa("key", "create", "--scope", "read", "--scope", "otp", "--name", "shop", "--json")
    assert said.code == 0, said
    made = said.document
    assert set(made) == {"id", "key", "scopes", "name", "test"}
    assert made["key"].startswith("loa_")
    assert len(made["key"]) > 40
    assert made["scopes"] == ["otp", "read"]
    assert rows(terminal, f"SELECT hash FROM api_key WHERE id = '{made['id']}'") == [(hashed(made["key"]),)]
    (listed,) = [one for one in terminal.loa("key", "list", "--json").document if one["id"] == made["id"]]
    assert (listed["name"], listed["scopes"], listed["revoked_at"]) == ("shop", ["otp", "read"], None)
    assert made["key"] not in terminal.loa("key", "list").out


def test_a_key_may_end_by_itself_and_the_list_says_when(terminal: Terminal) -> None:
    made = terminal.loa("key", "create", "--scope", "read", "--expires", "90d", "--json").document
    ends = datetime.fromisoformat(made["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=89, hours=23) < ends <= timedelta(days=90)
    (listed,) = [one for one in terminal.loa("key", "list", "--json").document if one["id"] == made["id"]]
    assert (listed["expires_at"], listed["last_used_at"]) == (made["expires_at"], None)
    said = terminal.loa("key", "create", "--scope", "read", "--expires", "yesterday")
    assert (said.code, "--expires" in said.err) == (2, True)


def test_a_person_sees_the_key_and_that_it_is_shown_this_once(terminal: Terminal) -> None:
    said = terminal.loa("key", "create", "--scope", "admin")
    assert said.code == 0
    assert said.out.startswith("loa_")
    assert "shown this once" in said.out


def test_a_key_is_revoked_once(terminal: Terminal) -> None:
    made = terminal.loa("key", "create", "--scope", "otp", "--json").document
    said = terminal.loa("key", "revoke", made["id"], "--json")
    assert said.code == 0, said
    assert said.document["revoked_at"] is not None
    again = terminal.loa("key", "revoke", made["id"])
    assert (again.code, again.err) == (1, f"Key {made['id']} was revoked before.\n")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("create",), 2),
        (("create", "--scope", "everything"), 2),
        (("create", "--scope", "otp", "--name", "x" * 101), 2),
        (("revoke", "00000000-0000-4000-8000-000000000000"), 1),
        (("revoke", "loa_not-an-id-but-a-key"), 2),
    ],
)
def test_wrong_words_are_one_sentence_without_the_key(terminal: Terminal, words: tuple[str, ...], code: int) -> None:
    said = terminal.loa("key", *words)
    assert (said.code, said.err.count("\n")) == (code, 1), said
    assert "loa_not" not in said.err


def test_a_celery_producer_is_told_where_the_broker_is_and_by_which_key_it_seals(
    terminal: Terminal, tmp_path: Path
) -> None:
    # In a folder where no test before has started anything.
    said = Terminal(tmp_path, {}).loa("key", "celery")
    assert said.code != 0
    assert "`loa up` starts one" in said.err
    there = replace(terminal, settings={**terminal.settings, "LOA_REDIS_URL": "redis://:a'b@broker:6379/0"})
    found = there.loa("key", "celery", "--json").document
    assert found["LOA_REDIS_URL"] == "redis://:a'b@broker:6379/0"
    assert found["LOA_SECRET_KEY"] == (terminal.folder / "var/secret.key").read_text().strip()
    shown = there.loa("key", "celery").out
    read = subprocess.run(
        ["sh", "-c", f'{shown}\nprintf %s "$LOA_REDIS_URL"'], capture_output=True, text=True, check=True
    )
    assert read.stdout == "redis://:a'b@broker:6379/0"
