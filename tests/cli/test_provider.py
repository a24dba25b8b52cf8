"""What a person learns of our accounts: which are set, what is left, which senders are registered; or why not."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.cli.terminal import Said, Terminal
from tests.environment import AWAY, esms
from tests.world import Sandbox


@pytest.fixture
def terminal(sandbox: Sandbox, tmp_path: Path) -> Terminal:
    """A shell that knows the sandbox's eSMS and Fibo, and neither a database nor a Redis."""
    settings = {
        **esms(sandbox.esms_url),
        "LOA_FIBO_CLIENT_NO": "CL0000000001",
        "LOA_FIBO_CLIENT_PASS": "sandbox-pass",
        "LOA_FIBO_BASE_URL": f"{sandbox.url}/fibo/service.asmx",
        **AWAY,
    }
    return Terminal(tmp_path, settings)


def calls(sandbox: Sandbox) -> dict[str, int]:
    return sandbox.client.get("/_sandbox/calls").json()["functions"]


def together(terminal: Terminal, *commands: str, **more: str) -> list[Said]:
    """What each command came to, in their order. Side by side, since each start takes a second."""
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(lambda words: terminal.loa("provider", *words.split(), **more), commands))


def one_sentence(said: Said, code: int = 1) -> str:
    assert (said.code, said.out) == (code, ""), said
    (line,) = said.err.splitlines()
    return line


def test_the_list_tells_which_accounts_are_set_and_what_is_done_with_them(terminal: Terminal, sandbox: Sandbox) -> None:
    said = terminal.loa("provider", "list", "--json", LOA_FIBO_CLIENT_PASS="")
    assert (said.code, said.err) == (0, "")
    rows = {row["name"]: row for row in said.document}
    assert {name: row["title"] for name, row in rows.items()} == {"esms": "eSMS", "fpt": "FPT", "fibo": "Fibo"}
    assert {name: row["account"] for name, row in rows.items()} == {"esms": True, "fpt": False, "fibo": False}
    assert rows["esms"]["address"] == sandbox.esms_url
    assert rows["fibo"]["missing"] == ["LOA_FIBO_CLIENT_PASS"]
    assert rows["fpt"]["missing"] == ["LOA_FPT_CLIENT_ID", "LOA_FPT_CLIENT_SECRET"]
    shown = terminal.loa("provider", "list")
    assert shown.code == 0
    assert {"eSMS", "FPT", "Fibo"} <= set(shown.out.split())
    assert [
        secret for secret in ("sandbox-key", "sandbox-secret", "sandbox-pass") if secret in shown.out + said.out
    ] == []
    assert calls(sandbox) == {}


def test_the_balance_is_asked_once(terminal: Terminal, sandbox: Sandbox) -> None:
    sandbox.set(balance=1_234_567, fibo_balance=7_654_321)
    esms, fibo = together(terminal, "balance esms", "balance fibo --json")
    assert (esms.code, esms.out, esms.err) == (0, "1,234,567 VND are left at eSMS.\n", "")
    assert (fibo.code, fibo.err) == (0, "")
    found = {name: fibo.document[name] for name in ("provider", "amount", "unit")}
    assert found == {"provider": "fibo", "amount": 7_654_321, "unit": "VND"}
    assert calls(sandbox) == {"GetBalance_json": 1, "GetClientBalance": 1}


def test_the_totals_of_an_account_are_shown_where_the_provider_counts_them(
    terminal: Terminal, sandbox: Sandbox
) -> None:
    fibo, esms = together(
        terminal, "totals fibo --json", "totals esms", LOA_FIBO_STATUS_URL=f"{sandbox.url}/fibo/PartnerMtTotal.aspx"
    )
    assert (fibo.code, fibo.err) == (0, "")
    assert {name: fibo.document[name] for name in ("ok", "failed", "waiting")} == {"ok": 0, "failed": 0, "waiting": 0}
    assert "eSMS has no function that tells its totals" in one_sentence(esms)
    assert calls(sandbox) == {"PartnerMtTotal": 1}


def test_a_refusal_has_the_provider_s_own_words(terminal: Terminal) -> None:
    wrong = {"LOA_ESMS_SECRET_KEY": "wrong-word", "LOA_FIBO_CLIENT_PASS": "wrong-word"}
    esms, fibo = map(one_sentence, together(terminal, "senders esms", "balance fibo", **wrong))
    assert "(code 101): Sai ApiKey hoặc SecretKey" in esms
    assert "(code 3): Sai user hoặc mật khẩu" in fibo
    assert "wrong-word" not in esms + fibo


def test_a_lost_answer_has_no_value(terminal: Terminal, sandbox: Sandbox) -> None:
    sandbox.fault(function="GetBalance_json", do="drop", when="after")
    said = terminal.loa("provider", "balance", "esms", "--json")
    assert (said.code, said.document["amount"]) == (1, None)
    assert "the connection ended before a whole answer" in said.err
    assert calls(sandbox) == {"GetBalance_json": 1}


def test_the_senders_are_listed_with_their_kinds(terminal: Terminal) -> None:
    said = terminal.loa("provider", "senders", "esms", "--json")
    assert (said.code, said.err) == (0, "")
    assert {"name": "LOA", "kind": "ads"} in said.document["senders"]
    assert {"name": "Baotrixemay", "kind": "care"} in said.document["senders"]


def test_what_cannot_be_asked_is_one_sentence_and_no_call(terminal: Terminal, sandbox: Sandbox) -> None:
    wrong = ("senders fibo", "balance fpt", "balance fibo", "balance viettel")
    senders, fpt, keyless, unknown = together(terminal, *wrong, LOA_FIBO_CLIENT_NO="")
    assert "Fibo has no function that tells its senders" in one_sentence(senders)
    assert "FPT has no function that tells its balance" in one_sentence(fpt)
    assert one_sentence(keyless).startswith("LOA_FIBO_CLIENT_NO is not set, so Fibo was not called")
    assert "take one of esms, fpt, fibo" in one_sentence(unknown, 2)
    assert calls(sandbox) == {}


def test_where_providers_reach_us_is_shown_when_it_is_asked_for(terminal: Terminal) -> None:
    here = {"LOA_PUBLIC_URL": "https://loa.example/sms/", "LOA_SECRET_KEY": "a key of the tests"}
    plain, shown, told = together(
        terminal, "list --json", "list --callback-urls", "list --callback-urls --json", **here
    )
    assert "callbacks" not in plain.out
    urls = dict(line.rsplit(" ", 1) for line in shown.out.splitlines())
    assert set(urls) == {"esms", "fpt", "esms incoming", "fibo incoming"}
    assert all(
        url.startswith(f"https://loa.example/sms/callbacks/{name.replace(' ', '/')}/") for name, url in urls.items()
    )
    assert {(row["name"], row["callback_url"], row["incoming_url"]) for row in told.document} == {
        (name, urls.get(name), urls.get(f"{name} incoming")) for name in ("esms", "fpt", "fibo")
    }
    assert one_sentence(terminal.loa("provider", "list", "--callback-urls")).startswith("LOA_PUBLIC_URL is not set")
