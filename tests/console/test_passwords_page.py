"""The page of one-time passwords: figures by provider, and how long they took by the hour as a picture and as a table."""

import re
from datetime import timedelta

import pytest

from tests.console.browserless import Console, Person
from tests.services.test_otp import ask, code, run_tasks
from worker.clock import Clock


@pytest.fixture
def minh(console: Console) -> Person:
    console.api.world.clock.moment = Clock().now().replace(minute=10)
    return console.person("minh", "operator")


def passwords(console: Console, count: int, taking_s: float) -> None:
    """So many that come together, and are sent so much later."""
    world = console.api.world
    for number in range(count):
        ask(world, "esms", phone=f"09000000{number:02d}")
    world.clock.tick(seconds=taking_s)
    run_tasks(world)


def seen(minh: Person) -> str:
    """The page; its reader logs in again, for sessions end in the hours between."""
    minh.log_in()
    return minh.get("/passwords").text


def rows(minh: Person) -> list[list[str]]:
    """The hours of the table below the picture."""
    assert minh.page is not None
    _, hours = minh.page.text.split("<details>", 1)
    return [
        [cell.replace("\xa0", " ") for cell in re.findall(r"<td[^>]*>([^<]*)</td>", row)]
        for row in hours.split("<tr>")[2:]
    ]


def test_how_long_passwords_took_is_drawn_by_the_hour(console: Console, minh: Person):
    clock = console.api.world.clock
    began = clock.moment
    assert "chart" not in seen(minh)
    passwords(console, 3, 0.25)
    assert "chart" not in seen(minh), "one hour is no line"
    clock.moment = began + timedelta(hours=3)
    passwords(console, 2, 4.5)
    page = seen(minh)
    first, last = (f"{at.hour:02d}:00" for at in (began + timedelta(hours=7), began + timedelta(hours=10)))
    label = f"Từ {first} đến {last}: một nửa xong trong tối đa 4,5\xa0s, 99 trên 100 xong trong tối đa 4,5\xa0s"
    assert f'<div class="chart" role="img" aria-label="{label}"><svg' in page
    assert "<style" not in page, "the policy of the pages forbids it"
    assert [row[1:] for row in rows(minh)] == [["3", "0,25 s", "0,25 s"], ["2", "4,5 s", "4,5 s"]]
    assert [row[0][:5] for row in rows(minh)] == [first, last]


def test_what_is_quick_is_drawn_in_milliseconds_and_an_hour_without_a_sent_one_is_left_out(
    console: Console, minh: Person
):
    world = console.api.world
    began = world.clock.moment
    passwords(console, 2, 0.02)
    world.clock.moment = began + timedelta(hours=1)
    code(world, "esms", "104")
    passwords(console, 1, 0.02)
    assert "chart" not in seen(minh)
    world.sandbox.heal()
    world.clock.moment = began + timedelta(hours=2)
    passwords(console, 2, 0.05)
    page = seen(minh)
    assert "trong tối đa 50\xa0ms" in page
    assert [row[1:] for row in rows(minh)] == [["2", "0,02 s", "0,02 s"], ["1", "–", "–"], ["2", "0,05 s", "0,05 s"]]


def test_the_hour_of_yesterday_that_is_as_this_one_is_not_mistaken_for_it(console: Console, minh: Person):
    world = console.api.world
    began = world.clock.moment
    for hours in (-24, -23, 0):
        world.clock.moment = began + timedelta(hours=hours, minutes=20 if hours < 0 else 0)
        passwords(console, 1, 0.5)
    seen(minh)
    hours = [f"{(began + timedelta(hours=7 + shift)).hour:02d}:00" for shift in (-23, 0)]
    assert [row[0][:5] for row in rows(minh)] == hours


def test_what_took_no_time_at_all_is_drawn_too(console: Console, minh: Person):
    world = console.api.world
    began = world.clock.moment
    for hours in range(2):
        world.clock.moment = began + timedelta(hours=hours)
        passwords(console, 1, 0)
    assert "chart" in seen(minh)
    assert rows(minh)[0][1:] == ["1", "0 s", "0 s"]
