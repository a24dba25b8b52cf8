"""What an open page is told: also what changed after it was drawn and before its stream connected."""

import re

from tests.console.browserless import Console, Person
from tests.console.test_campaigns import TEXT, messy_workbook


def scheduled(console: Console, lan: Person) -> str:
    """The path of a campaign that waits for its time."""
    form = lan.upload("/new", "a.xlsx", messy_workbook()).url.path.removesuffix("/list")
    lan.post(f"{form}/text", {"kind": "ads", "text": TEXT.replace("{ten}", "bạn"), "go": "on"})
    lan.post(f"{form}/when", {"provider": "esms", "sender": "LOA", "begin": "now", "go": "on"})
    console.api.plan()
    return str(lan.post(f"{form}/submit").url.path)


def told(lan: Person, path: str) -> str:
    """The name of the first event of the stream that this page opens."""
    source = re.search(r'data-live="([^"]+)"', lan.get(path).text)
    assert source
    return first_event(lan, source[1])


def first_event(lan: Person, source: str) -> str:
    """The name of the first event of this stream."""
    with lan.http.stream("GET", source) as answer:
        return next(line for line in answer.iter_lines() if line.startswith("event: "))


def test_a_page_is_told_of_what_changed_before_its_stream_connected(alone: Console):
    lan = alone.person("lan", "marketer")
    path = scheduled(alone, lan)
    for page in (path, "/"):
        assert told(lan, page) == "event: parts"
    sources = [re.search(r'data-live="([^"]+)"', lan.get(page).text) for page in (path, "/")]
    alone.api.world.go()
    alone.api.world.clock.tick(minutes=1)
    alone.api.world.poll()
    for source in sources:
        assert source
        assert first_event(lan, source[1]) == "event: changed"
