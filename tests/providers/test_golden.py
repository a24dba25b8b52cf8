"""Every request is what its document asks for: one file a request, typed by hand, its first line naming the section."""

import asyncio
import json
import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from dateutil.parser import isoparse

from tests.providers import esms_cases, esms_functions, fibo_cases, fpt_cases, sandbox_cases
from tests.providers.conversation import CASES
from tests.providers.sandboxed import methods_called, methods_of
from worker.domain.calls import AdCampaign, TextMessage
from worker.providers.esms import Esms
from worker.providers.fibo import Fibo, FiboAccount
from worker.providers.fpt import Fpt
from worker.providers.sandbox import Sandbox

FPT = {
    "push-brandname-otp": lambda fpt: fpt.send_message(TextMessage("r", "k", "FTI", "test tin nhắn", 84949123456)),
    "create-campaign": lambda fpt: fpt.create_campaign(
        AdCampaign(
            name="Chuong trinh khuyen mai T6-2016",
            sender="FTI",
            text="Giam gia 10% cho hoa don tren 10tr dong",
            quota=15000,
            at=isoparse("2016-06-16T03:30:00Z"),
        )
    ),
    "push-brandname-ads": lambda fpt: fpt.push(fpt_cases.CODE, [84949123456, 84949123457]),
    "cancel-ads": lambda fpt: fpt.cancel(fpt_cases.CODE),
}
SAMPLE = FiboAccount("string", "string", sms_guid="zero")
FIBO = {
    "message-sample": (
        SAMPLE,
        lambda fibo: fibo.send_message(replace(fibo_cases.MESSAGE, sender="string", text="string")),
    ),
    "message-query": (fibo_cases.account(), lambda fibo: fibo.send_message(fibo_cases.MESSAGE)),
    "message-form": (fibo_cases.account(send_by="form"), lambda fibo: fibo.send_message(fibo_cases.MESSAGE)),
    "balance": (SAMPLE, lambda fibo: fibo.balance()),
    "totals-page": (SAMPLE, lambda fibo: fibo.totals()),
    "totals-soap": (fibo_cases.account(totals_by="soap"), lambda fibo: fibo.totals()),
}
SANDBOX = {
    "message": lambda sandbox: sandbox.send_message(sandbox_cases.MESSAGE),
    "balance": lambda sandbox: sandbox.balance(),
}


async def of_esms(name):
    wire, function = esms_cases.Wire(), esms_functions.FUNCTIONS[name]
    await function.call(esms_cases.esms(wire, **function.account))
    return wire.requests


async def of_fpt(name):
    wire = fpt_cases.Wire()
    if name == "token":
        await fpt_cases.fpt(wire, scopes=("send_brandname_otp",)).send_message(fpt_cases.MESSAGE)
        return wire.tokens
    await FPT[name](fpt_cases.fpt(wire, await fpt_cases.signed_in(fpt_cases.account())))
    return wire.steps


async def of_fibo(name):
    wire, (account, call) = fibo_cases.Wire(), FIBO[name]
    await call(Fibo(account, wire))
    return wire.requests


async def of_sandbox(name):
    wire = sandbox_cases.Wire()
    await SANDBOX[name](sandbox_cases.own(wire))
    return wire.requests


MADE = {
    **{("esms", name): of_esms for name in esms_functions.FUNCTIONS},
    **{("fpt", name): of_fpt for name in (*FPT, "token")},
    **{("fibo", name): of_fibo for name in FIBO},
    **{("sandbox", name): of_sandbox for name in SANDBOX},
}
#: How the first line of a file names its place in the provider's document.
SECTIONS = {
    "esms": r"manual [IV]+\.\d|web, page “?\"",
    "fpt": r"manual \d",
    "fibo": r"page \d\.\d",
    "sandbox": r"document \d",
}


def golden(provider, name):
    """Source, method, address, headers and body of a file."""
    head, _, body = (CASES / provider / "golden" / f"{name}.http").read_text("utf-8").partition("\n\n")
    source, line, *headers = head.strip().splitlines()
    return source, *line.split(" "), dict(header.split(": ", 1) for header in headers), body.strip()


@pytest.mark.parametrize(("provider", "name"), MADE, ids=map("-".join, MADE))
def test_a_request_is_the_documents(provider, name):
    (request,) = asyncio.run(MADE[provider, name](name))
    _, method, url, headers, body = golden(provider, name)
    assert (
        f"{request.method} {request.url.scheme}://{request.url.netloc.decode()}{request.url.raw_path.decode()}"
        == f"{method} {url}"
    )
    found = {key: request.headers.get(key) for key in ("Content-Type", "SOAPAction") if key in request.headers}
    assert found == headers
    if body.startswith("{"):
        # The adapter makes a session of its own for every token.
        sent, wanted = json.loads(request.content), json.loads(body)
        assert {**sent, **({"session_id": wanted["session_id"]} if name == "token" else {})} == wanted
        assert provider != "fpt" or list(sent) == list(wanted)
    elif body.startswith("<"):
        assert ET.canonicalize(request.content.decode()) == ET.canonicalize(body, strip_text=True)
    else:
        assert request.content == body.encode()


@pytest.mark.parametrize("path", sorted(CASES.glob("*/golden/*")), ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_a_golden_request_is_asked_for_and_names_its_section(path):
    provider = path.parts[-3]
    assert (provider, path.stem) in MADE
    assert re.match(f"# ({SECTIONS[provider]})", golden(provider, path.stem)[0])


def test_every_function_has_a_golden_request():
    called = {
        Esms: [function.call for function in esms_functions.FUNCTIONS.values()],
        Fpt: FPT.values(),
        Fibo: [call for _, call in FIBO.values()],
        Sandbox: SANDBOX.values(),
    }
    assert {adapter: methods_called(calls) for adapter, calls in called.items()} == {
        adapter: methods_of(adapter) for adapter in called
    }
