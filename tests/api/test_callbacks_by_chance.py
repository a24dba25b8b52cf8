"""Messages of subscribers by chance, at the door: kept and answered, or turned away."""

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.api.served import Api
from tests.api.test_incoming import incoming_doors
from tests.chance import examples
from tests.lists.test_fuzz import CHANGE, QUIET, changed
from tests.world import World
from worker.services.operations import incoming

CHANGES = st.lists(CHANGE, max_size=3)


@pytest.fixture
def listening(loa: World) -> Iterator[Api]:
    loa.limits("fibo", otp_sender="LOA")
    with incoming_doors(loa) as made:
        yield made


@settings(max_examples=examples(60), **QUIET)
@given(data=st.data())
def test_a_changed_message_at_the_door_is_answered_and_kept_or_turned_away(listening: Api, data):
    provider, content = (
        data.draw(st.sampled_from(["esms", "fibo"])),
        data.draw(st.text(max_size=30) | st.just("TC LOA")),
    )
    fields = {
        "sender": "84900000001", "smsid": "1", "content": content, "serviceNumber": "8041", "keyword": "TC", "cpid": "cp1",
        "receiverTime": "20260302090000", "sign": "abc", "Username": "loa", "Password": "", "PrefixId": "8079",
        "Phonenumber": "0900000001", "MsgContent": content, "RequestId": "9",
    }  # fmt: skip
    one = data.draw(st.sampled_from(sorted(fields)))
    fields[one] = data.draw(st.text(max_size=20) | st.just(fields[one]))
    body = changed(urlencode(fields, errors="replace").encode(), data.draw(CHANGES))
    deps = listening.world.deps
    at = f"/callbacks/{provider}/incoming/{deps.sealer().callback_secret(f'{provider}/incoming')}"
    client = listening.clients[0] if listening.clients else listening.client()
    answer = client.post(at, content=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status_code in {200, 403}
    for message in incoming.newest(deps, 5):
        assert "\0" not in message.content
