"""Consent as data: read from lists, demanded for ads, kept with what it covered, exported, and kept without the number."""

import io
from datetime import UTC, datetime, timedelta

import pytest

from worker.domain import consent
from worker.domain.consent import Consent, Fault
from worker.errors import Refused
from worker.services.audience import audiences
from worker.services.operations import proofs, retention, subscribers
from worker.services.reporting import report

NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
PHONE = "0900000001"


def listed(folder, rows, heading="phone,consent_at,consent_source,consent_evidence"):
    path = folder / "list.csv"
    path.write_text("\n".join([heading, *rows]) + "\n", encoding="utf-8")
    return path


def agreed(count=30, start=1):
    return [f"09000{n:05},2025-12-{n % 28 + 1:02}T10:00,shop,form {n}" for n in range(start, start + count)]


@pytest.mark.parametrize(
    ("at", "source", "found"),
    [
        ("2025-12-01", "shop", Consent(datetime(2025, 11, 30, 17, tzinfo=UTC), "shop")),
        ("01/12/2025 9:00", " shop ", Consent(datetime(2025, 12, 1, 2, tzinfo=UTC), "shop")),
        ("1764554400", "shop", Consent(datetime.fromtimestamp(1764554400, UTC), "shop")),
        ("", "shop", Fault.MISSING),
        ("2025-12-01", " ", Fault.MISSING),
        ("yes", "shop", Fault.UNREADABLE),
        # A spreadsheet's day whose format was lost.
        ("46000", "shop", Fault.UNREADABLE),
        ("99999999999999999999", "shop", Fault.UNREADABLE),
        ("2026-03-04", "shop", Fault.IN_FUTURE),
    ],
)
def test_a_row_proves_a_consent_or_says_why_not(at, source, found):
    assert consent.read(at, source, "", NOW) == found


def test_an_ad_goes_only_to_rows_whose_consent_is_proved(loa, tmp_path):
    loa.change(require_consent=True)
    rows = [*agreed(30), "0900001001,,shop,", "0900001002,soon,shop,", "0900001003,2999-01-01,shop,"]
    made = loa.create(listed(tmp_path, rows))
    assert (made.campaign.valid, made.campaign.invalid, made.campaign.consents) == (30, 3, 30)
    out = io.StringIO()
    report.write_refused(loa.deps, made.campaign.id, out)
    said = out.getvalue()
    assert all(words in said for words in ("fill consent_at (when)", "consent_at cannot be read", "lies in the future"))


def test_a_list_without_proof_is_refused_with_the_way_out_and_care_needs_none(loa, numbers):
    loa.change(require_consent=True)
    with pytest.raises(Refused, match=r"Its consent is not proved: fill consent_at \(when\) and consent_source"):
        loa.create(numbers(30))
    assert loa.create(numbers(30), kind="care", text="Chao ban").campaign.valid == 30


def test_without_the_setting_proofs_are_kept_and_a_note_counts_those_that_are_none(loa, tmp_path):
    rows = [*agreed(30), "0900001001,soon,shop,", "0900001002,,,"]
    made = loa.create(listed(tmp_path, rows, "phone,Ngày đồng ý,Nguồn đồng ý,Bằng chứng đồng ý"))
    assert (made.campaign.valid, made.campaign.consents) == (32, 30)
    assert [one for one in made.notes if one.startswith("1 rows name a consent that is no proof")]


def test_a_proof_names_the_message_that_it_covers(loa, tmp_path):
    made = loa.create(listed(tmp_path, agreed()))
    loa.go()
    (proof,) = proofs.of_number(loa.deps, PHONE)
    assert proof["consent_at"] == "2025-12-02T10:00:00+07:00"
    assert (proof["consent_source"], proof["consent_evidence"], proof["state"]) == ("shop", "form 1", "accepted")
    assert (proof["campaign"], proof["text"], proof["sender"]) == (str(made.campaign.id), made.campaign.text, "LOA")
    assert proof["sent_at"] == "2026-03-02T09:00:00+07:00"
    assert proof["provider_ref"]
    out = io.StringIO()
    assert proofs.export(loa.deps, out, campaign_id=made.campaign.id) == 30
    assert "form 30" in out.getvalue()


def test_proofs_outlive_the_numbers_and_still_say_what_they_covered(loa, tmp_path, clock):
    made = loa.create(listed(tmp_path, agreed()))
    loa.go()
    clock.tick(hours=1)
    loa.poll()
    assert loa.status(made) == "done"
    before = proofs.of_number(loa.deps, PHONE)
    assert before[0]["state"] == "delivered"
    clock.tick(days=200)
    gone = retention.purge(loa.deps)
    assert (gone["recipient"], gone["consent_proofs"]) == (30, 0)
    assert proofs.of_number(loa.deps, PHONE) == before
    clock.tick(days=199)
    retention.purge(loa.deps)
    assert proofs.of_number(loa.deps, PHONE) == before
    clock.tick(days=2)
    assert retention.purge(loa.deps)["consent_proofs"] == 30
    assert proofs.of_number(loa.deps, PHONE) == []


def test_proofs_are_kept_as_long_as_numbers_where_those_are_kept_longer(loa, tmp_path, clock):
    keep = loa.deps.maintenance
    loa.change(maintenance=type(keep)(keep=timedelta(days=500), keep_proof=timedelta(days=400)))
    loa.create(listed(tmp_path, agreed()))
    loa.go()
    clock.tick(hours=1)
    loa.poll()
    clock.tick(days=450)
    retention.purge(loa.deps)
    assert len(proofs.of_number(loa.deps, PHONE)) == 1


def test_a_stored_audience_and_a_copy_take_the_proofs_along(loa, tmp_path):
    loa.change(require_consent=True)
    audiences.create(loa.deps, "Winter", listed(tmp_path, agreed()))
    source, name = audiences.source_of(loa.deps, "Winter")
    path = tmp_path / name
    made = loa.create(path, source=source, list_name=name)
    assert made.campaign.consents == 30
    copied = loa.create(path, source=f"campaign:{made.campaign.id}", text="[QC] Sale")
    assert copied.campaign.consents == 30
    first, second = proofs.of_number(loa.deps, PHONE)
    same = ("consent_at", "consent_source", "consent_evidence")
    assert [first[name] for name in same] == [second[name] for name in same]


def test_an_erased_number_keeps_its_proof_under_a_keyed_hash_alone(loa, tmp_path, clock):
    audiences.create(loa.deps, "Winter", listed(tmp_path, agreed()))
    loa.create(listed(tmp_path, agreed()))
    loa.go()
    shown = subscribers.show(loa.deps, PHONE)
    assert (len(shown["consents"]), [one["audience"] for one in shown["audiences"]]) == (1, ["Winter"])
    clock.tick(hours=1)
    loa.poll()
    done = subscribers.erase(loa.deps, PHONE)
    assert (done.counts["consents"], done.counts["audiences"]) == (1, 1)
    assert audiences.find(loa.deps, "Winter").size == 29
    shown = subscribers.show(loa.deps, PHONE)
    assert (shown["consents"], shown["audiences"]) == ([], [])
    (kept,) = [one for one in shown["erasures"][0]["kept"] if "consent_at" in one]
    assert (kept["phone"], kept["consent_source"], kept["state"]) == (None, "shop", "delivered")
    assert len(kept["consent_evidence_sha256"]) == 64
    assert "consent_evidence" not in kept
