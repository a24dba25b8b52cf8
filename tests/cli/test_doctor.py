"""The doctor finds slips of the pen, missing keys and servers that are not there; and nothing where all is well."""

from pathlib import Path

from tests.cli.terminal import Said, Terminal
from tests.console import openid_provider
from tests.world import Sandbox
from worker.cli.doctor import variables
from worker.clock import Clock


def problems(said: Said) -> dict[str, str]:
    """The way out of each problem, by what was looked at."""
    return {check["name"]: check["way_out"] for check in said.document["checks"] if not check["ok"]}


def test_nothing_is_wrong_with_a_machine_that_has_its_keys(terminal: Terminal) -> None:
    nowhere = "http://127.0.0.1:1/MainService.svc"
    keys = {"LOA_ESMS_API_KEY": "k", "LOA_ESMS_SECRET_KEY": "s", "LOA_ESMS_BASE_URL": nowhere}
    said = terminal.loa("doctor", "--json", **keys, LOA_FLOWER_PORT="0", PORT="1")
    # The module's PostgreSQL runs and its Redis does not: somebody works here, but no scheduler.
    found = problems(said)
    assert found.pop("eSMS account").startswith("check this machine's network")
    assert found == {"heartbeat": "start `loa up`, or the scheduler and the workers"}
    assert (said.code, said.document["ok"]) == (1, False)


def test_the_senders_are_shown_and_that_of_passwords_is_one_of_them(terminal: Terminal, sandbox: Sandbox) -> None:
    keys = {"LOA_ESMS_API_KEY": "sandbox-key", "LOA_ESMS_SECRET_KEY": "sandbox-secret", "LOA_FLOWER_PORT": "0"}
    assert terminal.loa("migrate").code == 0
    said = terminal.loa("doctor", "--json", **keys, LOA_ESMS_BASE_URL="http://127.0.0.1:1")
    found = {check["name"]: check["found"] for check in said.document["checks"]}
    assert found["eSMS senders"].startswith("not read (no connection")
    assert "eSMS senders" not in problems(said), "it is none of this machine"
    said = terminal.loa("doctor", "--json", **keys, LOA_ESMS_BASE_URL=sandbox.esms_url, LOA_ESMS_OTP_SENDER="LOAA")
    found = {check["name"]: check["found"] for check in said.document["checks"]}
    assert "LOA (ads, care)" in found["eSMS senders"]
    assert problems(said)["eSMS senders"] == "LOAA is none of them: set LOA_ESMS_OTP_SENDER to one that is"


def test_each_problem_comes_with_its_way_out(tmp_path: Path) -> None:
    url = "postgresql+psycopg://loa:open-sesame@127.0.0.1:1/loa"
    wrong = {"LOA_DATABASE_URL": url, "LOA_REDIS_URL": "redis://127.0.0.1:1/0", "LOA_ESMS_API_KY": "k"}
    said = Terminal(tmp_path, wrong).loa("doctor", "--json")
    found = problems(said)
    assert said.code == 1
    assert found["LOA_ESMS_API_KY"] == "did you mean LOA_ESMS_API_KEY?"
    assert "LOA_DATABASE_URL" in found["database"]
    assert "LOA_REDIS_URL" in found["redis"]
    assert "eSMS keys" in found
    assert "open-sesame" not in said.out


def test_settings_that_cannot_work_are_listed_one_by_one(tmp_path: Path) -> None:
    said = Terminal(tmp_path, {"LOA_LEASE_S": "-1", "LOA_ESMS_TIMEOUT_S": "soon"}).loa("doctor")
    assert said.code == 1
    assert [line.split()[1] for line in said.out.splitlines()] == ["LOA_ESMS_TIMEOUT_S:", "LOA_LEASE_S:"]


def test_variables_of_the_contract_that_come_later_are_no_slips() -> None:
    early = dict.fromkeys(
        (
            "LOA_PUBLIC_URL",
            "LOA_URL",
            "LOA_KEY",
            "LOA_FPT_CLIENT_ID",
            "LOA_FIBO_BASE_URL",
            "LOA_ESMS_OTP_RESERVE",
            "HOME",
        ),
        "",
    )
    assert list(variables.unknown(early)) == []
    assert [check.name for check in variables.unknown({"LOA_DATABSE_URL": ""})] == ["LOA_DATABSE_URL"]


def test_a_provider_of_openid_connect_is_asked_to_describe_itself(tmp_path: Path) -> None:
    def said(url: str) -> dict[str, object]:
        settings = {"LOA_OIDC_ISSUER": url, "LOA_OIDC_CLIENT_ID": "loa", "LOA_OIDC_CLIENT_SECRET": "open-sesame"}
        answer = Terminal(tmp_path, {**settings, "LOA_PUBLIC_URL": "https://loa.example"}).loa("doctor", "--json")
        assert "open-sesame" not in answer.out
        (found,) = (check for check in answer.document["checks"] if check["name"] == "OpenID Connect")
        return dict(found)

    with openid_provider.provider(Clock()) as provider:
        assert said(provider.url)["ok"] is True
        provider.discovery = {"jwks_uri": "https://keys.example/keys"}
        found = said(provider.url)
        assert found["ok"] is False
        assert "jwks_uri is not an address of the issuer, nor of LOA_OIDC_HOSTS" in str(found["found"])
    found = said(provider.url)
    assert "no answer (ClientConnectorError)" in str(found["found"])
    assert str(found["way_out"]).startswith("check LOA_OIDC_ISSUER")
