"""A file that a command writes is there whole or not at all."""

from pathlib import Path

import pytest

from worker.cli import files
from worker.errors import Refused


def test_what_was_there_stays_until_the_new_file_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    path.write_text("the last one")

    def write_half() -> None:
        with files.whole(str(path)) as file:
            file.write("half of it")
            file.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_half()
    assert path.read_text() == "the last one"
    assert list(tmp_path.iterdir()) == [path]
    with files.whole(str(path)) as file:
        file.write("the new one")
    assert path.read_text() == "the new one"


def test_a_link_and_a_device_stay_what_they_are(tmp_path: Path) -> None:
    target, link = tmp_path / "target.csv", tmp_path / "link.csv"
    target.write_text("")
    link.symlink_to(target)
    with files.whole(str(link)) as file:
        file.write("through the link")
    assert link.is_symlink()
    assert target.read_text() == "through the link"
    with files.whole("/dev/null") as file:
        file.write("gone")
    assert not Path("/dev/null").is_file()


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="does not exist"), files.whole(str(tmp_path / "no" / "report.csv")):
        pass


def test_others_may_read_it_as_their_umask_says(tmp_path: Path) -> None:
    plain, made = tmp_path / "plain", tmp_path / "made"
    plain.write_text("")
    with files.whole(str(made)):
        pass
    assert made.stat().st_mode == plain.stat().st_mode
