"""Where Loa keeps its data is found, and a command that only reads begins no second Loa in another folder."""

import os
from pathlib import Path

import pytest
from platformdirs import user_data_path

from tests.cli.terminal import Terminal
from worker.config import data_dir


def used(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "users.lock").touch()
    return folder


def test_the_nearest_folder_that_loa_used_is_taken(tmp_path: Path) -> None:
    upper, lower = used(tmp_path / "var"), used(tmp_path / "shop" / "var")
    (tmp_path / "shop" / "march" / "var").mkdir(parents=True)  # somebody else's: nothing of Loa's in it
    assert data_dir.find(tmp_path / "shop" / "march", tmp_path / "nowhere") == lower
    assert data_dir.find(tmp_path / "office", tmp_path / "nowhere") == upper


def test_the_checkout_comes_before_the_users_folder(tmp_path: Path) -> None:
    checkout = tmp_path / "loa"
    for name in data_dir.CHECKOUT:
        (checkout / name).mkdir(parents=True)
    elsewhere = tmp_path / "lists"
    assert data_dir.find(elsewhere, checkout) == checkout / "var"
    assert data_dir.find(elsewhere, tmp_path / "site-packages") == user_data_path("loa")


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make another user's folder")
def test_another_users_folder_is_not_taken(tmp_path: Path) -> None:
    os.chown(used(tmp_path / "var"), 65534, 65534)
    assert data_dir.find(tmp_path, tmp_path / "nowhere") == user_data_path("loa")


READERS = [["campaign", "list"], ["otp", "show", "5f0c1d3e-8a51-4c53-9d2b-6d3d3a0f9a11"]]


def test_a_command_that_only_reads_makes_no_database_and_says_where_it_looked(tmp_path: Path) -> None:
    """CASES C19."""
    home = tmp_path / "home"
    for words in READERS:
        # From the checkout that the tests run in, the folder would be found: name one that is empty.
        said = Terminal(tmp_path, {"LOA_DATA_DIR": str(home)}).loa(*words)
        assert said.code == 1
        assert str(home) in said.err
        assert "loa up" in said.err
    assert list(tmp_path.iterdir()) == [], "nothing was made"


def test_doctor_looks_without_making_anything(tmp_path: Path) -> None:
    home = tmp_path / "home"
    said = Terminal(tmp_path, {"LOA_DATA_DIR": str(home)}).loa("doctor")
    assert f"none yet in {home}" in said.out
    assert list(tmp_path.iterdir()) == []


def test_a_command_below_a_folder_of_loas_finds_what_is_there(tmp_path: Path, terminal: Terminal) -> None:
    (tmp_path / "var").symlink_to(terminal.folder / "var")
    (tmp_path / "lists").mkdir()
    said = Terminal(tmp_path / "lists", {"LOA_DATA_DIR": ""}).loa("campaign", "list", "--json")
    assert said.code == 0, said
