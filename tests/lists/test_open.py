"""Which files are lists, and what is said of those that are none."""

import gzip
import os
import tempfile
import zipfile
from pathlib import Path

import openpyxl
import pytest

from worker.errors import Refused
from worker.lists import open_list

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def a_zip(folder, *members: str) -> bytes:
    path = folder / "made.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for member in members:
            archive.writestr(member, "x")
    return path.read_bytes()


@pytest.mark.parametrize(
    ("content", "rule", "words"),
    [
        pytest.param(b"", "file_empty", "is empty", id="no bytes"),
        pytest.param(b"\xef\xbb\xbf", "file_empty", "is empty", id="only a byte order mark"),
        pytest.param(b" \r\n\r\n\t\n", "file_empty", "is empty", id="only blank lines"),
        pytest.param(b"phone,name\r\n", "file_only_header", "heading in row 1", id="only a heading"),
        pytest.param(b"phone\n\n\n", "file_only_header", "no row below", id="a heading and blank lines"),
        pytest.param(b"\x89PNG\r\n\x1a\n\0\0", "file_not_a_list", "a PNG picture", id="a picture"),
        pytest.param(b"%PDF-1.7\n0901234567", "file_not_a_list", "a PDF document", id="a document"),
        pytest.param(gzip.compress(b"0901234567"), "file_not_a_list", "a gzip archive", id="a packed list"),
        pytest.param(b"\x7fELF\2\1\1\0", "file_not_a_list", "a program", id="a program"),
        pytest.param(b"MZ\x90\0\3\0", "file_not_a_list", "a program", id="a Windows program"),
        pytest.param(b"<!DOCTYPE html><p>0901234567", "file_not_a_list", "a web page", id="a web page named .xls"),
        pytest.param(b'<?xml version="1.0"?><a/>', "file_not_a_list", "an XML document", id="XML"),
        pytest.param(b'[{"phone": "0901234567"}]', "file_not_a_list", "JSON", id="JSON"),
        pytest.param(bytes(range(256)) * 40, "file_not_a_list", "binary data", id="bytes of no meaning"),
        pytest.param(os.urandom(5_000), "file_not_a_list", "binary data", id="bytes by chance"),
        pytest.param(OLE + bytes(600), "file_not_a_list", "save it as .xlsx", id="an old workbook"),
        pytest.param(
            OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
            "file_encrypted",
            "a password",
            id="a locked workbook",
        ),
        pytest.param(b"PK\3\4 cut off", "file_broken", "damaged", id="the beginning of an archive"),
        pytest.param(b"Dear all,\nthe list will follow.\n", "file_no_phone_column", "no column", id="a letter"),
        pytest.param(
            b"name,city\nLan,Hue\nMai,Vinh\n", "file_no_phone_column", "named phone", id="columns without numbers"
        ),
        pytest.param(b"id,name\n1,Lan\n2,Mai\n", "file_no_phone_column", "named phone", id="a counter is no number"),
    ],
)
def test_what_is_no_list_is_one_sentence(tmp_path, content, rule, words):
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    with pytest.raises(Refused) as fault:
        open_list(path)
    assert fault.value.rule == rule
    assert words in str(fault.value)
    assert str(path) in str(fault.value)
    assert "\n" not in str(fault.value)


@pytest.mark.parametrize(
    ("members", "words"),
    [
        (["list.csv"], "a ZIP archive"),
        (["[Content_Types].xml", "word/document.xml"], "a Word document"),
        (["mimetype", "content.xml"], "an OpenDocument text"),
    ],
)
def test_an_archive_that_is_no_workbook_is_named(tmp_path, members, words):
    path = tmp_path / "list.xlsx"
    path.write_bytes(a_zip(tmp_path, *members))
    with pytest.raises(Refused, match=words) as fault:
        open_list(path)
    assert fault.value.rule == "file_not_a_list"


def test_a_missing_file_is_said_to_be_missing(tmp_path):
    for path in (tmp_path / "nowhere.csv", tmp_path / "no" / "folder.csv", tmp_path / "a\0b"):
        with pytest.raises(Refused) as fault:
            open_list(path)
        assert fault.value.rule == "file_missing"


def test_a_folder_is_no_list(tmp_path):
    with pytest.raises(Refused) as fault:
        open_list(tmp_path)
    assert fault.value.rule == "file_is_directory"


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "list.csv")
    with pytest.raises(Refused) as fault:
        open_list(tmp_path / "list.csv")
    assert fault.value.rule == "file_not_a_list"


def test_a_file_that_the_system_will_not_open_is_unreadable(tmp_path):
    # A name that is too long is refused by the system whoever asks; permissions do not bind root.
    with pytest.raises(Refused) as fault:
        open_list(tmp_path / ("x" * 300))
    assert fault.value.rule == "file_unreadable"


@pytest.fixture
def nobody():
    """Root may read everything: for the length of a test it is somebody who may not."""
    mine = os.geteuid()
    if mine == 0:
        os.seteuid(65534)
    yield
    os.seteuid(mine)


def test_a_file_without_permission_is_unreadable(nobody):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.csv"
        path.write_text("0901234567\n")
        path.chmod(0)
        with pytest.raises(Refused) as fault:
            open_list(path)
    assert fault.value.rule == "file_unreadable"


def test_an_empty_workbook_is_empty(tmp_path):
    openpyxl.Workbook().save(tmp_path / "list.xlsx")
    with pytest.raises(Refused) as fault:
        open_list(tmp_path / "list.xlsx")
    assert fault.value.rule == "file_empty"


def test_the_content_decides_and_not_the_name(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["0901234567"])
    book.save(tmp_path / "book.xlsx")
    (tmp_path / "book.xlsx").rename(tmp_path / "list.csv")
    with open_list(tmp_path / "list.csv") as found:
        assert found.format == "xlsx"
    (tmp_path / "text.xlsx").write_text("0901234567\n")
    with open_list(tmp_path / "text.xlsx") as found:
        assert found.format == "csv"


def test_an_upload_is_called_by_its_own_name(tmp_path):
    (tmp_path / "tmp123").write_bytes(b"")
    with pytest.raises(Refused, match=r"^khách\.csv is empty"):
        open_list(tmp_path / "tmp123", "khách.csv")
