"""Tells what a file really is: by its first bytes, whatever its name says."""

import mmap
import re
import zipfile
import zlib
from pathlib import Path

from worker.errors import Refused

HEAD_BYTES = 65_536

#: First bytes -> what a person calls it. Text formats are told by `_TEXT_KINDS`.
_MAGIC = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"II*\x00", "a TIFF picture"),
    (b"%PDF", "a PDF document"),
    (b"{\\rtf", "an RTF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90\x00", "a program"),
    (b"\xcf\xfa\xed\xfe", "a program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"PAR1", "a Parquet file"),
)
_TEXT_KINDS = (
    (re.compile(rb"<!doctype html|<html|<table|<head|<meta", re.IGNORECASE), "a web page"),
    (re.compile(rb"<\?xml", re.IGNORECASE), "an XML document"),
    (re.compile(rb"[\[{]\s*[\"{\[]"), "JSON"),
    (re.compile(rb"BEGIN:VCARD", re.IGNORECASE), "a file of contacts (vCard)"),
)
#: A member of the archive -> what it makes of it.
_ZIP_KINDS = (
    ("word/document.xml", "a Word document"),
    ("ppt/presentation.xml", "a PowerPoint presentation"),
    ("content.xml", "an OpenDocument text or drawing"),
)
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"
#: What an old workbook calls its stream, and a Word or PowerPoint document of that time its own.
_XLS_STREAMS = ("Workbook", "Book")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_CONTROL = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1a\x1b"))
_MOST_MEMBERS = 10_000
#: The record at the end of an archive, with the longest comment behind it.
_LONGEST_ENDING = 22 + 65_535
_WAY_OUT = "save the list as CSV, TXT or XLSX"


def workbook_kind(path: Path, head: bytes, name: str) -> str:
    """xlsx, xlsb, xls or ods; "" for what can only be text.

    `head` is the first HEAD_BYTES, `name` what the file is called in sentences. Raises Refused for everything else.
    """
    if head.startswith(b"PK\x03\x04"):
        return _archive_kind(path, name)
    if head.startswith(_OLE):
        return _ole_kind(path, name)
    for magic, what in _MAGIC:
        if head.startswith(magic):
            raise _not_a_list(name, what)
    refuse_other_texts(head.removeprefix(b"\xef\xbb\xbf"), name)
    return ""


def refuse_other_texts(beginning: bytes, name: str) -> None:
    """Refuse what begins as a text of another kind; `beginning` in an encoding whose first half is ASCII."""
    text = beginning.lstrip()
    for pattern, what in _TEXT_KINDS:
        if pattern.match(text):
            raise _not_a_list(name, what)


def refuse_binary(head: bytes, name: str) -> None:
    """Refuse bytes that are no text in an encoding of single bytes: more than one in fifty is a control character."""
    controls = len(head) - len(head.translate(None, _CONTROL))
    if controls * 50 > len(head):
        raise _not_a_list(name, "binary data")


def _archive_kind(path: Path, name: str) -> str:
    _refuse_many_members(path, name)
    try:
        with zipfile.ZipFile(path) as archive:
            members = set(archive.namelist())
            is_ods = "content.xml" in members and _is_ods(archive)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, KeyError, RuntimeError, zlib.error) as fault:
        raise Refused(
            "file_broken", f"{name} is a damaged or incomplete spreadsheet or ZIP archive; save or send it again."
        ) from fault
    if is_ods:
        return "ods"
    if "xl/workbook.bin" in members:
        return "xlsb"
    for member, what in _ZIP_KINDS:
        if member in members:
            raise _not_a_list(name, what)
    if "[Content_Types].xml" not in members or not any(member.startswith("xl/") for member in members):
        raise Refused("file_not_a_list", f"{name} is not a list but a ZIP archive; unpack it and give the list in it.")
    return "xlsx"


def _is_ods(archive: zipfile.ZipFile) -> bool:
    """Whether the archive declares itself a spreadsheet; without a declaration the reader will see."""
    if "mimetype" not in archive.namelist():
        return True
    with archive.open("mimetype") as part:
        return part.read(200).strip().startswith(_ODS)


def _refuse_many_members(path: Path, name: str) -> None:
    """Before the list of members is read, which costs a kilobyte of memory for each."""
    with path.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - _LONGEST_ENDING))
        ending = file.read()
    at = ending.rfind(b"PK\x05\x06")
    members = int.from_bytes(ending[at + 10 : at + 12], "little") if at >= 0 else 0
    if members > _MOST_MEMBERS:
        raise Refused(
            "file_broken",
            f"{name} is an archive of {members:,} files or more, and no spreadsheet has over {_MOST_MEMBERS:,}; copy the rows "
            "into a new spreadsheet and save that.",
        )


def _ole_kind(path: Path, name: str) -> str:
    # A workbook with a password is an old-style container around an encrypted package.
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        encrypted = content.find("EncryptedPackage".encode("utf-16-le")) >= 0
        # The entry of a stream in the container's directory begins with its name, and a NUL behind it.
        book = any(content.find(f"{stream}\0".encode("utf-16-le")) >= 0 for stream in _XLS_STREAMS)
    if encrypted:
        raise Refused("file_encrypted", f"{name} is protected by a password; save it without one and try again.")
    if book:
        return "xls"
    raise _not_a_list(
        name, "an old Office file (.doc, .ppt or a very old .xls)", "open it in a spreadsheet and save it as .xlsx"
    )


def _not_a_list(name: str, what: str, way_out: str = _WAY_OUT) -> Refused:
    return Refused("file_not_a_list", f"{name} is not a list but {what}; {way_out}.", {"looks_like": what})
