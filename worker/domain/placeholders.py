"""What stands where a person's value should stand: a spreadsheet's error, a program's nothing, another tool's placeholder."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final


def _set(listed: str) -> frozenset[str]:
    return frozenset(listed.split("|"))


#: What programs write for nothing, as they write it; a person may be called Nan, so case counts.
_NOTHING: Final = _set(
    "NULL|null|Null|None|nil|Nil|NIL|nan|NaN|NAN|undefined|\\N|NaT|[object Object]|[object Undefined]"
)
#: Words that are no part of any name or sentence: where one stands, a program had nothing to write.
_OF_PROGRAMS: Final = _set("NULL|null|undefined|NaN|#N/A|#n/a|(null)|<null>")
#: What people and programs write for nothing, in any case; without accents only where that means nothing else.
_SAID: Final = _set(
    "none|blank|empty|unknown|not available|not applicable|not set|not specified|not found|no data|no name|noname|missing|tbd"
    "|invalid date|#err|#nv|#n/d|#getting_data|trống|rỗng|để trống|bỏ trống"
    "|chưa có|chưa có tên|chưa đặt tên|không biết|chưa cập nhật|đang cập nhật|chưa xác định|không xác định"
    "|chưa rõ|không rõ|không có|không có tên"
    "|không có dữ liệu|không tên|ko có|chua co|chua co ten|chua cap nhat|dang cap nhat|chua xac dinh|khong xac dinh|chua ro"
    "|khong ro|khong co|khong co ten|khong co du lieu|khong ten|ko co"
)
#: The same in brackets, where fewer words mean something else.
_IN_BRACKETS: Final = _SAID | {"null", "nil", "na", "không", "khong", "trong"}
_BRACKETS: Final = {"(": ")", "<": ">", "[": "]"}
_NOT_APPLICABLE: Final = re.compile(r"#?\s*n\s*[/\\]\s*a\.?", re.IGNORECASE)
#: Errors of spreadsheets (#REF!, #WERT!, #DIV/0!, Err:502), a placeholder that nobody filled, and a date of nothing.
_ERROR: Final = re.compile(
    r"#[^\W\d_]+(?:[/_][^\W_]+)?[!?]|Err:\d{3}|\*\|.*\|\*"
    r"|(?:0000[-/]00[-/]00|00/0[01]/(?:0000|1900)|1900-01-00)(?: 0?0:00(?::00)?)?",
    re.IGNORECASE,
)
_LONGEST_SAID: Final = 60
#: `n / a.` and `Err:502` begin with a letter and are shorter.
_SHORT: Final = 8
_BLANKS: Final = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]+")
#: How other tools write a variable; the name is in whichever group matched.
_FOREIGN: Final = re.compile(
    r"\{\{\{?\s*(?:[$#%@&]?\s*)([^{}]{1,60}?)\s*\}?\}\}"
    r"|\uff5b\s*([^\uff5b\uff5d]{1,60}?)\s*\uff5d"
    r"|\$\{\s*([^{}]{1,60}?)\s*\}"
    r"|\$\(\s*([^()]{1,60}?)\s*\)"
    r"|\(\(\s*([^()]{1,60}?)\s*\)\)"
    r"|\[\[?\s*([^\[\]]{1,60}?)\s*\]?\]"
    r"|<<?\s*([^<>]{1,60}?)\s*>?>"
    r"|\xab\s*([^\xab\xbb]{1,60}?)\s*\xbb"
    r"|%%?([^%\s][^%]{0,59}?)\s*%%?"
    r"|\*\|\s*([^*|]{1,60}?)\s*\|\*"
    r"|##?([^#\s][^#]{0,59}?)\s*##?"
    r"|(?<!\w)(?:__(?=\w.{0,60}?__)([^\s_].{0,59}?)__|\$([^$\s]{1,60})\$|@([^@\s]{1,60})@|\|([^|\s]{1,60})\||~([^~\s]{1,60})~"
    r"|\^([^^\s]{1,60})\^|!([^!\s]{1,60})!|:([^:\s]{1,60}):)(?!\w)"
)
#: A gap for a pen.
_GAP: Final = re.compile(r"_{3,}")
#: A sign before the name alone; behind it come up to four words.
_SIGIL: Final = re.compile(r"(?<![\w$%])[$%](?=([^\W\d]\w*(?: [^\W\d]\w*){0,3}))")
#: What tools put around a name inside their signs: `<%= ten %>`, `{{#if ten}}`, `{{contact.ten}}`, `[ten|ban]`.
_AROUND: Final = re.compile(r"^(?:[=!#/&%-]|if |else )+\s*|\s*[=!/%-]+$")
#: Names that texts have for a person's values, wherever they were written for.
_USUAL: Final = _set(
    "ten|ho ten|ho va ten|ten khach|ten khach hang|ten kh|khach hang|name|first name|firstname|fname|last name|lastname|lname"
    "|full name|fullname|customer|customer name|user|username|phone|sdt|so dien thoai|email|ma|ma don|ma don hang|ma kh"
    "|ma khach hang|ma giam gia|code|voucher|coupon|otp|link|url|ngay|ngay hen|ngay sinh|gio|date|time|dia chi|address|so tien"
    "|amount|price|gia|san pham|product|cong ty|company|order|order id|danh xung|xung ho"
)


def clean_name(written: str) -> str:
    """The name of a variable or column: NFC, and any run of blanks, line breaks and invisible characters one space."""
    return _BLANKS.sub(" ", unicodedata.normalize("NFC", written)).strip()


def is_missing(value: str) -> bool:
    """Whether a value says that there is none."""
    if value in _NOTHING:
        return True
    if not value or len(value) > _LONGEST_SAID:
        return False
    if " " in value:
        words = value.split()
        if not _OF_PROGRAMS.isdisjoint(words):
            return True  # `Nguyễn #N/A`
        first = words[0]
        if (first in _NOTHING or not first[0].isalpha()) and len(words) > 1 and all(map(is_missing, words)):
            return True  # `null null` of a first and a last name
    return value.casefold() in _SAID or ((not value[0].isalpha() or len(value) < _SHORT) and _is_sign(value))


def _is_sign(value: str) -> bool:
    """Whether a value is an error, a stroke, or in brackets what says that there is none."""
    inside = value[1:-1].strip().casefold() if _BRACKETS.get(value[0]) == value[-1] else ""
    return bool(
        _NOT_APPLICABLE.fullmatch(value)
        or _ERROR.fullmatch(value)
        or inside in _IN_BRACKETS
        or (inside and _NOT_APPLICABLE.fullmatch(inside))
        or all(map(_is_stroke, value))
    )


def _is_stroke(character: str) -> bool:
    """What people type where there is nothing to type."""
    return character in "~=|`^" or unicodedata.category(character)[0] in "PZ"


def foreign(text: str, columns: Iterable[str]) -> tuple[int, str, str] | None:
    """The first placeholder of another tool that names a column: its position from 1, as it stands, and the column."""
    by_name = {_loose(column): column for column in columns if column}
    for found, name in _written(text):
        if column := next((by_name[one] for one in _variants(name) if one in by_name), None):
            return found.start() + 1, found[0], column
    for sign in _SIGIL.finditer(text):
        words = sign[1].split(" ")
        for many in range(len(words), 0, -1):
            if column := by_name.get(_loose(name := " ".join(words[:many]))):
                return sign.start() + 1, sign[0] + name, column
    return None


def hint(name: str, column: str) -> str:
    """Why a column may be the one that is meant by a name which is not its own; empty where it is another."""
    if _loose(name) == _loose(column):
        return "is it meant? write it so, with its accents"
    odd = [one for one in column if one.isalpha() and not unicodedata.name(one, "").startswith("LATIN")]
    if odd and len(odd) < sum(map(str.isalpha, column)):
        return f"its letter {odd[0]} is {unicodedata.name(odd[0], 'of no name').title()}, and only looks like another"
    return ""


def unfilled(text: str) -> list[str]:
    """What looks like a placeholder of another tool, though no column has the name."""
    seen, end = [], 0
    for found, name in _written(text):
        if found.start() >= end and (found[0].startswith(("{{", "*|")) or not _USUAL.isdisjoint(_variants(name))):
            seen.append(found[0])
            end = found.end()
    return list(dict.fromkeys([*seen, *_GAP.findall(text)]))


def _written(text: str) -> Iterator[tuple[re.Match[str], str]]:
    """Every placeholder of another tool with its name; of those within one another, each."""
    start = 0
    while found := _FOREIGN.search(text, start):
        yield found, next(group for group in found.groups() if group is not None)
        start = found.start() + 1


def _variants(name: str) -> list[str]:
    """The name, and what may be meant by it, loosely."""
    bare = _AROUND.sub("", name.strip())
    return [_loose(one) for one in (name, bare, bare.split("|")[0], bare.split(":")[0], bare.rsplit(".", 1)[-1])]


def _loose(name: str) -> str:
    """Without case, accents, and what may stand between words: `Ho_Ten` and `họ tên` are one."""
    apart = unicodedata.normalize("NFKD", clean_name(name)).casefold().replace("đ", "d")
    return re.sub(r"[\s_.-]+", " ", "".join(one for one in apart if not unicodedata.combining(one))).strip()
