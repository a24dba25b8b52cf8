"""Codes that Loa makes: sent, checked, and nowhere else."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from worker.domain.limit import Limit
from worker.domain.otp_code import CodePlan
from worker.errors import Misuse, NotFound, Refused
from worker.sealing import Sealer
from worker.services import otp
from worker.services.operations import api_keys
from worker.services.otp import OtpRequest

PHONE, TEMPLATE = "0900000001", "Ma xac thuc LOA: {code}"


def ask(loa, phone=PHONE, plan=None, **requested):
    made = OtpRequest(phone, TEMPLATE, route=("esms",), sender="LOA", generate=plan or CodePlan(), **requested)
    return otp.enqueue(loa.deps, made)


def sent_code(loa, message) -> str:
    loa.task_queue.otps.clear()
    otp.deliver(loa.deps, message.id)
    return loa.sandbox.orders()[-1]["text"].removeprefix("Ma xac thuc LOA: ")


def wrong(code: str) -> str:
    return code[:-1] + ("1" if code[-1] != "1" else "2")


def check(loa, message, code):
    came = otp.check(loa.deps, message.id, code)
    return str(came.status), came.tries_left


def test_a_code_is_made_sent_and_approved_once(loa):
    message = ask(loa)
    code = sent_code(loa, message)
    assert len(code) == 6
    assert code.isdigit()
    assert check(loa, message, wrong(code)) == ("wrong", 4)
    assert check(loa, message, f" {code} ") == ("approved", 4)
    assert check(loa, message, code) == ("used", 0)
    assert check(loa, message, wrong(code)) == ("used", 0)


def test_five_wrong_ones_and_no_code_is_right_any_more(loa):
    message = ask(loa)
    code = sent_code(loa, message)
    assert [check(loa, message, wrong(code)) for _ in range(5)] == [("wrong", left) for left in (4, 3, 2, 1, 0)]
    assert check(loa, message, code) == ("too_many", 0)


def test_a_code_is_over_after_its_time_whatever_the_time_to_live(loa):
    message = ask(loa, plan=CodePlan(valid_s=60))
    code = sent_code(loa, message)
    loa.clock.tick(seconds=59)
    assert check(loa, message, wrong(code)) == ("wrong", 4)
    loa.clock.tick(seconds=1)
    assert check(loa, message, code) == ("expired", 0)


def test_checks_at_once_are_as_many_tries(loa):
    message = ask(loa)
    code = sent_code(loa, message)
    said, ready = [], threading.Barrier(8)

    def guess() -> None:
        ready.wait()
        said.append(check(loa, message, wrong(code))[0])

    threads = [threading.Thread(target=guess) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["too_many"] * 3 + ["wrong"] * 5


def test_two_right_ones_at_once_open_once(loa):
    message = ask(loa)
    code = sent_code(loa, message)
    said, ready = [], threading.Barrier(4)

    def enter() -> None:
        ready.wait()
        said.append(check(loa, message, code)[0])

    threads = [threading.Thread(target=enter) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["approved", "used", "used", "used"]


def test_the_code_is_nowhere_but_in_the_text(loa, caplog):
    message = ask(loa)
    with loa.deps.sessions() as session:
        rows = [
            session.execute(text(f"SELECT t::text FROM {table} t")).scalars().all()
            for table in ("message", "otp_code", "attempt")
        ]
    code = sent_code(loa, message)
    kept = str(rows) + caplog.text + repr(otp.show(loa.deps, message.id))
    assert code not in kept.replace("\\x", "")
    with loa.deps.sessions() as session:
        hashed = session.execute(text("SELECT hash FROM otp_code")).scalar_one()
    # Under another key the same code has another hash: who has the database cannot try all codes.
    assert Sealer("another-key-of-these-tests").hash_codes(code, message.id) != (hashed,)
    assert loa.deps.sealer().hash_codes(code, message.id) == (hashed,)


def test_a_repeat_under_one_key_sends_no_second_code(loa):
    first = ask(loa, key="login-1")
    assert ask(loa, key="login-1").id == first.id
    with pytest.raises(Refused, match="login-1"):
        ask(loa, key="login-1", plan=CodePlan(length=8))


def test_only_whoever_asked_may_check(loa):
    shop, bank = (api_keys.create(loa.deps, ["otp"], name).row.id for name in ("shop", "bank"))
    message = ask(loa, api_key_id=shop)
    code = sent_code(loa, message)
    with pytest.raises(NotFound):
        otp.check(loa.deps, message.id, code, api_key_id=bank, everyone=False)
    assert otp.check(loa.deps, message.id, code, api_key_id=shop, everyone=False).status == "approved"


def test_a_code_of_the_callers_own_cannot_be_checked(loa):
    own = otp.enqueue(loa.deps, OtpRequest(PHONE, "Ma: 482913", route=("esms",), sender="LOA"))
    with pytest.raises(Refused) as fault:
        check(loa, own, "482913")
    assert fault.value.rule == "no_code"


def test_an_alphabet_a_length_and_a_line_for_browsers(loa):
    message = ask(loa, plan=CodePlan(length=8, alphabet="ABC2", domain="shop.example"))
    otp.deliver(loa.deps, message.id)
    said = loa.sandbox.orders()[-1]["text"]
    code = said.split("#")[1]
    assert said == f"Ma xac thuc LOA: {code}\n\n@shop.example #{code}"
    assert set(code) <= set("ABC2")
    assert len(code) == 8
    assert check(loa, message, code)[0] == "approved"


@pytest.mark.parametrize(
    "plan",
    [
        {"length": 3}, {"length": 13}, {"alphabet": "aa"}, {"alphabet": "a"}, {"alphabet": "ab"}, {"alphabet": "âb12345"},
        {"valid_s": 5}, {"valid_s": 1e9}, {"domain": "x"}, {"domain": "a b.c"},
    ],
)  # fmt: skip
def test_what_cannot_be_a_code_is_said(plan):
    with pytest.raises(Misuse):
        CodePlan(**plan)


def test_a_template_without_its_place_is_refused(loa):
    with pytest.raises(Refused) as fault:
        otp.enqueue(loa.deps, OtpRequest(PHONE, "Ma", route=("esms",), sender="LOA", generate=CodePlan()))
    assert fault.value.rule == "text_without_code"


@pytest.mark.parametrize("template", ["Chao {name}, ma {code}", "Ma {{code}}", "Ma {code} }", "Ma {code} { code }"])
def test_a_template_with_another_place_is_refused(loa, template):
    with pytest.raises(Refused) as fault:
        otp.enqueue(loa.deps, OtpRequest(PHONE, template, route=("esms",), sender="LOA", generate=CodePlan()))
    assert fault.value.rule == "template_unfilled"


@pytest.mark.parametrize("written", ["Ma {code}", "Chao { Họ tên }, ma 123456"])
def test_a_text_in_which_a_place_was_left_is_refused(loa, written):
    with pytest.raises(Refused) as fault:
        otp.enqueue(loa.deps, OtpRequest(PHONE, written, route=("esms",), sender="LOA"))
    assert fault.value.rule == "text_unfilled"


def test_a_place_that_may_hold_the_code_is_repeated_by_no_sentence(loa):
    with pytest.raises(Refused) as fault:
        otp.enqueue(loa.deps, OtpRequest(PHONE, "Ma {LOA 482913} cua ban", route=("esms",), sender="LOA"))
    assert fault.value.rule == "text_unfilled"
    assert "482913" not in f"{fault.value} {fault.value.details}"


def test_braces_around_no_name_are_a_part_of_a_text(loa):
    otp.enqueue(loa.deps, OtpRequest(PHONE, "Ma {123456} {}", route=("esms",), sender="LOA"))


def test_a_sealed_request_may_want_a_code(loa):
    token = loa.deps.sealer().seal_request(
        {"phone": PHONE, "template": TEMPLATE, "generate": {"length": 7}, "route": ["esms"], "sender": "LOA"}
    )
    message = otp.enqueue_sealed(loa.deps, token)
    code = sent_code(loa, message)
    assert len(code) == 7
    assert check(loa, message, code)[0] == "approved"
    bad = loa.deps.sealer().seal_request({"phone": PHONE, "template": TEMPLATE, "generate": {"size": 7}})
    with pytest.raises(Misuse, match="generate"):
        otp.enqueue_sealed(loa.deps, bad)


def test_limits_by_key_by_block_of_numbers_and_by_network(loa):
    ten = timedelta(minutes=10)
    shop = api_keys.create(loa.deps, ["otp"], "shop").row.id
    for changes, first, second, rule in (
        (
            {"key_limits": (Limit(1, ten),)},
            {"api_key_id": shop},
            {"phone": "0911111111", "api_key_id": shop},
            "too_many_of_key",
        ),
        ({"prefix_limits": (Limit(1, ten),)}, {"phone": "0922222001"}, {"phone": "0922222999"}, "too_many_to_prefix"),
        (
            {"client_limits": (Limit(1, ten),)},
            {"phone": "0933333001", "client_ip": "203.0.113.7"},
            {"phone": "0944444001", "client_ip": "203.0.113.200"},
            "too_many_of_client",
        ),
    ):
        loa.change(otp=replace(loa.deps.otp, limits=(), key_limits=(), prefix_limits=(), client_limits=()))
        loa.change(otp=replace(loa.deps.otp, **changes))
        ask(loa, **first)
        loa.clock.tick(minutes=1)
        with pytest.raises(Refused) as fault:
            ask(loa, **second)
        assert (fault.value.rule, fault.value.details) == (rule, {"retry_after_s": 540})
        ask(loa, phone="0955555001", client_ip="198.51.100.1")
        loa.clock.tick(minutes=9)
        ask(loa, **second)
    with pytest.raises(Misuse, match="client_ip"):
        ask(loa, client_ip="here")


def test_what_is_deleted_takes_its_code_with_it(loa):
    ask(loa)
    with loa.deps.sessions.begin() as session:
        session.execute(text("DELETE FROM message"))
        assert session.execute(text("SELECT count(*) FROM otp_code")).scalar_one() == 0
