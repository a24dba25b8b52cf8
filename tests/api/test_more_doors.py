"""What else a program may ask for by HTTP: a dry run, suppression, the summary of a report, balances."""

import io

import openpyxl
import pytest

from tests.api.served import Api
from worker.services.operations import suppression

CAMPAIGN = {
    "provider": "esms",
    "sender": "LOA",
    "kind": "care",
    "text": "Chao {name}",
    "recipients": [
        {"phone": "0900000001", "name": "An"},
        {"phone": "0900000001", "name": "An"},
        {"phone": "x", "name": "y"},
    ],
}


def test_a_dry_run_counts_everything_and_stores_nothing(api: Api):
    client = api.client("campaigns")
    answer = client.post("/v1/campaigns?dry_run=true", json=CAMPAIGN)
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert (said["id"], said["rows"], said["valid"], said["duplicates"], said["invalid"], said["batches"]) == (
        None,
        3,
        1,
        1,
        1,
        1,
    )
    assert said["samples"][0]["text"] == "Chao An"
    files = {"list": ("people.csv", b"phone,name\n0900000001,An\n")}
    form = {name: value for name, value in CAMPAIGN.items() if name != "recipients"}
    assert client.post("/v1/campaigns?dry_run=true", data=form, files=files).json()["valid"] == 1
    refused = client.post("/v1/campaigns?dry_run=true", json={**CAMPAIGN, "kind": "ads", "text": "[QC] x"})
    assert (refused.status_code, refused.json()["rule"]) == (422, "too_few_numbers")
    assert refused.json()["details"]["invalid"] == 1
    assert client.get("/v1/campaigns").json() == {"campaigns": []}
    assert (api.uploads(), api.world.task_queue.plans) == ([], [])


def two_sheets() -> bytes:
    """A workbook of two lists, the second with a hidden row."""
    book = openpyxl.Workbook()
    first, second = book.active, book.create_sheet("TP.HCM")
    for sheet, begin in ((first, 1), (second, 3)):
        sheet.append(["phone", "name"])
        for n in range(begin, begin + 2):
            sheet.append([f"090000000{n}", "An"])
    second.row_dimensions[3].hidden = True
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


TWO_COLUMNS = "SĐT 1,SĐT 2,name\n0900000001,0900000002,An\n0900000003,0900000004,Ba\n".encode()
IN_TCVN3 = "phone,name\n0900000001,NguyÔn V¨n §Çm\n".encode("cp1252")


@pytest.mark.parametrize(
    ("file", "steps"),
    [
        (("a.csv", TWO_COLUMNS), [("file_two_phone_columns", {"phone_column": "SĐT 2"})]),
        (
            ("a.xlsx", two_sheets()),
            [("file_several_sheets", {"sheet": "TP.HCM"}), ("file_hidden_rows", {"hidden": "skip"})],
        ),
        (("a.csv", IN_TCVN3), [("file_encoding", {"encoding": "tcvn3"})]),
    ],
    ids=["two columns of numbers", "two sheets, a hidden row", "an old encoding"],
)
def test_what_is_asked_about_a_list_is_answered_by_a_field(api: Api, file, steps):
    client, form = api.client("campaigns"), {name: value for name, value in CAMPAIGN.items() if name != "recipients"}
    for rule, field in steps:
        refused = client.post("/v1/campaigns?dry_run=true", data=form, files={"list": file})
        assert (refused.status_code, refused.json()["rule"]) == (422, rule)
        assert next(iter(field)) in refused.text, "the answer names the field"
        form |= field
    said = client.post("/v1/campaigns?dry_run=true", data=form, files={"list": file}).json()
    assert said["valid"] >= 1, said
    assert said["list"]["phone_column"] == form.get("phone_column", "phone")
    assert said["list"]["sheet"] == form.get("sheet")


def test_numbers_are_suppressed_looked_up_and_let_go(api: Api):
    client = api.client("campaigns")
    body = {"phones": ["0900000001", "+84 900 000 001", "8755"], "reason": "opt_out"}
    assert client.post("/v1/suppressions", json=body).json() == {
        "rows": 3, "added": 1, "already": 0, "duplicates": 1, "invalid": 1,
        "examples": [{"place": 3, "reason": suppression.add(api.world.deps, ["8755"]).examples[0][2]}],
    }  # fmt: skip
    shown = api.client("read").get("/v1/suppressions/0900000001").json()
    assert (shown["suppressed"], shown["history"][0]["source"]) == (True, "http")
    assert shown["history"][0]["by"].startswith("key ")
    assert api.client("read").post("/v1/suppressions", json=body).status_code == 403
    gone = client.delete("/v1/suppressions/0900000001").json()
    assert (gone["suppressed"], gone["history"][0]["until"]) == (False, "2026-03-02T09:00:00+07:00")
    assert client.delete("/v1/suppressions/0900000001").status_code == 404
    assert client.get("/v1/suppressions/8755").json()["errors"][0]["field"] == "phone"
    assert client.post("/v1/suppressions", json={"phones": []}).status_code == 422


def test_the_summary_has_the_counts_and_no_batches(api: Api, numbers):
    made = api.world.create(numbers(40))
    said = api.client("read").get(f"/v1/campaigns/{made.campaign.id}/report").json()
    assert (said["counts"]["planned"], "batches" in said) == (40, False)
    missing = api.client("read").get("/v1/campaigns/00000000-0000-4000-8000-000000000000/report")
    assert missing.status_code == 404


def test_balances_are_asked_for_once_and_then_told(api: Api):
    client = api.client("read")
    assert client.get("/v1/providers/balances").json() == {"balances": []}
    asked = client.get("/v1/providers/esms/balance")
    assert asked.status_code == 200, asked.text
    assert asked.json()["unit"] == "VND"
    assert client.get("/v1/providers/balances").json()["balances"] == [asked.json()]
    assert client.get("/v1/providers/fpt/balance").status_code == 409
    assert client.get("/v1/providers/nobody/balance").status_code == 422
