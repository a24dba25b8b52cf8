"""The Vietnamese encodings from before Unicode, and UTF-8 that was read as Latin-1: recognised, and converted when asked.

Sources of the tables: TCVN 5712:1993 (VN3, the "ABC" fonts), RFC 1456 (VISCII), the VNI-Windows layout, in which a letter is
followed by its mark. All work on characters of Latin-1, since such texts are also found inside Unicode files, copied from
documents in such a font.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final

from worker.errors import Refused
from worker.lists.source import Cell

#: What each name reads.
NAMES: Final = {"tcvn3": "TCVN3 (ABC fonts)", "vni": "VNI", "viscii": "VISCII"}
TITLES: Final = {**NAMES, "utf-8": "UTF-8 that was read as Latin-1"}

_TCVN3 = dict(
    zip(
        "¡¢£¤¥¦§¨©ª«¬\u00ad®µ¶·¸¹»¼½¾ÆÇÈÉÊËÌÎÏÐÑÒÓÔÕÖ×ØÜÝÞßáâãäåæçèéêëìíîïñòóôõö÷øùúûüýþ",
        "ĂÂÊÔƠƯĐăâêôơưđàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ",
        strict=True,
    )
)
_VISCII_LOW = {2: "Ẳ", 5: "Ẵ", 6: "Ẫ", 20: "Ỷ", 25: "Ỹ", 30: "Ỵ"}
_VISCII = {chr(code): letter for code, letter in _VISCII_LOW.items()} | dict(
    zip(
        map(chr, range(0x80, 0x100)),
        "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲÕắằặấầẩậẽẹếềểễệốồổỗỠƠộờởịỰỨỪỬơớƯÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳĐứÒÓÔạỷừửÙÚỹỵÝỡưàáâãảăữẫèéêẻìíĩỉđựòóôõỏọụùúũủýợỮ",
        strict=True,
    )
)
#: VNI: the letter that a mark follows -> mark -> the letter it makes.
_TONES = dict(zip("øùûõï", "\u0300\u0301\u0309\u0303\u0323", strict=True))
_BREVE = dict(zip("êèéúüë", ["", *"\u0300\u0301\u0309\u0303\u0323"], strict=True))
_HAT = dict(zip("âàáåãä", ["", *"\u0300\u0301\u0309\u0303\u0323"], strict=True))
_VNI_ALONE = dict(zip("ìíæóòîñôöÌÍÆÓÒÎÑÔÖ", "ìíỉĩịỵđơưÌÍỈĨỊỴĐƠƯ", strict=True))


def _vni_pairs() -> dict[str, str]:
    pairs = {}
    for letter in "aeouyôö":
        base = _VNI_ALONE.get(letter, letter)
        marks = {mark: base + tone for mark, tone in _TONES.items()}
        if letter in "aeo":
            marks |= {mark: f"{letter}\u0302{tone}" for mark, tone in _HAT.items()}
        if letter == "a":
            marks |= {mark: f"a\u0306{tone}" for mark, tone in _BREVE.items()}
        for mark, made in marks.items():
            small = unicodedata.normalize("NFC", made)
            pairs[letter + mark] = small
            pairs[letter.upper() + mark.upper()] = small.upper()
            pairs[letter.upper() + mark] = small.upper()
    return pairs


_VNI_PAIRS = _vni_pairs()
_VNI_FOUND = re.compile("|".join(map(re.escape, [*_VNI_PAIRS, *_VNI_ALONE])))
#: Bytes 80-9F, when a program took them for windows-1252.
_FROM_CP1252 = {
    ord(bytes([code]).decode("cp1252")): chr(code)
    for code in range(0x80, 0xA0)
    if code not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}

_UNICODE = re.compile(f"[^\x00-\xff{re.escape(''.join(map(chr, _FROM_CP1252)))}]")

#: The vowels of Vietnamese syllables, as they are written.
_VOWELS = (
    "iêu|yêu|oai|oao|oay|oeo|uay|uây|uôi|uya|uyê|uyu|ươi|ươu|ai|ao|au|ay|âu|ây|eo|êu|ia|iê|iu|oa|oă|oe|oi|oo|ôi|ơi|ua|uâ|uê|ui"
    "|uô|uơ|uy|ưa|ưi|ươ|ưu|yê|[aăâeêioôơuưy]"
)
#: The shape of a Vietnamese syllable in NFC letters without tones; k ends names of the highlands.
_SYLLABLE = re.compile(rf"(?:ngh|ng|gh|gi|kh|nh|ph|qu|th|tr|ch|[bcdđghklmnprstvx])?(?:{_VOWELS})(?:ch|ng|nh|[ckmnpt])?")
_TONE_MARKS = re.compile("[\u0300\u0301\u0303\u0309\u0323]")
#: \x85 is a part of a letter in what was read wrongly, and no space in any list.
_WORD = re.compile(
    r"[^\t-\r\x1c-\x20\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\d.,;:!?()\[\]\"/\\|_+*=<>@#%&-]+"
)
#: A word with a question mark, or the sign for a character that could not be read, between its letters.
_LOST = re.compile(r"[^\W\d_]*(?:[^\W\d_]\?+[^\W\d_]|\ufffd)(?:[^\W\d_]|\?|\ufffd)*")
_MOST_WRONG_READINGS: Final = 3
#: So many of the words with such characters must make sense another way before it is believed.
_SURE: Final = 0.6


def converter(encoding: str) -> Callable[[str], str] | None:
    """What makes Unicode of a text in this encoding, for those that Python has no codec for; None for others."""
    match encoding:
        case "tcvn3":
            return _unless_unicode(_by_table(_TCVN3))
        case "viscii":
            return _unless_unicode(_by_table(_VISCII))
        case "vni":
            return _unless_unicode(_from_vni)
        case _:
            return None


def refuse_unnoticed(cells: Iterable[Cell], name: str) -> None:
    """Refuse a list whose Vietnamese was written in an old encoding or read in a wrong one, and would be sent as rubbish."""
    found_words = {word for cell in cells if isinstance(cell, str) and not cell.isascii() for word in words(cell)}
    odd = [word for word in found_words if not word.isascii() and any(map(str.isalpha, word))]
    wrong = [word for word in odd if not is_syllable(word)]
    if len(wrong) * 2 <= len(odd):
        return
    found = max(_READINGS, key=lambda reading: _share(wrong, _READINGS[reading]))
    if _share(wrong, _READINGS[found]) < _SURE:
        return
    example = next(word for word in wrong if is_syllable(_READINGS[found](word)))
    right = _READINGS[found](example)
    if found == "utf-8":
        raise Refused(
            "file_encoding",
            f'{name} was saved from UTF-8 that a program had read as Latin-1: it says "{example}" for "{right}". Open the '
            "original in UTF-8 and export it again.",
        )
    raise Refused(
        "file_encoding",
        f'{name} is written in {NAMES[found]}: it says "{example}" for "{right}". Add --encoding {found}, and it is converted.',
        {"encoding": found},
    )


def words(text: str) -> list[str]:
    """The words of a text, without what stands between them."""
    return _WORD.findall(text)


def syllables(word: str) -> dict[str, str]:
    """The Vietnamese syllables that a word would be in other encodings, by their names."""
    read = {name: reading(word) for name, reading in _READINGS.items()}
    return {name: made for name, made in read.items() if made != word and is_syllable(made)}


def looks_legacy(text: str) -> bool:
    """Whether a text in characters of Latin-1 is Vietnamese in one of the old encodings."""
    odd = [word for word in set(_WORD.findall(text)) if not word.isascii()]
    return any(_share(odd, _READINGS[name]) >= _SURE for name in NAMES)


def mostly_vietnamese(text: str) -> bool:
    """Whether most of the words with accents have the shape of Vietnamese syllables."""
    odd = [word for word in set(_WORD.findall(text)) if not word.isascii()]
    return sum(map(is_syllable, odd)) * 2 > len(odd)


def _by_table(table: dict[str, str]) -> Callable[[str], str]:
    translation = str.maketrans(table)

    def convert(text: str) -> str:
        return text if text.isascii() else text.translate(_FROM_CP1252).translate(translation)

    return convert


def in_unicode(text: str) -> bool:
    """Whether a text has a letter that no old encoding could have."""
    return not text.isascii() and bool(_UNICODE.search(text))


def _unless_unicode(convert: Callable[[str], str]) -> Callable[[str], str]:
    """Leaves a cell alone that has a letter which no old encoding could have: it is right as it is."""

    def careful(text: str) -> str:
        return text if in_unicode(text) else convert(text)

    return careful


def _from_vni(text: str) -> str:
    if text.isascii():
        return text
    return _VNI_FOUND.sub(lambda found: _VNI_PAIRS.get(found[0]) or _VNI_ALONE[found[0]], text)


def _from_mojibake(text: str) -> str:
    """As it was before it was read wrongly, however often."""
    for _ in range(_MOST_WRONG_READINGS):
        if text.isascii() or (before := _read_right(text)) == text:
            break
        text = before
    return text


def _read_right(text: str) -> str:
    for codec in ("cp1252", "latin-1"):
        try:
            return text.encode(codec).decode()
        except UnicodeError:
            continue
    # Latin-1 and windows-1252 in one text: programs leave the five bytes that the second has not.
    try:
        return text.translate(_FROM_CP1252).encode("latin-1").decode()
    except UnicodeError:
        return text


def lost_letters(text: str) -> list[str]:
    """The words in which question marks stand for letters, as a program saves them in an encoding that has none."""
    return [word for word in text.split() if _LOST.fullmatch(word)]


_READINGS: Final[dict[str, Callable[[str], str]]] = {
    "utf-8": _from_mojibake,
    "tcvn3": _by_table(_TCVN3),
    "viscii": _by_table(_VISCII),
    "vni": _from_vni,
}


def _share(words: list[str], reading: Callable[[str], str]) -> float:
    """The part of the words that become Vietnamese syllables."""
    good = sum(is_syllable(made) and made != word for word in words for made in (reading(word),))
    return good / len(words) if words else 0.0


@lru_cache(10_000)
def is_syllable(word: str) -> bool:
    """Whether a word has the shape of a Vietnamese syllable, with one tone at most."""
    apart = unicodedata.normalize("NFD", word.casefold())
    if len(_TONE_MARKS.findall(apart)) > 1:
        return False
    plain = unicodedata.normalize("NFC", _TONE_MARKS.sub("", apart))
    return bool(_SYLLABLE.fullmatch(plain))
