"""What the provider says beforehand: its price and receivers in a dry run, its care templates before a campaign is planned."""

from decimal import Decimal

import pytest

from tests.providers.asking import received as calls_of
from tests.world import World
from worker.domain.care_template import CareTemplate, misfits
from worker.services.planning import plan
from worker.services.planning.request import CampaignRequest

ADS, CARE = "SummaryMultipleSMSBrandname", "SummaryMultipleMessage_V4_get"


def dry(loa: World, path, **requested):
    fields = {
        "provider": "esms",
        "sender": "LOA",
        "kind": "ads",
        "text": "[QC] Giam gia 20%",
        "again": True,
        **requested,
    }
    return plan.create(loa.deps, CampaignRequest(list_path=path, **fields), dry_run=True)


def received(loa: World, name: str) -> int:
    class Box:
        http = loa.sandbox.client

    return calls_of(Box, name)


def notes(made) -> list[str]:
    return [note for note in made.notes if "eSMS" in note]


def test_where_price_and_receivers_agree_nothing_is_said(loa, numbers):
    made = dry(loa, numbers(40))
    assert notes(made) == []
    assert received(loa, ADS) == 1
    assert loa.sandbox.orders() == []
    with loa.deps.sessions() as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM campaign").scalar() == 0


def test_another_price_is_said_with_the_setting_that_mends_it(loa, numbers):
    loa.sandbox.set(price=400)
    (note,) = notes(dry(loa, numbers(40)))
    assert note.startswith("eSMS asks 16,000 VND for the first 40 texts, and the estimate here makes them 13,800: ")
    assert note.endswith("set LOA_ESMS_PRICE_PER_PART to 400.00.")
    loa.limits(price_per_part=Decimal(400))
    assert notes(dry(loa, numbers(40))) == []


def test_receivers_that_would_be_dropped_are_said(loa, numbers):
    loa.sandbox.set(estimate_leaves_out=3)
    assert notes(dry(loa, numbers(40))) == ["eSMS counts 37 receivers for the first 40 numbers, not 40."]


def test_only_the_first_order_is_asked_about(loa, numbers):
    loa.limits(max_recipients=40)
    loa.sandbox.set(estimate_leaves_out=1)
    assert notes(dry(loa, numbers(100))) == ["eSMS counts 33 receivers for the first 34 numbers, not 34."]
    assert received(loa, ADS) == 1


def test_a_care_text_is_priced_for_its_first_number(loa, numbers):
    loa.sandbox.set(price=850)
    assert notes(dry(loa, numbers(3), kind="care", text="Cam on ban")) == [
        "eSMS asks 850 VND for the first 1 texts, and the estimate here makes them 345: set LOA_ESMS_PRICE_PER_PART to 850.00."
    ]
    assert received(loa, CARE) == 1


@pytest.mark.parametrize(
    "fault", [{"do": "drop"}, {"do": "html"}, {"do": "code", "code": "103"}, {"do": "hang", "seconds": 30}]
)
def test_a_price_that_is_not_told_stops_nobody(loa, numbers, fault):
    loa.sandbox.fault(function=ADS, times=-1, **fault)
    (note,) = notes(dry(loa, numbers(40)))
    assert note.startswith("eSMS told no price beforehand: ")
    assert received(loa, ADS) <= 1


def test_a_real_creation_asks_for_no_price(loa, numbers):
    loa.create(numbers(40))
    assert received(loa, ADS) == 0


def test_other_providers_and_accounts_without_keys_are_not_asked(loa, numbers):
    assert dry(loa, numbers(3), provider="fibo").campaign.valid == 3
    loa.change(missing_settings={"esms": ["LOA_ESMS_API_KEY"]})
    assert notes(dry(loa, numbers(40))) == []
    assert received(loa, ADS) == 0


FITS = "123456 la ma xac minh dang ky Baotrixemay cua ban"


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_care_text_that_no_carrier_has_registered_is_said_before_it_is_refused(loa, numbers, dry_run):
    loa.limits(price_per_part=Decimal(345))
    path = numbers(3)

    def create(text):
        request = CampaignRequest("esms", "Baotrixemay", "care", text, path, again=True)
        return notes(plan.create(loa.deps, request, dry_run=dry_run))

    assert create(FITS) == []
    assert create("Xin chao") == [
        "The text of row 2 fits no template that eSMS lists for Baotrixemay at MobiFone: it may be refused there (146)."
    ]


def test_a_sender_without_templates_is_said_nothing_of(loa, numbers):
    assert notes(dry(loa, numbers(3), kind="care", text="Xin chao")) == []
    assert received(loa, "GetTemplate") == 1


def test_templates_that_cannot_be_read_stop_nobody(loa, numbers):
    loa.sandbox.fault(function="GetTemplate", do="drop", times=-1)
    (note,) = notes(dry(loa, numbers(3), kind="care", text="Xin chao"))
    assert note.startswith("eSMS's care templates could not be read (")


def test_ads_have_no_templates(loa, numbers):
    dry(loa, numbers(40))
    assert received(loa, "GetTemplate") == 0


@pytest.mark.parametrize(
    ("template", "text", "fits"),
    [
        ("{P1,6} la ma", "123456 la ma", True),
        ("{P1,6} la ma", "1234567 la ma", False),
        ("{P1,6} la ma", " la ma", True),
        ("{P1,6} la ma", "123456 la ma.", False),
        ("Gia {P2, 20} VND (khong {P1,3})", "Gia 20.000 VND (khong abc)", True),
        ("Gia (a|b).*", "Gia a", False),
        ("Gia (a|b).*", "Gia (a|b).*", True),
        ("Hai {P1,20}", "Hai dong\nmot", True),
        ("{p1,3}", "abc", True),
        ("{P1}", "abc", False),
    ],
)
def test_a_template_permits_what_its_places_leave_room_for(template, text, fits):
    assert CareTemplate("Viettel", template).fits(text) is fits


def test_each_carrier_is_looked_at_by_itself():
    found = [
        CareTemplate("Viettel", "{P1,6} la ma"),
        CareTemplate("Viettel", "Chao {P1,9}"),
        CareTemplate("Gtel", "Chao {P1,9}"),
    ]
    assert misfits(found, ["Chao Lan", "12 la ma"]) == {"Gtel": "12 la ma"}
    assert misfits(found, ["Tam biet", "12 la ma"]) == {"Viettel": "Tam biet", "Gtel": "Tam biet"}
    assert misfits([], ["Tam biet"]) == {}
