"""Whoever gets `loa` wrong reads one sentence, with an exit code that tells whose fault it was."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.terminal import Said, Terminal


def one_sentence(said: Said, code: int) -> str:
    """The sentence, once it is sure that there is nothing else."""
    assert said.code == code, said
    assert said.out == ""
    assert "Traceback" not in said.err
    lines = said.err.splitlines()
    assert len(lines) == 1, said.err
    return lines[0]


def a_folder(folder: Path) -> Path:
    path = folder / "a folder"
    path.mkdir()
    return path


def a_binary(folder: Path) -> Path:
    path = folder / "photo.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(range(256)) * 50)
    return path


def empty(folder: Path) -> Path:
    path = folder / "empty.csv"
    path.write_text("")
    return path


def header_only(folder: Path) -> Path:
    path = folder / "header.csv"
    path.write_text("name,phone\n")
    return path


@pytest.mark.parametrize(
    ("list_of", "word"),
    [
        pytest.param(lambda folder: folder / "nowhere.csv", "nowhere.csv", id="a file that is not there"),
        pytest.param(a_folder, "folder", id="a folder"),
        pytest.param(a_binary, "photo.jpg", id="a photo"),
        pytest.param(empty, "empty", id="an empty file"),
        pytest.param(header_only, "header.csv", id="a header without a row"),
    ],
)
def test_a_file_that_is_no_list_is_one_sentence_that_names_it(
    terminal: Terminal,
    create: Callable[..., list[str | Path]],
    tmp_path: Path,
    list_of: Callable[[Path], Path],
    word: str,
) -> None:
    said = terminal.loa(*create(list_of(tmp_path)))
    assert word in one_sentence(said, said.code)
    assert said.code in {1, 2}


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        pytest.param({"provider": "esm"}, 2, "'esm'", id="a provider that does not exist"),
        pytest.param({"kind": "foo"}, 2, "foo", id="a kind that does not exist"),
        pytest.param({"at": "tomorrow"}, 2, '"tomorrow" is not a date', id="a date that is none"),
        pytest.param({"text": "(QC) " + "a" * 500}, 1, "422", id="a text that is too long"),
        pytest.param({"text": "LOA giam gia"}, 1, "must begin with", id="an ad without its label"),
        pytest.param({"sender": None}, 2, "--sender", id="an option left out"),
        pytest.param({"colour": "red"}, 2, "--colour", id="an option that does not exist"),
    ],
)
def test_a_wrong_word_is_one_sentence_that_names_it(
    terminal: Terminal,
    create: Callable[..., list[str | Path]],
    people: Callable[..., Path],
    changes: dict[str, str | None],
    code: int,
    words: str,
) -> None:
    assert words in one_sentence(terminal.loa(*create(people(20), **changes)), code)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        pytest.param(["campain"], 2, "campaign", id="a command that does not exist"),
        pytest.param(["campaign", "show", "42"], 2, "'42'", id="an id that is none"),
        pytest.param(
            ["campaign", "cancel", "5f0c1d3e-8a51-4c53-9d2b-6d3d3a0f9a11"], 1, "no campaign", id="nobody's id"
        ),
        pytest.param(["migrate", "--to", "99"], 2, "'99'", id="a migration that does not exist"),
    ],
)
def test_other_commands_answer_in_one_sentence_too(terminal: Terminal, words: list[str], code: int, said: str) -> None:
    assert said in one_sentence(terminal.loa(*words), code)


def test_a_database_that_is_gone_is_one_sentence_without_its_password(terminal: Terminal) -> None:
    url = "postgresql+psycopg://loa:open-sesame@127.0.0.1:1/loa"
    sentence = one_sentence(terminal.loa("campaign", "list", LOA_DATABASE_URL=url), 1)
    assert "PostgreSQL" in sentence
    assert "start it or wait for it" in sentence
    assert "open-sesame" not in sentence


def test_the_trace_is_there_for_whoever_asks_for_it(terminal: Terminal) -> None:
    url = "postgresql+psycopg://loa:open-sesame@127.0.0.1:1/loa"
    said = terminal.loa("campaign", "list", LOA_DATABASE_URL=url, LOA_LOG_LEVEL="DEBUG")
    assert said.code == 1
    assert "Traceback" in said.err
    assert "open-sesame" not in said.err


def test_programs_get_the_fault_as_their_one_document(terminal: Terminal) -> None:
    said = terminal.loa("campaign", "show", "5f0c1d3e-8a51-4c53-9d2b-6d3d3a0f9a11", "--json")
    assert said.code == 1
    assert said.document["error"]["rule"] == "not_found"
    assert said.document["error"]["sentence"] == said.err.strip()


def test_all_settings_that_cannot_work_are_named_at_once(terminal: Terminal) -> None:
    said = terminal.loa("campaign", "list", LOA_LEASE_S="-1", LOA_ESMS_TIMEOUT_S="soon")
    assert said.code == 2
    assert "LOA_LEASE_S" in said.err
    assert "LOA_ESMS_TIMEOUT_S" in said.err
