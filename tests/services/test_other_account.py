"""An order whose answer was lost, and then the keys of another account at the same provider: its record knows nothing of it."""

import json
import subprocess
import sys
from dataclasses import replace

import httpx
import pytest

from tests.world import UNUSED_TLS, Sandbox
from worker.clock import Clock
from worker.domain.window import ALWAYS
from worker.services.operations import control
from worker.services.unknown import lookup, resolve
from worker.services.unknown.resolve import Verdict

ADS, CARE = "SendMultipleSMSBrandname_json", "SendMultipleMessage_V4_post_json"
CARE_TEXT = "Don hang da gui"


@pytest.fixture(scope="module")
def other_process():
    """The address of a second sandbox: what one account there has, the other account's record and memory do not show."""
    command = [sys.executable, "-m", "worker.sandbox.serve", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    yield json.loads(process.stdout.readline())["url"]
    process.terminate()
    process.wait(60)
    process.stdout.close()


@pytest.fixture
def other(other_process):
    """The other account's side of the provider."""
    with httpx.Client(base_url=other_process, timeout=60, trust_env=False, verify=UNUSED_TLS) as client:
        sandbox = Sandbox(other_process, client)
        sandbox.set(api_key="other-key")
        yield sandbox


@pytest.fixture
def loa(loa):
    """Loa on the sandbox's own time, since its record is asked for by time; texts may leave at any hour."""
    loa.clock.moment = Clock().now()
    loa.limits(windows=ALWAYS)
    return loa


@pytest.fixture
def change_keys(loa, other):
    """Put the keys of the other account in place, or those of before."""
    own = loa.deps.accounts["esms"].messages.account
    opened = []

    def change(to="other-key"):
        at = (
            own if to == own.api_key else replace(own, api_key=to, base_url=other.esms_url, ott_base_url=other.esms_url)
        )
        loa.call(at)
        opened.append(loa.deps.accounts["esms"].messages)

    yield change
    for messages in opened:
        loa.deps.run(messages.aclose())


def settled_time(loa, **duration):
    loa.clock.tick(**duration or {"seconds": (loa.deps.lease + loa.deps.lookup_delay).total_seconds() + 20})


def started(loa, numbers, kind, do, when):
    """A campaign of which an answer was lost: of its one order, or of two of its single texts."""
    fault = {"times": 1} if kind == "ads" else {"nth": 3, "times": 2}
    loa.sandbox.fault(function=ADS if kind == "ads" else CARE, when=when, **do, **fault)
    made = loa.create(numbers(30), kind=kind, text="[QC] Giam gia" if kind == "ads" else CARE_TEXT)
    loa.go()
    return made


def received(*sandboxes):
    """How often each number was taken, by whichever account."""
    taken = {}
    for sandbox in sandboxes:
        for phone, times in sandbox.phones().items():
            taken[phone] = taken.get(phone, 0) + times
    return taken


DROPPED = {"do": "drop"}


@pytest.mark.parametrize("kind", ["ads", "care"])
def test_the_record_of_another_account_does_not_tell_that_an_order_was_not_taken(
    loa, numbers, other, change_keys, kind
):
    made = started(loa, numbers, kind, DROPPED, "after")
    unknown = loa.counts(made)["unknown"]
    change_keys()
    for _ in range(3):
        settled_time(loa)
        lookup.look_up(loa.deps)
        assert loa.show(made).batches[0].needs_operator, "before it could be sent"
        loa.go()
    batch = loa.show(made).batches[0]
    assert (loa.counts(made)["unknown"], batch.needs_operator) == (unknown, True)
    assert "another account" in batch.provider_message
    assert received(loa.sandbox, other) == dict.fromkeys(range(84900000000, 84900000030), 1)


def test_a_cancelled_campaign_is_not_believed_unsent_by_the_record_of_another_account(loa, numbers, change_keys):
    made = started(loa, numbers, "ads", DROPPED, "after")
    control.cancel(loa.deps, made.campaign.id)
    change_keys()
    for _ in range(4):
        settled_time(loa, hours=1)
        lookup.look_up(loa.deps)
    assert loa.counts(made) == {"unknown": 30}
    assert loa.show(made).batches[0].needs_operator


def test_the_keys_of_before_settle_what_waited_for_a_person(loa, numbers, change_keys):
    made = started(loa, numbers, "ads", DROPPED, "after")
    change_keys()
    settled_time(loa)
    lookup.look_up(loa.deps)
    assert loa.show(made).batches[0].needs_operator
    change_keys("sandbox-key")
    settled_time(loa, hours=1)
    assert lookup.look_up(loa.deps) == 1
    assert loa.counts(made) == {"accepted": 30}


def test_a_person_lets_it_go_by_the_other_account(loa, numbers, other, change_keys):
    made = started(loa, numbers, "ads", DROPPED, "before")
    change_keys()
    settled_time(loa)
    lookup.look_up(loa.deps)
    resolve.resolve(loa.deps, made.campaign.id, 1, Verdict.NOT_SENT)
    loa.go()
    assert loa.counts(made) == {"accepted": 30}
    assert received(loa.sandbox, other) == dict.fromkeys(range(84900000000, 84900000030), 1)


@pytest.mark.parametrize("kind", ["ads", "care"])
def test_what_was_absent_is_not_repeated_by_another_account(loa, numbers, other, change_keys, kind):
    """The record lagged behind: only the account that was called first knows the key again."""
    loa.sandbox.set(sent_data_after_s=1e9)
    made = started(loa, numbers, kind, DROPPED, "after")
    settled_time(loa)
    assert lookup.look_up(loa.deps) == 1
    change_keys()
    loa.go()
    assert loa.show(made).counts["unknown"] == (30 if kind == "ads" else 2)
    settled_time(loa)
    lookup.look_up(loa.deps)
    loa.go()
    assert loa.show(made).batches[0].needs_operator
    assert "another account" in loa.show(made).batches[0].provider_message
    assert received(loa.sandbox, other) == dict.fromkeys(range(84900000000, 84900000030), 1)


@pytest.mark.parametrize("kind", ["ads", "care"])
def test_what_a_gateway_turned_away_is_not_repeated_by_another_account(loa, numbers, other, change_keys, kind):
    """The gateway had passed it on; the same account would know the key again."""
    made = started(loa, numbers, kind, {"do": "status", "status": 503}, "after")
    change_keys()
    settled_time(loa)
    loa.go()
    settled_time(loa)
    lookup.look_up(loa.deps)
    loa.go()
    assert loa.show(made).batches[0].needs_operator
    assert received(loa.sandbox, other) == dict.fromkeys(range(84900000000, 84900000030), 1)


def test_what_the_provider_itself_refused_goes_by_the_other_account(loa, numbers, other, change_keys):
    """The way out of a locked account: its campaigns go on with another one."""
    made = started(loa, numbers, "ads", {"do": "code", "code": "101"}, "before")
    assert loa.status(made) == "paused"
    change_keys()
    control.resume(loa.deps, made.campaign.id)
    loa.go()
    assert loa.counts(made) == {"accepted": 30}
    assert len(other.orders()) == 1


def test_a_new_secret_of_the_same_account_changes_nothing(loa, numbers):
    made = started(loa, numbers, "ads", DROPPED, "before")
    own = loa.deps.accounts["esms"].messages.account
    loa.sandbox.set(secret_key="new-secret")
    loa.call(replace(own, secret_key="new-secret"))
    settled_time(loa)
    assert lookup.look_up(loa.deps) == 1
    loa.go()
    assert loa.counts(made) == {"accepted": 30}
    loa.deps.run(loa.deps.accounts["esms"].messages.aclose())
