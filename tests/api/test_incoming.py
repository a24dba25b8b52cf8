"""What subscribers send comes in by the providers' calls: kept, obeyed at once, confirmed; repeats and forgeries do nothing."""

import base64
import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager

import httpx
import pytest
from defusedxml.ElementTree import fromstring
from pydantic import SecretStr
from sqlalchemy import text

from tests.api.served import Api, served
from tests.world import World
from worker.services.operations import incoming, suppression

KEY, CPID = "17417a0d20114d36a902e49cad0e97f3", "cp1"


@pytest.fixture
def api(loa: World) -> Iterator[Api]:
    loa.limits("fibo", otp_sender="LOA")
    with incoming_doors(loa) as made:
        yield made


def incoming_doors(loa: World) -> AbstractContextManager[Api]:
    loa.loa.settings = loa.loa.settings.model_copy(
        update={"esms_incoming_key": SecretStr(KEY), "esms_incoming_cpid": CPID, "fibo_incoming_user": "loa"}
    )
    return served(loa)


def path(api: Api, provider: str) -> str:
    return f"/callbacks/{provider}/incoming/{api.world.deps.sealer().callback_secret(f'{provider}/incoming')}"


def esms(
    api: Api, content: str, *, smsid: str = "1", sender: str = "84900000001", key: str = KEY, **more: str
) -> httpx.Response:
    at = "20260302090000"
    signed = base64.b64encode(hashlib.md5(f"{CPID}{smsid}{content}{at}{key}".encode()).digest()).decode()  # noqa: S324 - the provider's own way
    words = {
        "sender": sender, "content": content, "serviceNumber": "8041", "keyword": content.split(" ", maxsplit=1)[0],
        "sign": signed,
        "cpid": CPID, "smsid": smsid, "receiverTime": at, **more,
    }  # fmt: skip
    return api.client().get(path(api, "esms"), params=words)


def suppressed(api: Api) -> list[tuple[int, str, str]]:
    return [(one.phone, one.reason, one.source) for one in suppression.newest(api.world.deps, 10)]


def test_a_refusal_is_obeyed_at_once_and_confirmed_in_the_answer(api: Api, numbers):
    made = api.world.create(numbers(40))
    answer = esms(api, "TC LOA", sender="84900000003")
    assert answer.status_code == 200
    said = fromstring(answer.text)
    assert said.tag == "ClientResponse"
    assert said.findtext("Message") == api.world.loa.settings.opt_out_reply
    assert (said.findtext("Smsid"), said.findtext("Receiver")) == ("1", "84900000003")
    assert suppressed(api) == [(84900000003, "opt_out", "esms 8041")]
    # Of a campaign that was planned before.
    api.world.go()
    assert 84900000003 not in api.world.sandbox.phones()
    assert api.world.counts(made)["suppressed"] == 1
    (kept,) = incoming.newest(api.world.deps, 10)
    assert (kept.content, kept.meaning, kept.phone) == ("TC LOA", "opt_out", 84900000003)


def test_a_repeat_does_nothing_new_and_is_answered_alike(api: Api):
    first = esms(api, "Từ chối")
    suppression.remove(api.world.deps, ["0900000001"])
    again = esms(api, "Từ chối")
    assert again.text == first.text
    assert suppressed(api) == []
    assert len(incoming.newest(api.world.deps, 10)) == 1


def test_a_forged_call_is_kept_and_does_nothing(api: Api):
    suppression.add(api.world.deps, ["0900000001"])
    for answer in (
        esms(api, "DK", key="another"), esms(api, "DK", sign=""), esms(api, "DK", cpid="cp2"),
        esms(api, "DK", smsid="2", phone="x", receiverTime="20260302090001"),
    ):  # fmt: skip
        assert answer.status_code == 403
    assert suppressed(api) == [(84900000001, "opt_out", "cli")]
    assert {one.meaning for one in incoming.newest(api.world.deps, 10)} == {"forged"}
    # A forged id does not take the place of the real one.
    assert esms(api, "DK").status_code == 200
    assert suppressed(api) == []


def test_a_consent_ends_his_own_refusal_and_not_the_national_list(api: Api):
    suppression.add(api.world.deps, ["0900000001"])
    suppression.add(api.world.deps, ["0900000002"], "do_not_call", "dnc.csv")
    assert "dong y" in esms(api, "Đồng ý").text
    esms(api, "DK", smsid="2", sender="84900000002")
    assert suppressed(api) == [(84900000002, "do_not_call", "dnc.csv")]
    (entry,) = suppression.history(api.world.deps, "0900000001")
    assert (entry.reason, entry.ended_by) == ("opt_out", "subscriber, esms 8041")


def test_anything_else_stays_in_the_inbox(api: Api):
    answer = esms(api, "gia bao nhieu <&>?")
    assert fromstring(answer.text).findtext("Message") == ""
    assert esms(api, "TC", smsid="2", sender="tong dai").status_code == 200
    assert {(one.content, one.meaning) for one in incoming.newest(api.world.deps, 10)} == {
        ("gia bao nhieu <&>?", "other"),
        ("TC", "unreadable"),
    }
    assert suppressed(api) == []


def test_fibo_passes_on_by_form_or_query_and_the_confirmation_is_a_text_of_its_own(api: Api):
    words = {
        "Username": "loa",
        "Password": "",
        "PrefixId": "8079",
        "Phonenumber": "0900000001",
        "MsgContent": "TC",
        "RequestId": "7",
    }
    client = api.client()
    answer = client.post(path(api, "fibo"), data=words)
    assert (answer.status_code, answer.text) == (200, "1")
    assert client.get(path(api, "fibo"), params=words).text == "1"
    assert suppressed(api) == [(84900000001, "opt_out", "fibo 8079")]
    with api.world.deps.sessions() as session:
        assert session.execute(text("SELECT count(*) FROM message WHERE route = '{fibo}'")).scalar_one() == 1
    assert client.get(path(api, "fibo"), params={**words, "Username": "x"}).status_code == 403
    assert client.get(path(api, "fibo"), params={"Username": "loa"}).text == "-1"


def test_a_confirmation_that_no_sender_can_send_is_not_said_to_be_sent(loa: World):
    words = {"Username": "loa", "PrefixId": "8079", "Phonenumber": "0900000001", "MsgContent": "TC", "RequestId": "7"}
    with incoming_doors(loa) as api:
        assert api.client().post(path(api, "fibo"), data=words).text == "1"
        assert suppressed(api) == [(84900000001, "opt_out", "fibo 8079")]
        assert [(one.meaning, one.reply) for one in incoming.newest(loa.deps, 10)] == [("opt_out", "")]


def test_who_does_not_know_the_path_learns_nothing(api: Api):
    client = api.client()
    deps = api.world.deps
    for wrong in ("/callbacks/esms/incoming/x", "/callbacks/fpt/incoming/x", "/callbacks/nobody/incoming/x",
                  f"/callbacks/esms/incoming/{deps.sealer().callback_secret('esms')}"):  # fmt: skip
        assert client.get(wrong).status_code == 404
    assert client.post(path(api, "fibo"), content=b"x" * 70_000).status_code == 413
    assert incoming.newest(deps, 10) == []


def test_a_refusal_while_it_is_being_sent_wins_in_the_next_batch(api: Api, numbers):
    api.world.limits(max_recipients=20)
    made = api.world.create(numbers(40))
    api.world.release()
    first, *rest = api.world.task_queue.sends
    api.world.task_queue.sends = [first]
    api.world.run_tasks()
    sent = set(api.world.sandbox.phones())
    (late,) = [one for one in (84900000000, 84900000039) if one not in sent][:1]
    esms(api, "TC", sender=str(late))
    api.world.task_queue.sends = rest
    api.world.run_tasks()
    assert late not in api.world.sandbox.phones()
    assert api.world.counts(made)["suppressed"] == 1
