"""A workbook is read by a process of its own: what it costs, what it may, and what is said when it ends too early."""

import os
import resource
import signal
import subprocess
import sys

import pytest

from tests.lists.books import MAIN, an_xlsx, environment_of
from worker.errors import Refused, Unavailable
from worker.lists import open_list
from worker.lists.workbook import wire


@pytest.fixture
def book(tmp_path):
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>{900000000 + n}</v></c></row>' for n in range(1, 100_001))
    return an_xlsx(tmp_path / "list.xlsx", f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>')


def reader_of(found):
    process = found._source._process
    assert process is not None
    return process


def test_the_process_has_limits_no_settings_and_ends_with_the_list(book, monkeypatch):
    monkeypatch.setenv("LOA_SECRET_KEY", "a secret")
    with open_list(book) as found:
        process = reader_of(found)
        environment = environment_of(process.pid)
        limits = resource.prlimit(process.pid, resource.RLIMIT_AS), resource.prlimit(process.pid, resource.RLIMIT_CPU)
        assert sum(1 for _ in found.rows()) == 100_000
    assert not any(name.startswith("LOA_") for name in environment)
    assert [soft for soft, _ in limits] == [wire.MOST_MEMORY_BYTES, wire.MOST_CPU_SECONDS]
    assert process.returncode is not None


def test_rows_can_be_read_again_and_in_part(book):
    with open_list(book) as found:
        for _ in range(2):
            rows = found.rows()
            assert [next(rows)[0] for _ in range(3)] == [1, 2, 3]
        assert sum(1 for _ in found.rows()) == 100_000
        assert sum(1 for _ in found.rows()) == 100_000
        assert found.progress() == 1.0


def test_a_signal_that_means_the_worker_does_not_end_the_reading(book):
    with open_list(book) as found:
        rows = found.rows()
        next(rows)
        for one in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            os.kill(reader_of(found).pid, one)
        assert sum(1 for _ in rows) == 99_999


def test_a_reader_that_is_killed_from_outside_is_no_fault_of_the_list(book):
    with open_list(book) as found:
        os.kill(reader_of(found).pid, signal.SIGKILL)
        with pytest.raises(Unavailable, match="killed from outside"):
            sum(1 for _ in found.rows())


def test_a_reader_that_has_computed_too_long_costs_one_refused_list(book):
    with open_list(book) as found:
        os.kill(reader_of(found).pid, signal.SIGXCPU)
        with pytest.raises(Refused, match="seconds of computing") as fault:
            sum(1 for _ in found.rows())
    assert fault.value.rule == "file_too_costly"


def test_the_limit_of_memory_is_one_sentence(book, tmp_path, monkeypatch):
    """The same reader with less memory than an interpreter needs for the rows."""
    from worker.lists.workbook import child  # noqa: PLC0415

    small = tmp_path / "small.py"
    small.write_text(
        "from worker.lists.workbook import serve\n"
        "def hungry(*_):\n"
        "    yield {'sheet': 'S', 'notes': []}\n"
        "    bytearray(serve.MOST_MEMORY_BYTES)\n"
        "serve._read = hungry\n"
        "serve.main()\n"
    )
    started = subprocess.Popen
    monkeypatch.setattr(child.subprocess, "Popen", lambda _words, **more: started([sys.executable, str(small)], **more))
    with pytest.raises(Refused, match="within 1024 MB of memory") as fault:
        open_list(book)
    assert fault.value.rule == "file_too_costly"


def test_a_system_that_starts_no_process_is_no_fault_of_the_list(book, monkeypatch):
    from worker.lists.workbook import child  # noqa: PLC0415

    monkeypatch.setattr(child.sys, "executable", "/no/such/program")
    with pytest.raises(Unavailable, match="cannot be started"):
        open_list(book)


def test_a_reader_that_does_not_work_is_no_fault_of_the_list(book, tmp_path, monkeypatch):
    from worker.lists.workbook import child  # noqa: PLC0415

    (tmp_path / "worker").mkdir()
    (tmp_path / "worker" / "__init__.py").touch()
    monkeypatch.setattr(child, "_ROOT", str(tmp_path))
    with pytest.raises(Unavailable, match="a fault of Loa"):
        open_list(book)


def test_it_starts_from_a_daemonic_process(book):
    """As the workers of Celery are, which may have no children of multiprocessing."""
    code = (
        "import multiprocessing, sys\n"
        "from pathlib import Path\n"
        "from worker.lists import open_list\n"
        "def read(path):\n"
        "    with open_list(path) as found:\n"
        "        sys.exit(0 if sum(1 for _ in found.rows()) == 100_000 else 3)\n"
        "context = multiprocessing.get_context('fork')\n"
        "process = context.Process(target=read, args=(Path(sys.argv[1]),), daemon=True)\n"
        "process.start(); process.join(); sys.exit(process.exitcode)\n"
    )
    assert subprocess.run([sys.executable, "-c", code, str(book)], check=False, timeout=120).returncode == 0


def test_rows_that_would_fill_our_own_memory_are_not_received(tmp_path):
    """A text of a million characters in each of many cells of one row: small when packed, and large in the pipe."""
    cells = '<c t="s"><v>0</v></c>' * 100
    sheet = f"<worksheet><sheetData><row><c><v>901234567</v></c></row><row>{cells}</row></sheetData></worksheet>"
    path = an_xlsx(tmp_path / "list.xlsx", sheet, f"<sst><si><t>{'x' * 900_000}</t></si></sst>")
    with pytest.raises(Refused) as fault:
        open_list(path)
    assert fault.value.rule == "file_too_costly"


def test_formats_far_out_in_every_row_cost_nothing(tmp_path):
    rows = "".join(
        f'<row r="{n}"><c r="A{n}"><v>{900000000 + n}</v></c><c r="XFD{n}" s="0"/></row>' for n in range(1, 20_001)
    )
    path = an_xlsx(tmp_path / "list.xlsx", f"<worksheet><sheetData>{rows}</sheetData></worksheet>")
    with open_list(path) as found:
        assert sum(len(cells) for _, cells in found.rows()) == 20_000
