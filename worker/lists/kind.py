"""What is this file really? Its first bytes decide, whatever its name says."""

import mmap
import re
import zipfile
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
)
#: A member of the archive -> what it makes of it.
_ZIP_KINDS = (
    ("xl/workbook.bin", "an Excel binary workbook (.xlsb)"),
    ("word/document.xml", "a Word document"),
    ("ppt/presentation.xml", "a PowerPoint presentation"),
    ("content.xml", "an OpenDocument file"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_CONTROL = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1a\x1b"))
_WAY_OUT = "save the list as CSV, TXT or XLSX"


def is_workbook(path: Path, head: bytes, name: str) -> bool:
    """True for an XLSX, False for what can only be text.

    `head` is the first HEAD_BYTES, `name` what the file is called in sentences. Raises Refused for everything else.
    """
    if head.startswith(b"PK\x03\x04"):
        return _is_workbook_archive(path, name)
    if head.startswith(_OLE):
        raise _ole_refusal(path, name)
    for magic, what in _MAGIC:
        if head.startswith(magic):
            raise _not_a_list(name, what)
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for pattern, what in _TEXT_KINDS:
        if pattern.match(text):
            raise _not_a_list(name, what)
    return False


def refuse_binary(head: bytes, name: str) -> None:
    """Refuse bytes that are no text in an encoding of single bytes: more than one in fifty is a control character."""
    controls = len(head) - len(head.translate(None, _CONTROL))
    if controls * 50 > len(head):
        raise _not_a_list(name, "binary data")


def _is_workbook_archive(path: Path, name: str) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            members = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as fault:
        raise Refused(
            "file_broken", f"{name} is a damaged or incomplete spreadsheet or ZIP archive; save or send it again."
        ) from fault
    for member, what in _ZIP_KINDS:
        if member in members:
            raise _not_a_list(name, what)
    if "[Content_Types].xml" not in members or not any(member.startswith("xl/") for member in members):
        raise Refused("file_not_a_list", f"{name} is not a list but a ZIP archive; unpack it and give the list in it.")
    return True


def _ole_refusal(path: Path, name: str) -> Refused:
    # A workbook with a password is an old-style container around an encrypted package.
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        encrypted = content.find("EncryptedPackage".encode("utf-16-le")) >= 0
    if encrypted:
        return Refused("file_encrypted", f"{name} is protected by a password; save it without one and try again.")
    return _not_a_list(name, "an old Office file (.xls or .doc)", "open it in a spreadsheet and save it as .xlsx")


def _not_a_list(name: str, what: str, way_out: str = _WAY_OUT) -> Refused:
    return Refused("file_not_a_list", f"{name} is not a list but {what}; {way_out}.", {"looks_like": what})
