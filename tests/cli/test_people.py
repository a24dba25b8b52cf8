"""What `loa user` and `loa audit` show, and as whom a command acts."""

import getpass

import pytest

from tests.cli.terminal import Terminal

PASSWORD = "correct horse battery"


def test_a_user_is_added_with_a_password_that_is_shown_once(terminal: Terminal) -> None:
    said = terminal.loa("user", "add", "mai", "--role", "marketer", "--json")
    assert said.code == 0, said
    assert set(said.document) == {"name", "role", "password"}
    assert (said.document["name"], said.document["role"]) == ("mai", "marketer")
    assert len(said.document["password"]) >= 12
    listed = terminal.loa("user", "list", "--json")
    (mai,) = [one for one in listed.document if one["name"] == "mai"]
    assert (mai["role"], mai["disabled_at"]) == ("marketer", None)
    assert said.document["password"] not in listed.out
    again = terminal.loa("user", "add", "MAI", "--role", "admin")
    assert (again.code, again.err.count("\n")) == (1, 1)
    assert terminal.loa("user", "disable", "mai", "--json").document["disabled_at"] is not None
    assert terminal.loa("user", "add", "tu", "--role", "boss").code == 2


def test_a_password_from_stdin_is_the_password_and_commands_act_as_its_user(terminal: Terminal) -> None:
    given = terminal.loa("user", "add", "dao", "--role", "operator", "--json", stdin=PASSWORD + "\n")
    assert (given.code, given.document["password"]) == (0, None), given
    refused = terminal.loa("user", "list", stdin=PASSWORD + "\n", LOA_USER="dao")
    assert (refused.code, refused.err) == (
        1,
        "dao has the role operator and may not do that: it takes the role admin.\n",
    )
    wrong = terminal.loa("user", "list", stdin="not it\n", LOA_USER="dao")
    assert (wrong.code, wrong.err) == (1, "The name or the password is wrong.\n")
    key = terminal.loa("key", "create", "--user", "dao", "--json").document
    assert (key["user"], key["scopes"]) == ("dao", ["otp", "campaigns", "read"])
    by_key = terminal.loa("audit", "--json", LOA_USER_KEY=key["key"])
    assert by_key.code == 0, by_key
    who = {(one["who"], one["act"]) for one in by_key.document}
    assert (f"cli:{getpass.getuser()}", "user.add") in who
    for settings in ({"LOA_USER_KEY": "loa_unknown"}, {"LOA_USER_KEY": key["key"], "LOA_USER": "mai"}):
        assert terminal.loa("audit", **settings).code in {1, 2}


def test_the_log_is_shown_written_and_verified(terminal: Terminal) -> None:
    terminal.loa("user", "add", "chi", "--role", "admin", "--json")
    found = terminal.loa("audit", "verify", "--json")
    assert found.code == 0, found
    assert found.document["ok"]
    assert found.document["entries"] >= 1
    assert terminal.loa("audit", "verify", "--expect", found.document["head"]).code == 0
    forged = found.document["head"][:-1] + ("0" if found.document["head"][-1] != "0" else "1")
    said = terminal.loa("audit", "verify", "--expect", forged)
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert "rewritten" in said.err
    assert terminal.loa("audit", "verify", "--expect", "nonsense").code == 2
    written = terminal.loa("audit", "--from", "2020-01-01", "--csv", "log.csv")
    assert written.code == 0, written
    assert "user.add" in (terminal.folder / "log.csv").read_text()
    assert terminal.loa("audit", "--to", "2020-01-01", "--json").document == []


@pytest.mark.parametrize("words", [("reset", "nobody"), ("disable", "nobody"), ("role", "nobody", "--role", "admin")])
def test_nobody_is_not_found(terminal: Terminal, words: tuple[str, ...]) -> None:
    said = terminal.loa("user", *words)
    assert (said.code, said.err) == (1, "There is no user nobody.\n")
