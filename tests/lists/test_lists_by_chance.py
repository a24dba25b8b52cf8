"""Lists by chance: phone words in headings as people spell them, beside columns that only look like numbers."""

import unicodedata

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.chance import examples
from worker.lists import open_list
from worker.lists.headings import Speaks, speaks

PHONES = [
    "SĐT",
    "Số điện thoại",
    "Điện thoại",
    "Di động",
    "Số ĐT",
    "ĐTDĐ",
    "Phone",
    "Mobile",
    "Tel",
    "Số liên hệ",
    "Contact No",
    "MSISDN",
]
AROUND = [
    "người nhận",
    "khách",
    "khách hàng",
    "KH",
    "chính",
    "của anh",
    "Billing",
    "Shipping",
    "Home",
    "Customer",
    "nhận hàng",
    "Zalo",
    "1",
    "(2)",
]
OTHERS = [
    "Mã đơn hàng",
    "Mã KH",
    "Mã số thuế",
    "Order ID",
    "Số tài khoản",
    "CCCD",
    "Ngày tạo",
    "Tổng tiền",
    "STT",
    "Barcode",
    "Invoice No",
]
JOINTS = [" ", "  ", "\n", "\u00a0", "_", "-", " - ", ".", "/"]


def plain(text: str) -> str:
    """Without accents."""
    apart = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(one for one in apart if not unicodedata.combining(one))


SPELLINGS = st.sampled_from(
    [
        str,
        str.upper,
        str.lower,
        str.title,
        plain,
        lambda text: unicodedata.normalize("NFD", text),
        lambda text: f" {text}\u200b ",
    ]
)


@st.composite
def phone_headings(draw):
    """A phone word with other words around it, however it is spelled."""
    words = [*draw(st.lists(st.sampled_from(AROUND), max_size=1)), draw(st.sampled_from(PHONES))]
    words += draw(st.lists(st.sampled_from(AROUND), max_size=1))
    return draw(SPELLINGS)(draw(st.sampled_from(JOINTS)).join(words))


@settings(max_examples=examples(300), deadline=None)
@given(heading=phone_headings())
def test_a_heading_with_a_phone_word_speaks_of_phones(heading):
    assert speaks(heading) is Speaks.OF_PHONES


@settings(max_examples=examples(150), deadline=None)
@given(heading=st.sampled_from(OTHERS), spell=SPELLINGS)
def test_a_heading_of_something_else_does_not(heading, spell):
    assert speaks(spell(heading)) is Speaks.OF_OTHER


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    heading=phone_headings(),
    others=st.lists(st.sampled_from(OTHERS), min_size=1, max_size=4, unique=True),
    place=st.integers(0, 4),
    titles=st.integers(0, 3),
    rows=st.integers(1, 30),
    start=st.integers(0, 9_000_000),
)
def test_the_numbers_are_found_among_columns_that_look_like_them(tmp_path, heading, others, place, titles, rows, start):
    place = min(place, len(others))
    names = [*others[:place], heading, *others[place:]]
    path = tmp_path / "list.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(f"DANH SÁCH {n}{',' * len(others)}\n" for n in range(titles))
        file.write(",".join(f'"{name}"' for name in names) + "\n")
        for n in range(rows):
            cells = [str(912_345_678 + 7 * n + at) for at in range(len(others))]
            file.write(",".join([*cells[:place], f"090{start + n:07d}", *cells[place:]]) + "\n")
    with open_list(path) as found:
        assert found.phone_column == place
        assert [cells[place] for _, cells in found.rows()] == [f"090{start + n:07d}" for n in range(rows)]
