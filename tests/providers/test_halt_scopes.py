"""What each HALT code speaks of, typed by hand from the documents; whatever is not here speaks of the account."""

import re
from pathlib import Path

import pytest

from worker.domain.outcome import HaltScope, Outcome
from worker.providers.esms import codes as esms
from worker.providers.fibo.codes import CODES as FIBO
from worker.providers.fpt.codes import CODES as FPT
from worker.providers.sandbox.codes import CODES as SANDBOX

SENDER, KIND, TEMPLATE = HaltScope.SENDER, HaltScope.KIND, HaltScope.TEMPLATE
TEXTS = {"104": SENDER, "118": KIND, "132": KIND}
ZALO = dict.fromkeys(("204", "789", "790", "791", "799", "801", "802"), TEMPLATE)

NARROWER = {
    "ads of eSMS": (esms.CODES, TEXTS),
    "texts of eSMS": (esms.MESSAGE_CODES, TEXTS),
    "Zalo and Viber of eSMS": (esms.OTT_CODES, TEXTS | ZALO),
    "calls of eSMS": (esms.VOICE_CODES, {}),
    "FPT": (FPT, {"1010": KIND, "2504": SENDER, "54": SENDER}),
    "Fibo": (FIBO, {"5": SENDER, "103": SENDER}),
    "the sandbox's own": (SANDBOX, {"unknown-sender": SENDER}),
}


@pytest.mark.parametrize(("table", "narrower"), NARROWER.values(), ids=NARROWER)
def test_every_halt_code_says_what_it_speaks_of(table, narrower):
    halts = {code: row.scope for code, row in table.items() if row.outcome is Outcome.HALT}
    assert {code: scope for code, scope in halts.items() if scope is not HaltScope.ACCOUNT} == narrower


@pytest.mark.parametrize(("table", "narrower"), NARROWER.values(), ids=NARROWER)
def test_no_other_code_has_a_scope(table, narrower):
    scopes = {code for code, row in table.items() if row.scope is not HaltScope.ACCOUNT}
    assert scopes == set(narrower)


PAGE = Path(__file__).parents[2] / "docs/halts.md"


def test_the_page_lists_every_halt_code_with_its_scope():
    tables = {
        "eSMS": [esms.CODES, esms.MESSAGE_CODES, esms.OTT_CODES, esms.VOICE_CODES],
        "FPT": [FPT],
        "Fibo": [FIBO],
    }
    written = set()
    for scope, listed in re.findall(r"^\| `(\w+)` \|[^|]*\|([^|]*)\|$", PAGE.read_text("utf-8"), re.MULTILINE):
        for part in listed.split(";"):
            provider, _, codes = part.strip().partition(" ")
            written |= {(provider, scope, code) for code in re.findall(r"\d+", codes) if provider in tables}
    assert written == {
        (provider, str(row.scope), code)
        for provider, some in tables.items()
        for table in some
        for code, row in table.items()
        if row.outcome is Outcome.HALT
    }
