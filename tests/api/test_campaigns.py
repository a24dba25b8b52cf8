"""Campaigns by HTTP: drafts that are planned behind, commands with receipts, reports."""

import csv
import io
import json
import stat
import threading
import time

import openpyxl
import pytest
from sqlalchemy import text

from tests.api.served import Api, served
from tests.world import World
from worker.services.planning import drafts

WISH = {"provider": "esms", "sender": "LOA", "kind": "ads", "text": "[QC] Giam gia 20% hom nay"}
CARE = {**WISH, "kind": "care", "text": "Chao {ten}, don hang da giao."}


def people(count: int, first: int = 0) -> list[str]:
    return [f"09{first + n:08d}" for n in range(count)]


def upload(api: Api, content: bytes, name: str = "khach.csv", key: str = "", **requested: str):
    headers = {"Idempotency-Key": key} if key else {}
    return api.client("campaigns").post(
        "/v1/campaigns", data={**WISH, **requested}, files={"list": (name, content)}, headers=headers
    )


def created(api: Api, count: int = 30, **requested) -> str:
    """The id of a planned campaign."""
    answer = api.client("campaigns").post("/v1/campaigns", json={**WISH, "recipients": people(count), **requested})
    assert answer.status_code == 202, answer.text
    api.plan()
    return str(answer.json()["id"])


def shown(api: Api, campaign_id: str):
    return api.client("read").get(f"/v1/campaigns/{campaign_id}").json()


def rows(loa: World, sql: str):
    with loa.deps.sessions() as session:
        return session.execute(text(sql)).all()


# Drafts


def test_a_messy_list_is_streamed_to_disk_and_planned_behind(api: Api):
    messy = "ten;phone\n" + "".join(f"A;{n}\n" for n in people(30)) + "B;+84 900 000 000\nC;0243 123 4567\n;\nE;abc\n"
    answer = upload(api, messy.encode(), name="C:\\temp\\khách hàng.csv", name_="")
    assert answer.status_code == 422
    answer = upload(api, messy.encode(), name="C:\\temp\\khách hàng.csv")
    assert answer.status_code == 202, answer.text
    made = answer.json()
    assert (made["status"], made["name"]) == ("draft", "khách hàng")
    assert answer.headers["location"] == f"/v1/campaigns/{made['id']}"
    assert api.uploads() == [made["id"]]
    assert rows(api.world, "SELECT data FROM upload_piece") == [(messy.encode(),)]
    assert shown(api, made["id"])["status"] == "draft"
    assert api.plan() == ["scheduled"]
    campaign = shown(api, made["id"])
    assert campaign["status"] == "scheduled"
    assert {name: campaign[name] for name in ("rows", "valid", "duplicates", "invalid", "suppressed")} == {
        "rows": 34, "valid": 30, "duplicates": 1, "invalid": 3, "suppressed": 0,
    }  # fmt: skip
    assert campaign["counts"]["planned"] == 30
    assert [batch["size"] for batch in campaign["batches"]] == [30]
    assert api.uploads() == []
    assert rows(api.world, "SELECT 1 FROM draft") == []


def test_a_planned_draft_is_sent_as_any_campaign(api: Api):
    campaign_id = created(api, 25)
    api.world.go()
    assert shown(api, campaign_id)["counts"]["accepted"] == 25
    assert set(api.world.sandbox.phones().values()) == {1}
    assert len(api.world.sandbox.phones()) == 25


def test_recipients_in_json_bring_their_variables(api: Api):
    recipients = [
        {"phone": "0900000001", "ten": 'An, "Ba"\nTu'},
        {"phone": 84900000002, "ten": "=Bình;", "other": 7},
        {"phone": "0900000003", "ten": None},
        "0900000004",
    ]
    made = api.client("campaigns").post("/v1/campaigns", json={**CARE, "recipients": recipients}).json()
    api.plan()
    campaign = shown(api, made["id"])
    assert (campaign["status"], campaign["name"], campaign["valid"], campaign["invalid"]) == (
        "scheduled", "recipients", 2, 2,
    ), campaign  # fmt: skip
    api.world.go()
    texts = {order["text"] for order in api.world.sandbox.orders()}
    assert texts == {'Chao An, "Ba" Tu, don hang da giao.', "Chao =Bình;, don hang da giao."}


def test_numbers_in_json_are_written_as_people_write_them(api: Api):
    client, text = api.client("campaigns"), "Chao, ban con {no} d."
    ask = {**CARE, "text": text, "dry_run": True}
    for number, says in ((150000.0, "150000"), (0.5, "0.5"), (0.0, "0"), (-3.0, "-3"), (10**20, "1" + 20 * "0")):
        made = client.post("/v1/campaigns", json={**ask, "recipients": [{"phone": "0900000001", "no": number}]}).json()
        assert made["samples"][0]["text"] == f"Chao, ban con {says} d."
    for number in ("1e400", "1e22", "0.00001", "NaN"):
        body = json.dumps({**ask, "recipients": [{"phone": "0900000001", "no": "?"}]}).replace('"?"', number)
        answer = client.post("/v1/campaigns", content=body, headers={"Content-Type": "application/json"})
        assert [one["field"] for one in answer.json()["errors"]] == ["recipients.0.no"], answer.text


def test_a_refused_list_becomes_failed_with_the_sentence_and_the_upload_goes(api: Api):
    made = upload(api, "\n".join(people(19)).encode(), name="few.txt").json()
    assert api.plan() == ["failed"]
    campaign = shown(api, made["id"])
    assert campaign["status"] == "failed"
    assert campaign["status_reason"].startswith("The list has 19 numbers to write to, and eSMS takes ads for 20")
    assert campaign["finished_at"] is not None
    assert api.uploads() == []
    broken = upload(api, b"%PDF-1.7 not a list", name="list.pdf").json()
    assert api.plan() == ["failed"]
    assert "list.pdf" in shown(api, broken["id"])["status_reason"]
    assert rows(api.world, "SELECT 1 FROM recipient") == []


def test_a_lost_bell_is_rung_again_and_a_double_bell_is_harmless(api: Api):
    upload(api, "\n".join(people(30)).encode())
    (campaign_id,), api.world.task_queue.plans = api.world.task_queue.plans, []
    drafts.sweep(api.world.deps)
    assert api.world.task_queue.plans == []
    api.world.clock.tick(seconds=16)
    drafts.sweep(api.world.deps)
    assert api.world.task_queue.plans == [campaign_id]
    api.world.task_queue.plans *= 2
    assert api.plan() == ["scheduled", None]
    api.world.clock.tick(seconds=16)
    drafts.sweep(api.world.deps)
    assert api.world.task_queue.plans == []


def test_two_workers_at_once_plan_a_draft_once(api: Api):
    upload(api, "\n".join(people(3000)).encode())
    (campaign_id,), ready, found = api.world.task_queue.plans, threading.Barrier(3), []

    def plan() -> None:
        ready.wait()
        found.append(drafts.plan(api.world.deps, campaign_id))

    threads = [threading.Thread(target=plan) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, found)) == ["None", "None", "scheduled"]
    assert rows(api.world, "SELECT count(*) FROM recipient") == [(3000,)]


def test_a_draft_that_is_cancelled_is_never_planned(api: Api):
    made = upload(api, "\n".join(people(30)).encode()).json()
    client = api.client("campaigns")
    assert client.post(f"/v1/campaigns/{made['id']}/pause").json()["rule"] == "wrong_status"
    receipt = client.post(f"/v1/campaigns/{made['id']}/cancel")
    assert (receipt.status_code, receipt.json()["status"]) == (200, "cancelled")
    assert api.plan() == [None]
    assert api.uploads() == []
    assert rows(api.world, "SELECT 1 FROM recipient UNION ALL SELECT 1 FROM draft") == []


def test_a_draft_that_is_cancelled_while_it_is_planned_keeps_nothing(api: Api, monkeypatch: pytest.MonkeyPatch):
    made = upload(api, "\n".join(people(30)).encode()).json()
    client, lay_out = api.client("campaigns"), drafts.batching.store

    def cancelled_meanwhile(*args):
        number = lay_out(*args)
        assert client.post(f"/v1/campaigns/{made['id']}/cancel", timeout=30).status_code == 200
        return number

    monkeypatch.setattr(drafts.batching, "store", cancelled_meanwhile)
    assert api.plan() == [None]
    assert shown(api, made["id"])["status"] == "cancelled"
    assert rows(api.world, "SELECT 1 FROM recipient UNION ALL SELECT 1 FROM batch UNION ALL SELECT 1 FROM draft") == []
    assert api.uploads() == []


def test_a_list_that_takes_its_worker_down_again_and_again_is_given_up(api: Api, monkeypatch: pytest.MonkeyPatch):
    made = upload(api, "\n".join(people(30)).encode()).json()
    (campaign_id,) = api.world.task_queue.plans

    def dies(*_args):
        raise MemoryError

    monkeypatch.setattr(drafts.batching, "store", dies)
    for _ in range(drafts.MOST_TRIES):
        with pytest.raises(MemoryError):
            drafts.plan(api.world.deps, campaign_id)
    assert drafts.plan(api.world.deps, campaign_id) == "failed"
    assert "3 tries" in shown(api, made["id"])["status_reason"]
    assert api.uploads() == []


def test_an_upload_that_nobody_knows_is_removed_after_a_day(api: Api, loa: World):
    upload(api, "\n".join(people(30)).encode())
    known = set(api.uploads())
    (loa.deps.uploads / "orphan.list").write_text("0900000001")
    # Files have the machine's time, which is later than that of the test's clock.
    real = (loa.deps.uploads / "orphan.list").stat().st_mtime
    loa.clock.tick(seconds=real - loa.clock.now().timestamp() + 80_000)
    drafts.sweep(loa.deps)
    assert set(api.uploads()) == {*known, "orphan.list"}
    loa.clock.tick(seconds=10_000)
    drafts.sweep(loa.deps)
    assert set(api.uploads()) == known


def test_in_a_shared_folder_a_list_is_for_our_eyes_and_one_that_the_worker_does_not_see_is_said_so(loa: World):
    loa.change(uploads_in_database=False)
    with served(loa) as api:
        upload(api, "\n".join(people(30)).encode())
        assert api.plan() == ["scheduled"]
        assert api.uploads() == []
        made = upload(api, "\n".join(people(30)).encode()).json()
        (path,) = api.world.deps.uploads.iterdir()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        path.unlink()
        assert api.plan() == ["failed"]
        assert "LOA_DATA_DIR must be one folder" in shown(api, made["id"])["status_reason"]


def test_a_large_list_goes_through_the_database_in_pieces(api: Api):
    numbers = range(900_000_000, 900_250_000)
    content = b"phone\n" + b"".join(b"0%d\n" % number for number in numbers)
    made = upload(api, content).json()
    pieces = rows(api.world, "SELECT length(data) FROM upload_piece ORDER BY seq")
    assert sum(length for (length,) in pieces) == len(content)
    assert max(length for (length,) in pieces) == 1 << 20
    assert [path.name for path in api.world.deps.uploads.iterdir()] == []
    assert api.plan() == ["scheduled"]
    assert shown(api, made["id"])["valid"] == 250_000
    assert api.uploads() == []


# Idempotency


def test_the_same_upload_under_the_same_key_is_one_campaign(api: Api):
    client, content = api.client("campaigns"), "\n".join(people(30)).encode()

    def ask(body: bytes):
        headers = {"Idempotency-Key": "march"}
        return client.post("/v1/campaigns", data=WISH, files={"list": ("a.csv", body)}, headers=headers)

    first = ask(content)
    api.plan()
    again = ask(content)
    assert (again.status_code, again.json(), again.headers["idempotent-replayed"]) == (202, first.json(), "true")
    assert api.uploads() == []
    assert api.world.task_queue.plans == []
    other = ask(content + b"\n0911111111")
    assert (other.status_code, other.json()["rule"]) == (409, "key_conflict")
    # The key as it was given, without the mark of whose it is.
    assert other.json()["detail"].startswith("The key 'march' already")
    assert api.uploads() == []
    assert rows(api.world, "SELECT count(*) FROM campaign") == [(1,)]


def test_twenty_at_once_with_one_key_make_one_draft(api: Api):
    client, answers, ready = api.client("campaigns"), [], threading.Barrier(20)
    body = {**WISH, "recipients": people(30)}

    def ask() -> None:
        ready.wait()
        answers.append(client.post("/v1/campaigns", json=body, headers={"Idempotency-Key": "once"}))

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {202}, {answer.text for answer in answers}
    assert len({answer.content for answer in answers}) == 1
    assert len(api.uploads()) == 1
    assert rows(api.world, "SELECT count(*) FROM campaign") == [(1,)]


def test_a_repeated_command_does_not_act_again(api: Api):
    campaign_id, client = created(api), api.client("campaigns")

    def command(name: str, key: str):
        return client.post(f"/v1/campaigns/{campaign_id}/{name}", headers={"Idempotency-Key": key} if key else {})

    paused = command("pause", "p1")
    assert paused.json() == {
        "id": campaign_id, "status": "paused", "stopped": 30, "beyond_reach": 0, "unknown": 0,
    }  # fmt: skip
    assert command("resume", "r1").json()["status"] == "scheduled"
    late = command("pause", "p1")
    assert (late.json(), late.headers["idempotent-replayed"]) == (paused.json(), "true")
    assert shown(api, campaign_id)["status"] == "scheduled"
    assert command("resume", "").status_code == 409
    assert command("resume", "r1").json()["status"] == "scheduled"
    conflict = command("cancel", "p1")
    assert (conflict.status_code, conflict.json()["rule"]) == (409, "key_conflict")
    # A refusal is not kept: the key does what it says once it can.
    assert command("resume", "r2").status_code == 409
    command("pause", "")
    assert command("resume", "r2").json()["status"] == "scheduled"
    assert command("cancel", "c1").json()["stopped"] == 30
    assert command("cancel", "c1").json()["stopped"] == 30


def test_a_command_that_is_worked_on_is_not_begun_again_unless_its_process_died(api: Api):
    campaign_id, client = created(api), api.client("campaigns")
    key_id = client.get("/v1/campaigns") and rows(api.world, "SELECT id FROM api_key WHERE 'campaigns' = ANY(scopes)")
    with api.world.deps.sessions.begin() as session:
        for (caller,) in key_id:
            session.execute(
                text("INSERT INTO answer (key, fingerprint, began_at) VALUES (:key, :what, :now)"),
                {"key": f"{caller}:k", "what": f"pause {campaign_id}", "now": api.world.clock.now()},
            )
    pause = f"/v1/campaigns/{campaign_id}/pause"
    answer = client.post(pause, headers={"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["rule"], answer.headers["retry-after"]) == (409, "in_progress", "1")
    api.world.clock.tick(minutes=3)
    assert client.post(pause, headers={"Idempotency-Key": "k"}).json()["status"] == "paused"


# Reading


def test_the_report_is_a_csv_of_every_number(api: Api):
    campaign_id = created(api, 25)
    api.world.go()
    answer = api.client("read").get(f"/v1/campaigns/{campaign_id}/report.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert f"{campaign_id}.csv" in answer.headers["content-disposition"]
    assert answer.text[0] == "\ufeff", "by it spreadsheets know UTF-8"
    lines = list(csv.DictReader(io.StringIO(answer.text[1:])))
    assert [line["phone"] for line in lines] == people(25)
    assert {line["state"] for line in lines} == {"accepted"}
    assert [line["row"] for line in lines] == [str(n + 2) for n in range(25)]
    assert api.uploads() == []
    missing = api.client("read").get("/v1/campaigns/00000000-0000-4000-8000-000000000000/report.csv")
    assert missing.status_code == 404


def test_the_report_is_a_workbook_too(api: Api):
    campaign_id = created(api, 25)
    api.world.go()
    client = api.client("read")
    answer = client.get(f"/v1/campaigns/{campaign_id}/report.xlsx")
    assert answer.headers["content-type"].startswith("application/vnd.openxmlformats-officedocument")
    assert f"{campaign_id}.xlsx" in answer.headers["content-disposition"]
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    heading, *rows = book["Recipients"].iter_rows(values_only=True)
    assert [row[heading.index("phone")] for row in rows] == people(25)
    assert dict(book["Totals"].iter_rows(values_only=True))["accepted"] == 25
    assert api.uploads() == []
    assert client.get("/v1/campaigns/00000000-0000-4000-8000-000000000000/report.xlsx").status_code == 404


def test_what_has_all_left_is_not_cancelled(api: Api):
    campaign_id = created(api, 25)
    api.world.go()
    answer = api.client("campaigns").post(f"/v1/campaigns/{campaign_id}/cancel")
    assert (answer.status_code, answer.json()["rule"]) == (409, "all_has_left")
    assert shown(api, campaign_id)["status"] == "sending"


def test_times_are_taken_as_people_write_them(api: Api):
    made = created(api, 25, at="02/03/2026 14:00", until="3/3/2026")
    one = shown(api, made)
    assert (one["scheduled_for"], one["until"]) == ("2026-03-02T14:00:00+07:00", "2026-03-04T00:00:00+07:00")
    assert (one["leaves"], one["waits"]) == ("2026-03-02T14:00:00+07:00", "")


def test_the_latest_campaigns_are_listed(api: Api):
    made = []
    for _ in range(3):
        made.append(created(api))
        api.world.clock.tick(seconds=1)
    client = api.client("read")
    listed = client.get("/v1/campaigns", params={"limit": 2}).json()["campaigns"]
    assert [one["id"] for one in listed] == made[:0:-1]
    assert client.get("/v1/campaigns", params={"limit": 0}).json()["errors"][0]["field"] == "limit"


# Faults


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"provider": "viettel"}, "provider"),
        ({"provider": " "}, "provider"),
        ({"kind": "spam"}, "kind"),
        ({"sender": ""}, "sender"),
        ({"text": "no label"}, "text"),
        ({"text": "[QC] " + "x" * 418}, "text"),
        ({"text": "[QC] {"}, "text"),
        ({"at": "tomorrow"}, "at"),
        ({"at": ""}, "at"),
        ({"at": "2020-01-01T09:00"}, "at"),
        ({"recipients": []}, "recipients"),
        ({"recipients": ["0900000001", {"name": "An"}]}, "recipients.1"),
        ({"recipients": [True]}, "recipients.0"),
        ({"recipients": [["0900000001"]]}, "recipients.0"),
        ({"recipients": None}, "recipients"),
        ({"text": "[QC] {ten}", "recipients": [{"phone": "0900000001", "ten": True}]}, "recipients.0.ten"),
        ({"recipients": [{"phone": ["0900000001"]}]}, "recipients.0.phone"),
        ({"0900000001": 1}, "body"),
        ({"list_path": "/etc/passwd"}, "list_path"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_kept(api: Api, change, field):
    answer = api.client("campaigns").post("/v1/campaigns", json={**WISH, "recipients": people(20), **change})
    assert answer.status_code == 422, answer.text
    assert [one["field"] for one in answer.json()["errors"]] == [field], answer.text
    assert "0900000001" not in answer.text
    assert (api.uploads(), rows(api.world, "SELECT 1 FROM campaign")) == ([], [])


def test_a_form_is_checked_as_strictly(api: Api):
    client, list_ = api.client("campaigns"), {"list": ("a.csv", b"0900000001")}

    def ask(data, files):
        answer = client.post("/v1/campaigns", data=data, files=files)
        return answer.status_code, [one["field"] for one in answer.json().get("errors", [])]

    assert ask({**WISH, "kind": "spam"}, list_) == (422, ["kind"])
    assert ask({**WISH, "recipients": "0900000001"}, list_) == (422, ["recipients"])
    assert ask({"provider": "esms"}, list_) == (422, ["sender", "kind", "text"])
    assert ask({**WISH, "text": "x" * 20_001}, list_) == (422, ["text"])
    assert ask({**WISH, "text": ["a", "b"]}, list_) == (422, ["text"])
    assert ask(WISH, {"other": ("a.csv", b"1")}) == (422, ["list"])
    assert ask(WISH, [("list", ("a", b"1")), ("list", ("b", b"2"))]) == (422, ["list"])
    assert ask({f"x{n}": "1" for n in range(30)}, list_) == (422, [])
    assert api.uploads() == []


def test_a_broken_or_too_large_upload_leaves_nothing(api: Api, loa: World):
    client = api.client("campaigns")
    loa.loa.settings = loa.loa.settings.model_copy(update={"max_upload_bytes": 10_000})
    answer = client.post("/v1/campaigns", data=WISH, files={"list": ("a.csv", b"0900000001\n" * 1000)})
    assert (answer.status_code, answer.json()["rule"]) == (413, "too_large")
    whole = b'--x\r\nContent-Disposition: form-data; name="list"; filename="a"\r\n\r\n0900000001'
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    endless = (whole if n == 0 else b"0900000001\n" * 100 for n in range(50))
    assert client.post("/v1/campaigns", content=endless, headers=form).status_code == 413
    for body, kind in (
        (whole, form["Content-Type"]),
        (whole, "multipart/form-data"),
        (b"rubbish", form["Content-Type"]),
        (b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--\r\n", form["Content-Type"]),
    ):
        answer = client.post("/v1/campaigns", content=body, headers={"Content-Type": kind})
        assert (answer.status_code, answer.json()["rule"]) == (400, "not_multipart"), answer.text
    assert client.post("/v1/campaigns", content=b"a", headers={"Content-Type": "text/csv"}).status_code == 415
    assert api.uploads() == []


def test_half_an_upload_whose_sender_goes_away_leaves_nothing(api: Api):
    def until(there: bool) -> None:
        ends = time.monotonic() + 60
        while bool(api.uploads()) != there:
            assert time.monotonic() < ends, api.uploads()
            time.sleep(0.01)

    def half():
        yield b'--x\r\nContent-Disposition: form-data; name="list"; filename="a"\r\n\r\n' + b"0900000001\n" * 200_000
        until(there=True)
        raise ConnectionAbortedError

    with pytest.raises(ConnectionAbortedError):
        api.client("campaigns").post(
            "/v1/campaigns", content=half(), headers={"Content-Type": "multipart/form-data; boundary=x"}
        )
    until(there=False)
