"""Bytes of real answers, callbacks and messages, changed by chance: an answer, a callback or nothing, and never a fault."""

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.chance import examples
from tests.lists.test_fuzz import CHANGE, QUIET, changed
from tests.providers.asking import answer_of, opened
from tests.providers.conversation import CASES, assert_storable, load
from tests.providers.sandboxed import FUNCTIONS, CampaignRequest
from tests.providers.test_callback_cases import FOLDERS
from tests.providers.test_callback_cases import adapter as reader
from worker.domain.calls import Answer
from worker.domain.incoming import Incoming
from worker.providers.esms.incoming import EsmsIncoming
from worker.providers.fibo.incoming import FiboIncoming

TOKEN = json.dumps({"access_token": "a-token", "expires_in": 86_400, "token_type": "Bearer", "scope": "all"}).encode()
CHANGES = st.lists(CHANGE, min_size=0, max_size=4)
PROVIDERS = ("esms", "fpt", "fibo", "sandbox")


def answers(provider: str) -> list[bytes]:
    """Every answer that the case files of a provider have."""
    found = set()
    for path in sorted(Path(CASES / provider).rglob("*.json")):
        answer = json.loads(path.read_text("utf-8")).get("answer", {})
        said = answer.get("text", json.dumps(answer["json"]) if "json" in answer else "")
        if said:
            found.add(str(said).encode())
    return sorted(found)


class Says(BaseHTTPRequestHandler):
    """A provider that says what it is told to; a request for a token gets one."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length") or 0))
        status, body = self.server.said  # type: ignore[attr-defined]
        if "token" in self.path:
            status, body = 200, TOKEN
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST  # noqa: N815 - the name that the server looks for

    def log_message(self, *_: object) -> None:
        """Nothing: what is sent is of no interest."""


@pytest.fixture(scope="module")
def server() -> Iterator[ThreadingHTTPServer]:
    made = ThreadingHTTPServer(("127.0.0.1", 0), Says)
    made.daemon_threads = True
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.mark.parametrize("provider", PROVIDERS)
@settings(max_examples=examples(60), **QUIET)
@given(data=st.data())
def test_whatever_a_provider_answers_is_an_answer(server, provider, data):
    """The adapters never raise, and what they made of it can be stored."""
    name = data.draw(st.sampled_from([name for name, one in FUNCTIONS.items() if one.provider == provider]))
    said = changed(data.draw(st.sampled_from(answers(provider))), data.draw(CHANGES))
    server.said = data.draw(st.sampled_from([200, 200, 200, 400, 401, 500])), said
    function = FUNCTIONS[name]

    async def talk() -> object:
        async with opened(function, f"http://127.0.0.1:{server.server_address[1]}") as adapter:
            return await function.call(adapter, CampaignRequest(1, ref="a-reference"))

    found = answer_of(asyncio.run(talk()))
    if isinstance(found, Answer):
        assert_storable(found.ref, found.code, found.provider_message, found.raw)


@settings(max_examples=examples(150), **QUIET)
@given(data=st.data())
def test_a_changed_callback_is_a_callback_or_nothing(data):
    provider = data.draw(st.sampled_from(sorted(FOLDERS)))
    folder = data.draw(st.sampled_from(FOLDERS[provider]))
    case = data.draw(st.sampled_from(list(load_once(provider, folder))))
    query, body = (changed(case.get(part, "").encode(), data.draw(CHANGES)) for part in ("query", "body"))
    found = reader(provider).read_callback(query, body)
    if found is not None:
        assert_storable(found.provider_message, *(named.ref for named in found.about))


@settings(max_examples=examples(150), **QUIET)
@given(data=st.data())
def test_a_changed_message_of_a_subscriber_is_a_message_or_nothing(data):
    fields = {
        "sender": "84900000001", "smsid": "1", "content": "TC LOA", "serviceNumber": "8041", "keyword": "TC", "cpid": "c",
        "receiverTime": "20260302090000", "sign": "abc", "phonenumber": "0900000001", "msgcontent": "TC", "requestid": "9",
    }  # fmt: skip
    one = data.draw(st.sampled_from(sorted(fields)))
    fields[one] = data.draw(st.text(max_size=20))
    query = changed(urlencode(fields).encode(), data.draw(CHANGES))
    for provider in (EsmsIncoming("key", "c"), FiboIncoming("user", "pass")):
        provider.forged(query, b"")
        storable(provider.read_incoming(query, b""))


@pytest.mark.parametrize("provider", [EsmsIncoming("", ""), FiboIncoming("", "")])
def test_a_message_with_a_nul_can_be_stored(provider):
    """PostgreSQL takes none: the provider was told to come again, for ever."""
    query = b"sender=84900000001&smsid=%001&content=T%00C&phonenumber=84900000001&msgcontent=T%00C&requestid=%00&keyword=%00"
    storable(provider.read_incoming(query, b""))


def storable(found: Incoming | None) -> None:
    if found is not None:
        assert_storable(found.ref, found.content, found.service_number, found.keyword)


LOADED: dict[tuple[str, str], list[dict[str, str]]] = {}


def load_once(provider: str, folder: str) -> list[dict[str, str]]:
    return LOADED.setdefault((provider, folder), list(load(provider, folder).values()))
