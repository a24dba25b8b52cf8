"""What a provider tells by itself means what its documents say; a JSON file each: query, body, what we conclude."""

import logging
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.providers.conversation import Collector, assert_storable, load, params
from worker.domain.callback import Callback, Named
from worker.domain.delivery import SentState
from worker.providers.callback import CallbackProvider
from worker.providers.esms import Esms, EsmsAccount
from worker.providers.esms.codes import STAGES
from worker.providers.fpt import Fpt, FptAccount, LocalTokens
from worker.providers.fpt.reports import STATUSES

FOLDERS = {"esms": ("callbacks", "voice-callbacks"), "fpt": ("callbacks",)}
CASES = [
    (provider, folder, *case.values)
    for provider in FOLDERS
    for folder in FOLDERS[provider]
    for case in params(provider, folder)
]
IDS = [
    f"{provider}-{folder}-{name}"
    for provider in FOLDERS
    for folder in FOLDERS[provider]
    for name in load(provider, folder)
]
#: What has to be told of each kind of callback, by the names of its files.
KINDS = {
    "success": r"^(delivered|answered|code-1)$",
    "an unlisted code": "unlisted",
    "wrong types": "^types-",
    "blanks": "blank",
    "names in another case": "^names-(lower|upper)",
    "repeated names": "^names-repeated",
    "letters beyond ASCII": "unicode",
    "a truncated one": "cut|truncated",
    "no id": "^none-id",
}


class Unused:
    """A client that nobody may call: callbacks are read without a provider."""


def adapter(provider: str) -> CallbackProvider:
    client = Unused()
    if provider == "esms":
        return Esms(EsmsAccount("key", "secret"), client)  # type: ignore[arg-type]
    return Fpt(FptAccount("id", "secret"), LocalTokens(), None, client)  # type: ignore[arg-type]


@pytest.mark.parametrize(("provider", "folder", "case"), CASES, ids=IDS)
def test_a_callback(provider, folder, case):
    query, body = case.get("query", "").encode(), case.get("body", "").encode()
    found, expect = adapter(provider).read_callback(query, body), case["expect"]
    if expect is None:
        assert found is None, case["says"]
        return
    about = tuple(Named(ref, phone) for ref, phone in expect["about"])
    wanted = Callback(about, SentState(expect["state"]), expect.get("delivered", 0), expect.get("words", ""))
    # A call is a command by hand, or a password of ours: its answer concerns no campaign.
    wanted = replace(wanted, by_hand=folder == "voice-callbacks")
    assert found == wanted, case["says"]
    assert_storable(found.provider_message, *(named.ref for named in found.about))
    assert "900000000" not in re.sub(r"ref='[^']*'", "", repr(found))


@pytest.mark.parametrize(("provider", "folder"), [(p, folder) for p, folders in FOLDERS.items() for folder in folders])
def test_each_kind_of_callback_has_a_case(provider, folder):
    names = list(load(provider, folder))
    assert [kind for kind, name in KINDS.items() if not any(re.search(name, one) for one in names)] == []


def test_each_listed_status_has_a_case():
    told = {name.removeprefix("code-").replace("minus-", "-") for name in load("esms", "callbacks")}
    assert set(STAGES) - {"5"} <= told
    told = {name.removeprefix("code-").replace("minus-", "-") for name in load("fpt", "callbacks")}
    assert set(STATUSES) <= told


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_nothing_makes_them_raise(query, body):
    for provider in FOLDERS:
        found = adapter(provider).read_callback(query, body)
        repr(found).encode("utf-8")


def test_nothing_is_logged(caplog):
    written = Collector()
    logging.getLogger().addHandler(written)
    for provider, _, case in CASES:
        adapter(provider).read_callback(case.get("query", "").encode(), case.get("body", "").encode())
    logging.getLogger().removeHandler(written)
    assert written.lines == []
