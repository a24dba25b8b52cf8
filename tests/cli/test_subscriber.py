"""One person's data on the command line: shown and erased in words that a person can read."""

from tests.cli.terminal import Terminal

PHONE = "0900000471"


def test_what_is_kept_and_what_was_erased_is_said_in_words(terminal: Terminal) -> None:
    for words in (("add", PHONE), ("remove", PHONE), ("add", PHONE)):
        assert terminal.loa("suppress", *words).code == 0
    first = terminal.loa("subscriber", "erase", PHONE)
    assert (first.code, first.out) == (1, "Kept of it: 2 entries of the suppression list.\n")
    assert "add --yes" in first.err
    done = terminal.loa("subscriber", "erase", PHONE, "--yes")
    assert done.out.splitlines() == [
        "1 ended entry of the suppression list erased.",
        "The number stays on the suppression list, so that its refusal is honoured.",
    ]
    shown = terminal.loa("subscriber", "show", PHONE).out
    assert "1 ended entry of the suppression list erased" in shown
    assert "kept without the number: by cli, since" in shown
    assert "{" not in shown
    assert terminal.loa("subscriber", "erase", PHONE, "--yes").out.startswith("Nothing erased.")
    assert terminal.loa("suppress", "remove", PHONE).code == 0
