"""The one message that may ask a number for consent leaves by no door: Loa does not know who was asked before."""

from dataclasses import replace

import pytest

from worker.domain.zalo import Fallback
from worker.errors import Refused
from worker.services import otp
from worker.services.otp import OtpRequest
from worker.services.planning import drafts
from worker.services.planning.request import CampaignRequest

ASKS = "[DKQC] Loa xin phep gui quang cao. Dong y: soan DY gui 8755"


@pytest.fixture
def orders(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text("phone,name\n" + "".join(f"09000000{n:02d},An\n" for n in range(30)))
    return path


@pytest.mark.parametrize("kind", ["ads", "care"])
@pytest.mark.parametrize("written", [ASKS, f"  {ASKS.lower()}", ASKS.replace("Loa", "{name}")])
def test_a_campaign_that_asks_for_consent_is_refused(loa, orders, kind, written):
    with pytest.raises(Refused) as fault:
        loa.create(orders, kind=kind, text=written)
    assert fault.value.rule == "consent_request"
    assert fault.value.details == {"label": "[DKQC]", "most": 1, "decree": "22/2021/TT-BTTTT"}
    with pytest.raises(Refused, match="request for consent"):
        drafts.create(loa.deps, CampaignRequest("esms", "LOA", kind, written, orders), uploaded=False)


def test_the_text_that_follows_zalo_asks_for_none_either(loa, orders):
    with pytest.raises(Refused, match="request for consent"):
        loa.zalo(orders, "customer_name=name", fallback=Fallback(ASKS, "LOA"))


def test_a_single_text_asks_for_none(loa):
    with pytest.raises(Refused, match="request for consent"):
        otp.take_in(loa.deps, OtpRequest("0900000001", ASKS, 60.0, ("esms",), "LOA", ""))


def test_the_label_is_that_of_the_dated_file(loa, orders):
    rules = tuple(
        replace(rule, consent_request=rule.consent_request and replace(rule.consent_request, label="[XIN]"))
        for rule in loa.deps.policy.rules
    )
    loa.limits(policy=replace(loa.deps.policy, rules=rules))
    with pytest.raises(Refused, match="request for consent"):
        loa.create(orders, kind="care", text="[XIN] Loa")
    assert loa.create(orders, kind="care", text=ASKS).campaign.valid == 30
