"""A campaign of an unknown sender is refused by the provider's own list; a list that cannot be read stops nobody."""

import time
from datetime import timedelta

import pytest

from tests.world import calling
from worker.errors import Refused
from worker.providers.esms import EsmsAccount
from worker.services.operations import overview
from worker.services.planning import drafts, plan, senders
from worker.services.planning.request import CampaignRequest
from worker.storage import campaigns
from worker.storage.planning import senders as stored
from worker.storage.tables.campaigns import Campaign

pytestmark = pytest.mark.usefixtures("lists_come_late")

LIST = "GetListBrandname"
#: As long as a person is made to wait for it.
WITHIN_S = senders.READ_WITHIN_S
HOUR = timedelta(hours=1)


def spoil(loa, **rule):
    loa.sandbox.fault(**{"function": LIST, "nth": 1, "times": -1, **rule})


def notes(made):
    return " ".join(made.notes)


def known(loa):
    return senders.look(loa.deps, loa.deps.accounts["esms"])


def test_an_unknown_sender_is_refused_with_the_ones_that_are_known(loa, numbers):
    with pytest.raises(Refused, match="eSMS has no sender LOAA") as fault:
        loa.create(numbers(20), sender="LOAA")
    assert fault.value.rule == "sender_unknown"
    assert fault.value.details["known"] == ["LOA", "LOADEMO", "Baotrixemay"]
    # Few are named all, the closest first.
    assert "it has LOA, LOADEMO, Baotrixemay. Take" in str(fault.value)
    with loa.deps.sessions() as session:
        assert campaigns.newest(session, 9) == []
    assert loa.create(numbers(20)).notes == []


def test_a_dry_run_says_it_too(loa, numbers):
    with pytest.raises(Refused, match="has no sender LOAA"):
        plan.create(loa.deps, CampaignRequest("esms", "LOAA", "ads", "[QC] A", numbers(20)), dry_run=True)


def test_a_list_that_was_read_is_used_until_it_is_too_old(loa, numbers):
    loa.create(numbers(20))
    spoil(loa, do="status", status=500)
    loa.clock.tick(minutes=59)
    assert loa.create(numbers(20)).notes == []
    with pytest.raises(Refused, match="has no sender LOAA"):
        loa.create(numbers(20), sender="LOAA")
    loa.clock.tick(minutes=2)
    assert "LOA was not compared" in notes(loa.create(numbers(20)))
    assert "LOAA was not compared" in notes(loa.create(numbers(20), sender="LOAA"))


def test_a_sender_that_was_registered_since_is_known_within_a_minute(loa, numbers):
    loa.create(numbers(20))
    loa.sandbox.set(brandnames={"LOA": [1, 2], "LOAA": [1]})
    with pytest.raises(Refused):
        loa.create(numbers(20), sender="LOAA")
    loa.clock.tick(seconds=61)
    assert loa.create(numbers(20), sender="LOAA").notes == []


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        pytest.param({"do": "status", "status": 404}, "HTTP 404", id="there is no such function"),
        pytest.param({"do": "html"}, "no readable code", id="a web page"),
        pytest.param({"do": "drop"}, "could not be read", id="no answer"),
        pytest.param({"do": "code", "code": "101"}, "Sai ApiKey", id="wrong keys"),
        pytest.param({"do": "body", "body": "{}"}, "could not be read", id="an empty object"),
        pytest.param({"do": "body", "body": "[]"}, "could not be read", id="an empty array"),
        pytest.param({"do": "body", "body": '{"CodeResponse": "100"}'}, "no readable ListBrandName", id="no list"),
        pytest.param(
            {"do": "body", "body": '{"CodeResponse": "100", "ListBrandName": "none"}'}, "no readable", id="a word"
        ),
        pytest.param({"do": "body", "body": '{"CodeResponse": "100", "ListBrandName": []}'}, "is empty", id="nobody"),
        pytest.param(
            {"do": "body", "body": '{"CodeResponse": "100", "ListBrandName": [{"Name": "SHOP"}]}'},
            "is empty",
            id="names under another name",
        ),
        pytest.param(
            {"do": "body", "body": '{"CodeResponse": "100", "ListBrandName": [{"Brandname": "SHOP"}, "LOAA"]}'},
            "is not whole",
            id="a row that is none",
        ),
        pytest.param({"when": "after", "do": "truncate"}, "could not be read", id="half a list"),
    ],
)
def test_an_odd_answer_stops_nobody(loa, numbers, rule, words):
    spoil(loa, **rule)
    made = loa.create(numbers(20), sender="LOAA")
    assert words in notes(made)
    assert loa.status(made) == "scheduled"


def test_a_list_that_does_not_come_is_not_waited_for(loa, numbers, monkeypatch):
    monkeypatch.setattr(senders, "READ_WITHIN_S", WITHIN_S)
    spoil(loa, do="hang", seconds=60)
    began = time.monotonic()
    made = loa.create(numbers(20), sender="LOAA")
    assert time.monotonic() - began < 45, "two seconds, and what a busy machine adds"
    assert "no answer within" in notes(made)
    assert "was not compared" in notes(loa.create(numbers(20), sender="LOAA"))
    assert loa.sandbox.client.get("/_sandbox/calls").json()["functions"][LIST] == 1, "it is not asked for again at once"


def test_a_provider_that_is_away_stops_nobody(loa, numbers):
    nobody = calling(loa.deps.accounts["esms"], EsmsAccount("k", "s", base_url="http://127.0.0.1:9", timeout_s=1))
    loa.limits(senders=nobody.senders)
    assert "no connection" in notes(loa.create(numbers(20), sender="LOAA"))
    loa.deps.run(nobody.messages.aclose())


@pytest.mark.parametrize(
    ("sender", "kind", "note"),
    [
        ("LOADEMO", "care", "eSMS lists LOADEMO for ads only: it may refuse care by it."),
        ("Baotrixemay", "ads", "eSMS lists Baotrixemay for care only: it may refuse ads by it."),
        ("Loa", "ads", "eSMS lists the sender as LOA: it may not take Loa."),
    ],
)
def test_what_no_document_forbids_is_said_and_not_refused(loa, numbers, sender, kind, note):
    text = "[QC] A" if kind == "ads" else "Don hang da gui"
    assert loa.create(numbers(20), sender=sender, kind=kind, text=text).notes == [note]


def test_a_kind_of_another_name_says_nothing_of_ours(loa, numbers):
    spoil(loa, do="body", body='{"CodeResponse": 100, "ListBrandName": [{"Brandname": "SHOP", "Type": 9}]}')
    assert loa.create(numbers(20), sender="SHOP").notes == []


def test_only_one_of_several_asks(loa):
    now = loa.clock.now()

    def may(at):
        with loa.deps.sessions.begin() as session:
            return stored.begin(session, "esms", at, timedelta(minutes=1))

    assert may(now)
    assert not may(now)
    assert not may(now + timedelta(seconds=59))
    assert may(now + timedelta(seconds=60))
    assert may(now), "a clock that was set back stops it for no longer than a call"


def test_it_can_be_switched_off(loa, numbers):
    loa.change(sender_list_age=timedelta(0))
    assert loa.create(numbers(20), sender="LOAA").notes == []
    assert known(loa) is None


def test_the_sweep_reads_lists_that_grow_old(loa):
    senders.refresh(loa.deps)
    first = known(loa)
    assert ["LOA", "ads"] in first.senders
    loa.clock.tick(minutes=20)
    senders.refresh(loa.deps)
    assert known(loa).read_at == first.read_at
    loa.clock.tick(minutes=11)
    senders.refresh(loa.deps)
    assert known(loa).read_at == loa.clock.now()


def test_a_failed_reading_keeps_the_one_before(loa):
    senders.refresh(loa.deps)
    spoil(loa, do="html")
    loa.clock.tick(minutes=40)
    senders.refresh(loa.deps)
    assert ["LOA", "ads"] in known(loa).senders
    assert known(loa).provider_message


def test_a_draft_of_an_unknown_sender_fails_with_the_reason(loa, numbers):
    wish = CampaignRequest("esms", "LOAA", "ads", "[QC] A", numbers(20))
    drafted = drafts.create(loa.deps, wish, uploaded=False)
    assert drafts.plan(loa.deps, drafted.campaign.id) == "failed"
    with loa.deps.sessions() as session:
        assert "has no sender LOAA" in session.get(Campaign, drafted.campaign.id).status_reason


def test_a_sender_nobody_used_is_said_where_the_provider_tells_no_list(loa, numbers):
    def made(sender):
        return loa.create(numbers(1), provider="fibo", sender=sender, kind="care", text="Don hang da gui")

    first = made("LOA")
    assert "no care campaign by LOA was finished there yet" in notes(first)
    loa.go()
    assert made("LOA").notes == []
    assert "LOAA" in notes(made("LOAA"))


def test_the_form_offers_what_the_provider_lists_and_what_was_used(loa, numbers):
    senders.ask(loa.deps, loa.deps.accounts["esms"], 30)
    listed = {(one.provider, one.sender, one.kind) for one in overview.senders(loa.deps)}
    assert ("esms", "LOA", "ads") in listed
    loa.create(numbers(40))
    offered = overview.senders(loa.deps)
    assert (offered[0].sender, offered[0].kind) == ("LOA", "ads")
    assert len({(one.provider, one.sender, one.kind) for one in offered}) == len(offered) == len(listed)
