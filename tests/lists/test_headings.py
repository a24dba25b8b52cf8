"""Headings are recognised by the words in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.lists.columns import layout_of
from worker.lists.headings import Speaks, clean_name, speaks

PHONES = """SĐT người nhận|Số điện thoại người nhận|SĐT liên hệ|Số liên hệ|ĐT di động|SĐT khách|Số ĐT KH
SĐT Zalo|Điện thoại 1|Phone 1
Billing Phone|billing_phone|Receiver Phone|Home Phone|Contact No.|SĐT người gửi|Phone (Billing)
Phone 1 - Value|Shipping Phone
Default Address Phone|Điện thoại khách hàng|Điện thoại|Số điện thoại
so dien thoai|SO_DIEN_THOAI|Mobile Phone|mobileNumber|customerPhone
Số di động|Sđt|SDT|ĐTDĐ|Số thuê bao|Tel|Tel.|Telephone number|MSISDN|Cell|sdtNguoiNhan|SDT1|Phone2
Số ĐT liên hệ|Mobile No|Contact Number
Họ tên / SĐT|Số điện thoại (bắt buộc)|*Số điện thoại|Recipient phone
phone_number|Phone Number|Khách hàng - Điện thoại|Đ.thoại|Đ/thoại|Đ. T|Số Đth|Ph. No|TelNo|ĐT người thu tiền""".replace(
    "\n", "|"
).split("|")
OTHERS = """Mã đơn hàng|Mã số thuế|Order ID|Order Number|Mã KH|Số tài khoản|STK|CCCD|Ngày sinh|Created at
Mã vận đơn|Số hợp đồng|STT|Tracking no|Số TK|Số BHXH|Policy Number|Student No|Số báo danh|Số hồ sơ|Biển số xe
Phone ID|phone_number_id|Mã điện thoại|IMEI điện thoại|Doanh thu (DT)|Số fax|Member number
Phone type|Phone 1 - Label|Nhà mạng điện thoại|Loại điện thoại|Mobile app|Số tiền|Số lượng|customer_id|Invoice No.""".replace(
    "\n", "|"
).split("|")
NOTHING = ["Họ tên", "Tên khách hàng", "Địa chỉ", "Name", "City", "Email", "Headphone", "Tên công ty", "", "Ghi chú"]


@pytest.mark.parametrize("name", PHONES)
def test_these_speak_of_phones(name):
    assert speaks(name) is Speaks.OF_PHONES


@pytest.mark.parametrize("name", OTHERS)
def test_these_speak_of_what_only_looks_like_numbers(name):
    assert speaks(name) is Speaks.OF_OTHER


@pytest.mark.parametrize("name", NOTHING)
def test_these_speak_of_neither(name):
    assert speaks(name) is Speaks.OF_NOTHING


@pytest.mark.parametrize(
    "name", ["Recipient", "Người nhận", "Liên hệ", "Zalo", "Number", "WhatsApp", "Viber", "Tel/Fax", "Số SIM"]
)
def test_these_need_the_values_beneath_them(name):
    assert speaks(name) is Speaks.PERHAPS


@pytest.mark.parametrize(
    "written",
    ["Họ\ntên", "Họ\u00a0tên", " Họ  tên ", "Họ\u200b tên", "Ho\u0323\u0302 tên".replace("o\u0323\u0302", "ọ")],
)
def test_white_space_in_a_heading_is_one_space(written):
    assert clean_name(written) == "Họ tên"


@given(
    phone=st.sampled_from(PHONES),
    other=st.sampled_from(OTHERS),
    digits=st.lists(st.integers(300_000_000, 999_999_999), min_size=2, max_size=20),
    order=st.permutations([0, 1, 2]),
)
def test_a_column_that_speaks_of_phones_outranks_ids_that_look_like_numbers(phone, other, digits, order):
    names = ["Họ tên", other, phone]
    rows = [["Lan", str(one), f"09{at:08d}" if at % 3 else ""] for at, one in enumerate(digits)]
    table = [[row[at] for at in order] for row in [names, *rows]]
    found = layout_of(list(enumerate(table, 1)), "list.csv")
    assert (found.header_row, found.phone_column) == (1, order.index(2))
