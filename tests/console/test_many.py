"""Pages of what is kept by name stay short with ten thousand of each: a page a time, with a search."""

import re

import pytest

from tests.console.browserless import Console, Person
from tests.console.test_campaigns import messy_workbook
from tests.many import MANY, fill
from worker.console.i18n import catalogue

#: Bytes of the longest of these pages: 50 users with their forms, and 50 keys.
LONGEST = 250_000
#: The number of an entry of the log.
NUMBER = r'<tr><td class="right"[^>]*>(\d+)</td>'


@pytest.fixture
def boss(alone: Console) -> Person:
    made = alone.person("boss", "admin")
    world = alone.api.world
    with world.deps.sessions.begin() as session:
        fill(session, world.clock.now())
    return made


def following(page: str, by: str = "after") -> str:
    """The address of the next page, which is told by this; empty where nothing follows."""
    found = re.search(rf'rel="next" href="([^"]*[?&;]{by}=[^"]*)"', page)
    return found[1].replace("&amp;", "&") if found else ""


def names(page: str, pattern: str) -> list[str]:
    return re.findall(pattern, page)


#: The page, what stands in it once an entry, and how many lie in the database.
PAGES = (
    ("/audiences", r"<strong>(list \d+)</strong>", MANY),
    ("/templates", r'<div class="run-head"><a[^>]*>(text \d+)</a>', MANY),
    ("/users", r'name="do" value="role"><input type="hidden" name="name" value="(\w+)"', MANY + 1),
)


@pytest.mark.parametrize(("path", "entry", "all_of_them"), PAGES, ids=[one[0] for one in PAGES])
def test_what_has_a_name_is_shown_a_page_a_time_and_found(boss: Person, path: str, entry: str, all_of_them: int):
    seen: list[str] = []
    address = path
    for _ in range(4):
        page = boss.get(address).text
        assert len(page) < LONGEST
        found = names(page, entry)
        assert len(found) == 50
        seen += found
        address = following(page)
        assert address
    # One after the other, none twice, none left out.
    assert seen == sorted(set(seen))
    assert len(seen) == 200 < all_of_them
    assert "Trang đầu" in boss.get(address).text
    # The end of the list, and what is searched for; a search of nothing says so.
    ends = {"/audiences": "list 09999", "/templates": "text 09999", "/users": "u09999"}[path]
    assert len(names(boss.get(path, params={"after": ends}).text, entry)) == 1
    assert following(boss.page.text) == ""
    assert names(boss.get(path, params={"q": ends.upper()}).text, entry) == [ends]
    sought = boss.get(path, params={"q": ends[:-2]}).text
    assert len(names(sought, entry)) == 50
    assert len(names(boss.get(following(sought)).text, entry)) == 50
    assert names(boss.get(path, params={"q": "100%_"}).text, entry) == []
    assert "Không có mục nào phù hợp" in boss.text()


def test_keys_are_shown_newest_first_a_page_a_time_though_some_were_made_at_one_moment(boss: Person):
    seen: list[str] = []
    address = "/users"
    for _ in range(3):
        page = boss.get(address).text
        seen += names(page, r"<tr><td>(key \d+)</td>")
        address, _, place = following(page, "before").partition("#")
        assert place == "keys"
    assert len(seen) == len(set(seen)) == 150
    assert max(int(one.split()[1]) for one in seen) <= 152
    assert names(boss.get("/users?key=key 9999").text, r"<tr><td>(key \d+)</td>") == ["key 9999"]
    # By the name of whom it acts as.
    assert names(boss.get("/users?key=u00077").text, r"<tr><td>(key \d+)</td>") == ["key 77"]
    assert boss.get("/users?before=nonsense").status_code == 200
    # A key for one of ten thousand is made by the name.
    assert '<input id="key-user"' in boss.page.text
    boss.post("/users", {"do": "key", "name": "u09999", "label": "kho", "scope": "campaigns"})
    assert names(boss.get("/users?key=kho").text, r"<tr><td>(kho)</td>") == ["kho"]


def test_the_log_is_found_by_who_and_by_act(boss: Person):
    page = boss.get("/audit?who=boss").text
    assert len(names(page, NUMBER)) == 50
    assert ">loa<" not in page
    assert "who=boss" in following(page, "before")
    assert len(names(boss.get(following(page, "before")).text, NUMBER)) == 50
    page = boss.get("/audit?act=campaign.pause").text
    assert '<option value="campaign.pause" selected>' in page
    assert len(names(page, NUMBER)) == 50
    added = catalogue("vi").of_code("act", "user.add")
    assert added
    assert page.count(added) == 1, "in the choice of acts alone"
    assert len(page) < LONGEST


def test_a_new_campaign_takes_one_of_ten_thousand_lists_and_texts_by_its_name(boss: Person):
    page = boss.get("/new").text
    assert len(page) < LONGEST
    assert '<input id="audience"' in page
    boss.post("/new/stored", {"audience": "there is none", "minus": ""})
    assert "Không có danh sách đã lưu tên như vậy" in boss.text()
    address = re.search(r'href="(/new\?audience=[^"]+)"', boss.get("/audiences?q=list 00042").text)
    assert address
    assert 'value="list 00042"' in boss.get(address[1]).text
    form = boss.upload("/new", "a.xlsx", messy_workbook()).url.path.removesuffix("/list")
    page = boss.get(f"{form}/text").text
    assert len(page) < LONGEST
    # The latest are a press away.
    assert ">text 00001</a>" in page
    assert ">text 00021</a>" not in page
    boss.post(f"{form}/text", {"kind": "ads", "text": "Viet do", "do": "saved", "saved": "no such"})
    assert "Không có mẫu tin tên như vậy" in boss.text()
    assert ">Viet do</textarea>" in boss.page.text
    boss.post(f"{form}/text", {"kind": "ads", "text": "Viet do", "do": "saved", "saved": "TEXT 07777"})
    assert ">Chao 7777</textarea>" in boss.page.text
