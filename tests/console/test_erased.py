"""A number is erased while campaigns are being written whose lists have it: the lists go, what was written stays."""

from pathlib import Path

from sqlalchemy import text

from tests.console.browserless import Console
from tests.world import Numbers
from worker.services.audience import audiences
from worker.services.operations import subscribers

AD = "[QC] LOA giam 20%. Tu choi: soan TC gui 8755"


def rows(*numbers: str) -> bytes:
    return "\n".join(["phone,name", *(f"{one},Lan" for one in numbers)]).encode()


def stored(console: Console, digits: str) -> bool:
    """Whether the digits stand in any form, in any piece of a list, in any file of the host."""
    deps = console.api.world.deps
    with deps.sessions() as session:
        shown = session.execute(
            text("SELECT count(*) FROM campaign_form WHERE head::text LIKE :d"), {"d": f"%{digits}%"}
        )
        pieces = session.execute(
            text("SELECT count(*) FROM form_piece WHERE position(convert_to(:d, 'UTF8') IN data) > 0"), {"d": digits}
        )
        found = shown.scalar_one() + pieces.scalar_one()
    files = [one for one in deps.uploads.glob("*") if one.is_file() and digits.encode() in one.read_bytes()]
    return bool(found or files)


def test_the_list_of_a_form_goes_with_an_erased_number_and_its_text_stays(alone: Console):
    lan = alone.person("lan", "marketer")
    numbers = [f"09000000{n:02d}" for n in range(40)]
    form = lan.upload("/new", "a.csv", rows(*numbers)).url.path.removesuffix("/list")
    lan.post(f"{form}/text", {"kind": "ads", "text": AD, "go": "on"})
    other = lan.upload("/new", "b.csv", rows(*(f"09100000{n:02d}" for n in range(40)))).url.path.removesuffix("/list")
    assert stored(alone, "900000007")
    done = subscribers.erase(alone.api.world.deps, "0900 000 007")
    assert done.counts["written_lists"] == 1
    assert not stored(alone, "900000007")
    assert stored(alone, "910000007")
    lan.get(f"{form}/list")
    assert "đã được xóa theo yêu cầu của chủ số" in lan.text()
    for step in ("text", "check"):
        assert lan.get(f"{form}/{step}").status_code == 200
    lan.post(f"{form}/plan")
    alone.api.plan()
    assert lan.get(f"{form}/check").status_code == 200
    assert "910000007" not in lan.text()
    # Another list takes its place, and the text is there.
    lan.upload(f"{form}/file", "a.csv", rows(*(one for one in numbers if one != "0900000007")))
    assert "giam 20%" in lan.get(f"{form}/text").text
    assert "0910000003" in lan.get(f"{other}/list").text


def test_a_number_is_found_however_its_row_writes_it_and_in_another_column(alone: Console):
    lan = alone.person("lan", "marketer")
    rest = [f"09000000{n:02d}" for n in range(30)]
    for first in ("+84 90 123.45.67,Lan", "01201234567,Lan", "0911111111,0901234567"):
        lan.upload("/new", "a.csv", b"phone,name\n" + first.encode() + b"\n" + rows(*rest).split(b"\n", 1)[1])
    assert subscribers.erase(alone.api.world.deps, "0901234567").counts["written_lists"] == 2
    # The old prefix 0120 is 070 now.
    assert subscribers.erase(alone.api.world.deps, "0701234567").counts["written_lists"] == 1


def test_a_list_that_cannot_be_read_goes_too(alone: Console):
    lan = alone.person("lan", "marketer")
    lan.upload("/new", "a.csv", b"ten,tuoi\nLan,3\n")
    assert subscribers.erase(alone.api.world.deps, "0900000007").counts["written_lists"] == 1


def test_the_head_of_a_stored_list_shows_an_erased_number_no_more(alone: Console, numbers: Numbers):
    lan = alone.person("lan", "marketer")
    made = audiences.create(alone.api.world.deps, "khách", Path(numbers(30)))
    form = lan.post("/new/stored", {"audience": str(made.id)}).url.path.removesuffix("/list")
    assert "0900000005" in lan.get(f"{form}/list").text
    assert subscribers.erase(alone.api.world.deps, "0900000005").counts["written_lists"] == 1
    assert not stored(alone, "900000005")
    page = lan.get(f"{form}/list").text
    assert "0900000004" in page
    assert "<dd>29</dd>" in page
