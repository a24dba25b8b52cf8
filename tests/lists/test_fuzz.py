"""Bytes of real lists, changed by chance: rows or one sentence, whatever comes."""

import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.chance import examples
from tests.lists.books import MAIN, an_xlsb, an_xlsx, limited_memory, read_here
from worker.errors import Refused
from worker.lists import open_list
from worker.lists.workbook.wire import MOST_MEMORY_BYTES

FILES = Path(__file__).parent / "files"
QUIET = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture]}
ROWS = "".join(
    f'<row r="{n}"><c r="A{n}" t="s"><v>{n % 3}</v></c><c r="B{n}" s="1"><v>{n}</v></c>'
    f'<c r="C{n}" t="inlineStr"><is><t>x</t></is></c></row>'
    for n in range(1, 40)
)
CHANGE = st.tuples(
    st.integers(0, 1 << 20),
    st.sampled_from(["put", "cut", "twice"]),
    st.binary(min_size=1, max_size=6),
    st.integers(1, 400),
)


@pytest.fixture(scope="session")
def originals(tmp_path_factory):
    """A real list of each format."""
    folder = tmp_path_factory.mktemp("originals")
    texts = f'<sst xmlns="{MAIN}"><si><t>SĐT</t></si><si><t>0901234567</t></si><si><r><t>09</t></r><r><t>1</t></r></si></sst>'
    styles = f'<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="0"/><xf numFmtId="9"/></cellXfs></styleSheet>'
    an_xlsx(folder / "a.xlsx", f'<worksheet xmlns="{MAIN}"><sheetData>{ROWS}</sheetData></worksheet>', texts, styles)
    people = [["SĐT", "Tên"], *([901234567 + n, f"Nguyễn {n}"] for n in range(20))]
    an_xlsb(folder / "a.xlsb", {"A": people, "B": [["x"]]}, formats=["0%"])
    (folder / "a.csv").write_text("phone,tên\n" + '0901234567,"Nguyễn, A"\n' * 40, encoding="utf-8")
    found = {path.suffix[1:]: path.read_bytes() for path in folder.iterdir()}
    return found | {kind: (FILES / f"people.{kind}").read_bytes() for kind in ("xls", "ods")}


def changed(content: bytes, changes) -> bytes:
    for place, how, what, length in changes:
        at = place % max(1, len(content))
        if how == "put":
            content = content[:at] + what + content[at + len(what) :]
        elif how == "cut":
            content = content[:at] + content[at + length :]
        else:
            content = content[: at + length] + content[at : at + length] + content[at + length :]
    return content


def outcome(read: Callable[[], object]) -> None:
    """Rows, or a Refused, which is what a person reads; all else is a fault of ours."""
    with suppress(Refused):
        read()


def read_list(path: Path) -> int:
    with open_list(path) as found:
        return sum(1 for _ in found.rows())


@pytest.mark.parametrize("kind", ["xlsx", "xlsb", "ods"])
@settings(max_examples=examples(60), **QUIET)
@given(data=st.data())
def test_a_changed_part_of_a_workbook_is_rows_or_a_refusal(tmp_path, originals, kind, data):
    """Changed before it is packed, so that the archive itself is sound."""
    path = tmp_path / f"b.{kind}"
    path.write_bytes(originals[kind])
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    chosen = data.draw(st.sampled_from(sorted(name for name in parts if not name.endswith("/") and parts[name])))
    parts[chosen] = changed(parts[chosen], data.draw(st.lists(CHANGE, min_size=1, max_size=4)))
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    outcome(lambda: read_here(path, kind, hidden="keep"))


@pytest.mark.parametrize("kind", ["xlsx", "xlsb", "xls", "ods"])
@settings(max_examples=examples(60), **QUIET)
@given(changes=st.lists(CHANGE, min_size=1, max_size=4))
def test_a_changed_workbook_is_rows_or_a_refusal(tmp_path, originals, kind, changes):
    path = tmp_path / f"b.{kind}"
    path.write_bytes(changed(originals[kind], changes))
    outcome(lambda: read_here(path, kind, hidden="keep"))


@settings(max_examples=examples(12), **QUIET)
@given(kind=st.sampled_from(["xlsx", "xlsb", "xls", "ods"]), changes=st.lists(CHANGE, min_size=1, max_size=4))
def test_through_its_process_it_is_the_same(tmp_path, originals, kind, changes):
    path = tmp_path / f"b.{kind}"
    path.write_bytes(changed(originals[kind], changes))
    outcome(lambda: read_list(path))


@settings(max_examples=examples(150), **QUIET)
@given(changes=st.lists(CHANGE, min_size=1, max_size=6))
def test_a_changed_text_is_rows_or_a_refusal(tmp_path, originals, changes):
    path = tmp_path / "b.csv"
    path.write_bytes(changed(originals["csv"], changes))
    outcome(lambda: read_list(path))


def test_what_is_read_here_may_take_no_more_than_the_process_that_reads_workbooks():
    twice = 2 * MOST_MEMORY_BYTES
    with limited_memory(), pytest.raises(MemoryError):
        bytearray(twice)
    assert len(bytearray(twice)) == twice
