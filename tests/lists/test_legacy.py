"""Vietnamese in encodings from before Unicode is recognised, and converted when asked."""

import codecs
import subprocess
import unicodedata

import pytest

from worker.errors import Refused
from worker.lists import ReadOptions, legacy, open_list

NAMES = ["Nguyễn Văn Đầm", "Trần Thị Hương", "Lê Hoàng Phúc", "Phạm Thu Thủy", "Đặng Quốc Bảo", "Vũ Mỹ Duyên"]
SMALL = "àảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵăâđêôơư"


def spelled(text: str, encoding: str) -> str:
    """The text as it stands in such a file, in characters of Latin-1."""
    if encoding == "tcvn3":
        back = {new: old for old, new in legacy._TCVN3.items()}
    elif encoding == "viscii":
        back = {new: old for old, new in legacy._VISCII.items()}
    else:
        back = {new: old for old, new in legacy._VNI_ALONE.items()}
        for old, new in legacy._VNI_PAIRS.items():
            back.setdefault(new, old)
    # The ABC fonts have small letters with tones only; capitals are another font.
    return "".join(back.get(one, back.get(one.lower(), one)) for one in text)


@pytest.mark.parametrize("encoding", ["tcvn3", "vni", "viscii"])
def test_every_letter_comes_back(encoding):
    assert legacy.converter(encoding)(spelled(SMALL, encoding)) == SMALL


@pytest.mark.parametrize(("encoding", "outside"), [("viscii", "VISCII"), ("tcvn3", "TCVN5712-1")])
def test_the_tables_agree_with_iconv(encoding, outside):
    found = subprocess.run(
        ["iconv", "-f", outside, "-t", "UTF-8"],
        input=spelled(SMALL, encoding).encode("latin-1"),
        capture_output=True,
        check=False,
    )
    if found.returncode:
        pytest.skip(f"this machine's iconv knows no {outside}")
    assert unicodedata.normalize("NFC", found.stdout.decode()) == SMALL


@pytest.mark.parametrize("encoding", ["tcvn3", "vni", "viscii"])
@pytest.mark.parametrize("stored", ["latin-1", "utf-8"])
def test_a_list_in_it_is_refused_naming_the_option_and_read_with_it(tmp_path, encoding, stored):
    path = tmp_path / "list.csv"
    lines = [f"09{n:08d},{spelled(name, encoding)}" for n, name in enumerate(NAMES)]
    path.write_bytes(("phone,ten\n" + "\n".join(lines) + "\n").encode(stored))
    with pytest.raises(Refused) as fault:
        open_list(path)
    assert fault.value.rule == "file_encoding"
    assert f"--encoding {encoding}" in str(fault.value)
    with open_list(path, None, ReadOptions(encoding=encoding)) as found:
        assert [cells[1].lower() for _, cells in found.rows()] == [name.lower() for name in NAMES]


def test_utf_8_that_was_read_as_latin_1_is_refused(tmp_path):
    path = tmp_path / "list.csv"
    wrong = [name.encode().decode("cp1252", "ignore") for name in NAMES]
    path.write_text("phone,ten\n" + "".join(f"09{n:08d},{name}\n" for n, name in enumerate(wrong)), encoding="utf-8")
    with pytest.raises(Refused) as fault:
        open_list(path)
    assert fault.value.rule == "file_encoding"


@pytest.mark.parametrize(
    "names",
    [
        NAMES,
        ["René Côté", "José Müller", "Zoë Brontë"],
        ["O’Neil", "D–E"],
        ["An", "Binh"],
        ["Łukasz", "Şükrü"],
        ["王伟"],
    ],
    ids=lambda names: names[0],
)
@pytest.mark.parametrize("codec", ["utf-8", "utf-16"])
def test_other_names_are_let_through(tmp_path, names, codec):
    path = tmp_path / "list.csv"
    path.write_text("phone,ten\n" + "".join(f"09{n:08d},{name}\n" for n, name in enumerate(names)), encoding=codec)
    with open_list(path) as found:
        assert [cells[1] for _, cells in found.rows()] == names


def test_windows_1258_is_still_read_by_itself(tmp_path):
    path = tmp_path / "list.csv"
    letters = {}
    for one in set("".join(NAMES)):
        apart = unicodedata.normalize("NFD", one)
        tones = [mark for mark in apart if mark in "\u0300\u0301\u0303\u0309\u0323"]
        letters[one] = unicodedata.normalize("NFC", "".join(mark for mark in apart if mark not in tones)) + "".join(
            tones
        )
    apart = ["".join(letters[one] for one in name) for name in NAMES]
    path.write_bytes(
        codecs.encode("phone,ten\n" + "".join(f"09{n:08d},{name}\n" for n, name in enumerate(apart)), "cp1258")
    )
    with open_list(path) as found:
        assert found.encoding == "cp1258"
        assert [cells[1] for _, cells in found.rows()] == NAMES


def a_mixed_list(tmp_path, encoding, rows):
    """Thousands of rows in Unicode, then some in an old encoding."""
    lines = [f"09{n:08d},{NAMES[n % len(NAMES)]}" for n in range(3000)]
    lines += [f"09{n:08d},{wrongly(name, encoding)}" for n, name in enumerate(NAMES[:rows], 5000)]
    path = tmp_path / "list.csv"
    path.write_text("phone,ten\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def wrongly(name, encoding):
    return name.encode().decode("cp1252", "replace") if encoding == "utf-8" else spelled(name, encoding)


def looked_at(path, **options):
    with open_list(path, None, ReadOptions(**options)) as found:
        for row, cells in found.rows():
            found.spelling.look(row, [str(cells[1])])
        return found.notes


@pytest.mark.parametrize("encoding", ["tcvn3", "vni", "viscii", "utf-8"])
def test_an_old_encoding_far_down_is_refused_naming_the_row(tmp_path, encoding):
    with pytest.raises(Refused) as fault:
        looked_at(a_mixed_list(tmp_path, encoding, 6))
    assert fault.value.rule == "file_encoding"
    assert 3002 <= fault.value.details["row"] <= 3007
    assert ("--encoding" in str(fault.value)) == (encoding != "utf-8")


@pytest.mark.parametrize("encoding", ["tcvn3", "viscii", "utf-8"])
def test_a_single_row_far_down_is_said(tmp_path, encoding):
    [note] = looked_at(a_mixed_list(tmp_path, encoding, 1))
    assert "Row 3002" in note


@pytest.mark.parametrize(
    "names",
    [
        [
            *NAMES,
            "Loïc",
            "René Müller",
            "Zoë Côté",
            "Łukasz Şükrü",
            "Ñúñez Muñoz",
            "Björn Ångström",
            "Siân Ó Súilleabháin",
        ],
        ["Léa", "Théo", "Noé", "Chloé", "Anaïs", "Maël", "François", "Hélène", "Jérôme", "Gaëlle", "Noël", "Benoît"],
        ["O’Neil", "D–E", "Café “A”", "Số 5/2 · tầng 3", "Nguyễn®", "20 °C", "½ kg"],
        ["Нгуен", "王伟", "Đinh", "Ỷ", "nguyễn\u00a0văn"],
    ],
    ids=["of all countries", "French", "signs", "scripts"],
)
def test_names_that_are_right_are_never_refused(tmp_path, names):
    path = tmp_path / "list.csv"
    lines = [f"09{n:08d},{NAMES[n % len(NAMES)]}" for n in range(1500)]
    lines += [f"09{n:08d},{name}" for n, name in enumerate(names * 3, 5000)]
    path.write_text("phone,ten\n" + "\n".join(lines) + "\n", encoding="utf-8")
    looked_at(path)


@pytest.mark.parametrize("encoding", ["tcvn3", "vni", "viscii"])
def test_a_cell_in_unicode_is_left_as_it_is_and_said(tmp_path, encoding):
    path = tmp_path / "list.csv"
    names = ["Nguyễn Văn Đầm", "Phạm Thu Thủy", spelled("Nguyễn", encoding)]
    path.write_text("phone,ten\n" + "".join(f"09{n:08d},{name}\n" for n, name in enumerate(names)), encoding="utf-8")
    with open_list(path, None, ReadOptions(encoding=encoding)) as found:
        assert [cells[1] for _, cells in found.rows()] == ["Nguyễn Văn Đầm", "Phạm Thu Thủy", "Nguyễn"]
        assert any("2 cells are in Unicode already" in note for note in found.notes)


VIETNAMESE = ["Nguyễn Văn Đầm", "Trần Thị Hương", "Phạm Thu Thủy", "Lê Đức Anh", "Vũ Ngọc Ánh"]


@pytest.mark.parametrize("times", [1, 2, 3])
@pytest.mark.parametrize("codec", ["latin-1", "cp1252"])
def test_what_was_read_wrongly_several_times_is_recognised(tmp_path, times, codec):
    def spoilt(text: str) -> str:
        for _ in range(times):
            # Five bytes have no letter in windows-1252; programs leave them.
            text = "".join(
                bytes([one]).decode(codec) if codec == "latin-1" or one not in (129, 141, 143, 144, 157) else chr(one)
                for one in text.encode()
            )
        return text

    path = tmp_path / "list.csv"
    rows = (f"09{n:08d},{spoilt(name)}\n" for n, name in enumerate(VIETNAMESE))
    path.write_text("phone,ten\n" + "".join(rows), encoding="utf-8")
    with pytest.raises(Refused, match="UTF-8 that a program had read as Latin-1") as fault:
        open_list(path)
    assert fault.value.rule == "file_encoding"


def test_a_word_that_only_one_old_encoding_makes_a_syllable_of_names_that_one():
    assert legacy.syllables("Thuûy") == {"vni": "Thủy"}


@pytest.mark.parametrize(
    "word",
    [
        "Nguyễn",
        "Thuở",
        "khuya",
        "Giếng",
        "quạ",
        "Huỳnh",
        "Đắk",
        "xoong",
        "ngoẹo",
        "yêu",
        "Quỳnh",
        "Thuý",
        "giặc",
        "oái",
    ],
)
def test_these_are_syllables(word):
    assert legacy.is_syllable(word)


@pytest.mark.parametrize("word", ["Thuỷy", "aaa", "Müller", "iôu", "Ngäc", "tuiê"])
def test_these_are_none(word):
    assert not legacy.is_syllable(word)


@pytest.mark.parametrize("lost", ["?", "??", "\ufffd"])
def test_letters_that_were_lost_are_never_sent_unnoticed(tmp_path, lost):
    path = tmp_path / "list.csv"
    names = ["".join(one if one.isascii() else lost for one in name) for name in VIETNAMESE]
    path.write_text("phone,ten\n" + "".join(f"09{n:08d},{name}\n" for n, name in enumerate(names)), encoding="utf-8")
    with open_list(path) as found:
        values = [str(cells[1]) for _, cells in found.rows()]
        with pytest.raises(Refused, match="has lost letters") as fault:
            found.see(2, values)
    assert fault.value.rule == "file_encoding"
    # A list is read whose text uses other columns.
    with open_list(path) as found:
        assert len(list(found.rows())) == 5


def test_a_lost_letter_and_signs_of_a_web_page_are_said(tmp_path):
    path = tmp_path / "list.csv"
    values = [
        "Nguy?n A",
        "A &amp; B",
        "Tr&#7847;n",
        "R&D",
        "Sao?",
        "?",
        "http://a.vn/page?id=3&amp",
        "H\u0323i—x",
        "—",
        "…",
    ]
    path.write_text("phone,ten\n" + "".join(f"09{n:08d},{one}\n" for n, one in enumerate(values)), encoding="utf-8")
    with open_list(path) as found:
        for row, cells in found.rows():
            found.see(row, [str(cells[1])])
        assert list(found.notes) == [
            '1 rows have values that have lost letters, the first of them row 2: "Nguy?n".',
            '2 rows have values with signs of a web page, the first of them row 3: "&amp;". They are sent as they stand.',
        ]


def test_a_letter_that_became_a_line_end_parts_no_word():
    assert legacy.words("Nguyễn Văn".encode().decode("latin-1")) == ["Nguyá»\x85n", "VÄ\x83n"]
    assert legacy.syllables("Nguyá»\x85n") == {"utf-8": "Nguyễn"}
