"""A campaign over Zalo, written in the console without a browser: template, values, the text that follows."""

import re

import pytest

from tests.console.browserless import Console, Person
from tests.world import ZALO_ACCOUNT, ZALO_TEMPLATE

ORDERS = "phone,customer_name,Mã đơn\n" + "".join(f"09000000{n:02d},Lan {n},DH{n}\n" for n in range(30))
FILLED = {
    "kind": "care",
    "oa_id": ZALO_ACCOUNT,
    "template_id": ZALO_TEMPLATE,
    "name-0": "customer_name",
    "column-0": "",
    "name-1": "order_code",
    "column-1": "Mã đơn",
    "fallback_text": "Chao {customer_name}, don {Mã đơn} da gui",
    "fallback_sender": "LOA",
}


def over_zalo(lan: Person, **fields: str) -> str:
    """The address of a form that goes over Zalo and is filled."""
    form = lan.upload("/new", "don hang.csv", ORDERS.encode()).url.path.removesuffix("/list")
    assert 'name="do" value="zalo"' in lan.get(f"{form}/text").text
    lan.post(f"{form}/text", {"kind": "care", "text": "", "do": "zalo"})
    assert "Điền vào mẫu" in lan.text()
    lan.post(f"{form}/zalo", {**FILLED, **fields, "go": "on"})
    return form


def test_a_campaign_over_zalo_is_written_counted_sent_and_followed_by_a_text(alone: Console):
    lan, world = alone.person("lan", "marketer"), alone.api.world
    form = over_zalo(lan)
    assert lan.page is not None
    assert lan.page.url.path == f"{form}/when", lan.text()
    assert 'name="sender"' not in lan.page.text
    lan.post(f"{form}/when", {"provider": "esms", "name": "Đơn hàng", "begin": "now", "go": "on"})
    assert alone.api.plan() == ["draft"]
    lan.get(f"{form}/check")
    assert f"Mẫu Zalo {ZALO_TEMPLATE} của Official Account {ZALO_ACCOUNT}" in lan.text()
    assert "Nếu không tới được, tin SMS từ LOA: Chao Lan 0, don DH0 da gui" in lan.text()
    assert "9.900 ₫" in lan.text().replace("\xa0", " ")
    assert f'action="{form}/test"' not in lan.page.text
    world.sandbox.set(fail_share=1)
    assert "Đã lên lịch" in lan.submit(form).text
    path = lan.page.url.path
    world.go()
    assert {tuple(one["details"]["Params"]) for one in world.sandbox.orders()} == {
        (f"Lan {n}", f"DH{n}") for n in range(30)
    }
    assert "Zalo" in lan.get(path).text


def test_the_template_is_read_and_its_values_get_the_columns_of_their_names(alone: Console):
    lan = alone.person("lan", "marketer")
    form = over_zalo(lan, oa_id="")
    assert "Cần có mã của Official Account (OAID)" in lan.text()
    lan.post(f"{form}/zalo", {**FILLED, "name-0": "", "name-1": "", "do": "read"})
    assert lan.page is not None
    assert re.findall(r'name="name-\d+" type="text" maxlength="100" value="([^"]+)"', lan.page.text) == [
        "customer_name",
        "order_code",
    ]
    assert '<option value="customer_name" selected>' in lan.page.text
    assert "Lan 0" in lan.text()
    lan.post(f"{form}/zalo", {**FILLED, "template_id": "999", "do": "read"})
    assert "không cho biết các tham số của mẫu này" in lan.text()


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"name-0": "a{b"}, "không thể là tên tham số"),
        ({"name-1": "customer_name"}, "được nhập hai lần"),
        ({"column-1": "", "name-1": "nothing"}, "không có cột cho biến {nothing}"),
        ({"fallback_sender": ""}, "cần cả nội dung và tên gửi"),
        ({"fallback_text": "Chao {ai}"}, "không có cột cho biến {ai}"),
        ({"kind": "ads"}, "phải bắt đầu bằng một trong các nhãn"),
    ],
)
def test_what_zalo_cannot_take_is_said_before_anything_is_counted(alone: Console, fields: dict[str, str], says: str):
    lan = alone.person("lan", "marketer")
    over_zalo(lan, **fields)
    assert lan.page is not None
    assert lan.page.status_code == 422
    assert says in lan.text()


def test_a_form_that_goes_by_text_again_keeps_both(alone: Console):
    lan = alone.person("lan", "marketer")
    form = over_zalo(lan)
    lan.post(f"{form}/zalo", {**FILLED, "do": "sms"})
    lan.post(f"{form}/text", {"kind": "care", "text": "Chao {customer_name}", "go": "on"})
    lan.post(f"{form}/when", {"provider": "esms", "sender": "LOA", "begin": "now", "go": "on"})
    assert alone.api.plan() == ["draft"]
    lan.get(f"{form}/check")
    assert "Chao Lan 0" in lan.text()
    lan.post(f"{form}/text", {"kind": "care", "text": "Chao {customer_name}", "do": "zalo"})
    assert lan.page is not None
    assert f'value="{ZALO_TEMPLATE}"' in lan.page.text
