"""A long answer begins before its end is written, and ends with its reader or with its writer's fault."""

import threading
from pathlib import Path

import pytest

from worker.api.download import blocks


def test_it_begins_before_its_end_is_written(tmp_path: Path):
    read_some = threading.Event()

    def write(file, _look):
        file.write("begin" * 10_000)
        file.flush()
        assert read_some.wait(20)
        file.write("end")

    stream = blocks(write, tmp_path / "made")
    first = next(stream)
    read_some.set()
    assert (first + b"".join(stream)).decode() == "begin" * 10_000 + "end"
    assert list((tmp_path / "made").iterdir()) == []


def test_a_fault_breaks_it_off(tmp_path: Path):
    def write(file, _look):
        file.write("some")
        file.flush()
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        list(blocks(write, tmp_path))


def test_a_reader_who_goes_away_ends_the_writing(tmp_path: Path):
    looked = []

    def write(file, look):
        for lines in range(1_000_000):
            file.write("line\n")
            file.flush()
            look(lines)
            looked.append(lines)

    stream = blocks(write, tmp_path)
    next(stream)
    stream.close()
    assert len(looked) < 1_000_000  # perhaps none: the reader may be quicker than the first look
