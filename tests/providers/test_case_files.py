"""Every function has its cases: a table of functions and folders, and what must be told of each; none is forgotten."""

import json
import re
import tomllib
from collections.abc import Callable
from typing import Any
from xml.etree.ElementTree import ParseError

import pytest
from defusedxml.ElementTree import fromstring

from tests.providers.conversation import CASES, load
from tests.providers.sandboxed import FUNCTIONS, CampaignRequest, methods_called, methods_of
from tests.providers.test_esms_answers import GENERAL
from worker.config.accounts import PROVIDERS
from worker.providers.esms import Esms, codes
from worker.providers.fibo import Fibo
from worker.providers.fibo.codes import CODES as FIBO
from worker.providers.fpt import Fpt
from worker.providers.fpt.codes import CODES as FPT
from worker.providers.sandbox import Sandbox
from worker.providers.sandbox.codes import CODES as SANDBOX

ADAPTERS = {"esms": Esms, "fpt": Fpt, "fibo": Fibo, "sandbox": Sandbox}

#: Codes of a function, and the folders whose files are put to it: its own, and those that it shares.
TOLD: dict[tuple[str, str], tuple[Any, tuple[str, ...]]] = {
    ("esms", "send_ads"): (codes.CODES, ("sends",)),
    ("esms", "send_message"): (codes.MESSAGE_CODES, ("messages", "general")),
    ("esms", "send_viber"): (codes.OTT_CODES, ("ott", "general")),
    ("esms", "send_zalo"): (codes.OTT_CODES, ("ott", "general")),
    ("esms", "send_multichannel"): (codes.OTT_CODES, ("ott", "general")),
    ("esms", "send_zalo_bulk"): (codes.OTT_CODES, ("zalo-bulk", "ott", "general")),
    ("esms", "call_template"): (codes.VOICE_CODES, ("voice", "general")),
    ("esms", "call_record"): (codes.VOICE_CODES, ("voice", "general")),
    ("esms", "call_otp"): (codes.VOICE_CODES, ("voice", "general")),
    ("esms", "send_code"): (codes.MESSAGE_CODES, ("messages", "general")),
    ("esms", "check_code"): (codes.CHECK_CODES, ("checks", "questions", "general")),
    ("esms", "order_status"): (codes.REPORT_CODES, ("statuses", "questions", "general")),
    ("esms", "receivers"): (codes.REPORT_CODES, ("receivers", "questions", "general")),
    ("esms", "call_status"): (codes.CALL_STATUS_CODES, ("call-statuses", "questions", "general")),
    ("esms", "balance"): (codes.REPORT_CODES, ("balances", "questions", "general")),
    ("esms", "senders"): (codes.REPORT_CODES, ("senders", "questions", "general")),
    ("esms", "sent_data"): (codes.SENT_DATA_CODES, ("sent-data-v1", "sent-data-v2", "questions", "general")),
    ("esms", "estimate_ads"): (codes.REPORT_CODES, ("estimates", "questions", "general")),
    ("esms", "estimate_care"): (codes.REPORT_CODES, ("estimates", "questions", "general")),
    ("esms", "care_templates"): (codes.REPORT_CODES, ("care-templates", "questions", "general")),
    **{
        ("esms", f"zalo_{name}"): (codes.ZALO_INFO_CODES, (f"zalo-{folder}", "questions", "general"))
        for name, folder in (
            ("accounts", "accounts"),
            ("quota", "quotas"),
            ("quality", "qualities"),
            ("status", "statuses"),
            ("delivery", "deliveries"),
        )
    },
    ("esms", "zalo_template"): (codes.TEMPLATE_INFO_CODES, ("zalo-templates", "questions", "general")),
    ("fpt", "send_message"): (FPT, ("messages", "refusals")),
    ("fpt", "create_campaign"): (FPT, ("campaigns", "refusals")),
    ("fpt", "push"): (FPT, ("pushes", "refusals")),
    ("fpt", "cancel"): (FPT, ("cancels", "refusals")),
    ("fibo", "send_message"): (FIBO, ("sends",)),
    ("fibo", "balance"): (FIBO, ("balances", "sends")),
    ("fibo", "totals"): (FIBO, ("totals", "sends")),
    ("sandbox", "send_message"): (SANDBOX, ("sends",)),
    ("sandbox", "balance"): (SANDBOX, ("balances", "sends")),
}
#: Folders that several functions share; what these alone tell of a question is not enough.
SHARED = {"general", "questions", "refusals", "sends"}


def of(provider: str, folder: str) -> dict[str, Any]:
    """The cases of a folder by name; `general` are those of eSMS's sends that are put to its other functions too."""
    return GENERAL if folder == "general" else load(provider, folder)


def cut_off(text: str) -> bool:
    """Whether it begins as JSON or XML of the provider, and ends before its end."""
    try:
        if text.startswith("{"):
            json.loads(text)
        elif text.startswith("<") and "<html" not in text.lower():
            fromstring(text)
    except (ValueError, ParseError):
        return True
    return False


def answers(case: dict[str, Any]) -> list[dict[str, Any]]:
    return case.get("answers") or [case.get("answer", {})]


def text_of(answer: dict[str, Any]) -> str:
    return str(answer.get("text", ""))


#: What an answer has to be for each kind; a few kinds are told by the names of the files alone.
BY_ANSWER: dict[str, Callable[[dict[str, Any]], bool]] = {
    "HTML with 200": lambda answer: answer.get("status") == 200 and "<html" in text_of(answer).lower(),
    "a truncated answer": lambda answer: answer.get("status") == 200 and cut_off(text_of(answer)),
    "HTTP 429": lambda answer: answer.get("status") == 429,
    "HTTP 500": lambda answer: answer.get("status") == 500,
    "a refused connection": lambda answer: answer.get("raise") == "ConnectError",
    "a read timeout": lambda answer: answer.get("raise") == "ReadTimeout",
    "letters beyond ASCII": lambda answer: not json.dumps(answer, ensure_ascii=False).isascii(),
}
BY_NAME = {
    "wrong types": r"(^|-)(list|null|flag|true|object|kind|sentence|words|types)$|as-number|as-list|is-text|types|odd-|unread",
    "blanks": r"blank|empty|padded",
}
SUCCESS = {
    *("balance", "senders", "call", "page", "receivers", "amount", "totals", "stopped", "taken"),
    *("estimate", "templates", "value"),
}


def succeeds(expect: dict[str, Any]) -> bool:
    """Whether a case is one of success."""
    told = any(expect.get(name) not in (None, []) for name in SUCCESS)
    return expect.get("outcome") == "accepted" or expect.get("stage") == "sent" or ("outcome" not in expect and told)


@pytest.mark.parametrize("function", TOLD, ids="-".join)
def test_a_function_has_a_case_of_every_kind(function):
    provider, _ = function
    table, folders = TOLD[function]
    own = {name: case for folder in folders if folder not in SHARED for name, case in of(provider, folder).items()}
    own = own or of(provider, "sends")
    cases = {name: case for folder in folders for name, case in of(provider, folder).items()}
    told = [answer for case in cases.values() for answer in answers(case)]
    missing = [kind for kind, is_one in BY_ANSWER.items() if not any(map(is_one, told))]
    asks = {"questions", "sends"} & {*folders[1:]}
    named = own if asks else cases
    missing += [kind for kind, names in BY_NAME.items() if not any(re.search(names, name) for name in named)]
    missing += ["success"] * (not any(succeeds(case["expect"]) for case in own.values()))
    found = {str((case["expect"] or {}).get("code", "")) for case in cases.values()}
    missing += [f"code {code}" for code in table if code not in found]
    missing += ["an unlisted code"] * (not found - {*table, ""})
    assert missing == []


def test_no_provider_is_forgotten():
    contracts = tomllib.loads((CASES.parents[2] / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (apart,) = [one["modules"] for one in contracts if one["type"] == "independence"]
    assert set(ADAPTERS) == set(PROVIDERS) == {name.rpartition(".")[2] for name in apart}


def test_every_function_is_in_both_tables():
    for provider, adapter in ADAPTERS.items():
        assert {name for owner, name in TOLD if owner == provider} == methods_of(adapter)
        calls = [
            lambda named, function=function: function.call(named, CampaignRequest(1))
            for function in FUNCTIONS.values()
            if function.provider == provider
        ]
        assert methods_called(calls) == methods_of(adapter)


def test_no_folder_is_forgotten():
    listed = {(provider, folder) for (provider, _), (_, folders) in TOLD.items() for folder in folders}
    there = {(path.parent.name, path.name) for path in CASES.glob("*/*") if path.is_dir() and path.name != "golden"}
    # Tokens come before every function of FPT, reports and callbacks come by themselves.
    of_themselves = {("fpt", "reports"), ("fpt", "callbacks"), ("esms", "callbacks"), ("esms", "voice-callbacks")}
    assert there - listed == {("fpt", "tokens")} | of_themselves
