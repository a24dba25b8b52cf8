"""Opens an adapter on a server, calls its functions there, and tells what it learned."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from tests.providers.sandboxed import FUNCTIONS, TEXT, CampaignRequest, Function
from worker.domain.delivery import Stage
from worker.domain.outcome import Outcome
from worker.providers.esms import Esms, EsmsAccount
from worker.providers.fibo import Fibo, FiboAccount
from worker.providers.fpt import Fpt, FptAccount, LocalTokens
from worker.providers.sandbox import Sandbox, SandboxAccount


def adapter(provider: str, url: str, **account: Any) -> Any:
    """An adapter with a client of its own, for a sandbox (or any other server) at `url`."""
    match provider:
        case "esms":
            doors = {
                setting: f"{url}/{folder}/MainService.svc"
                for setting, folder in (
                    ("base_url", "esms"),
                    ("voice_base_url", "esms-voice"),
                    ("ott_base_url", "esms-ott"),
                )
            }
            keys = {"api_key": "sandbox-key", "secret_key": "sandbox-secret"}
            return Esms(EsmsAccount(**doors | keys | account))
        case "fpt":
            keys = {"client_id": "sandbox-client", "client_secret": "sandbox-secret", "base_url": f"{url}/fpt"}
            return Fpt(FptAccount(**keys | account), LocalTokens(), lambda: datetime.now(UTC))
        case "sandbox":
            return Sandbox(SandboxAccount(**{"secret": "sandbox-secret", "base_url": f"{url}/sandbox"} | account))
        case _:
            urls = {"base_url": f"{url}/fibo/service.asmx", "status_url": f"{url}/fibo/PartnerMtTotal.aspx"}
            keys = {"client_no": "CL0000000001", "client_pass": "sandbox-pass"}
            return Fibo(FiboAccount(**urls | keys | account))


@asynccontextmanager
async def opened(function: Function, url: str, **account: Any) -> Any:
    """The adapter of a function, closed at the end."""
    found = adapter(function.provider, url, **function.account | account)
    try:
        yield found
    finally:
        await found.aclose()


async def readied(function: Function, provider: Any, nth: int, text: str = TEXT) -> CampaignRequest:
    """The nth wish, with what it is about."""
    requested = CampaignRequest(nth, text)
    return (
        CampaignRequest(nth, text, (await function.before(provider, requested)).ref or "none")
        if function.before
        else requested
    )


def asked(function: Function, url: str, *texts: str, **account: Any) -> list[Any]:
    """What the function answers for each of the texts (or once), over one client, to a number of its own each time."""

    async def talk() -> list[Any]:
        async with opened(function, url, **account) as provider:
            requests_made = [
                await readied(function, provider, nth, text) for nth, text in enumerate(texts or (TEXT,), 1)
            ]
            return [await function.call(provider, requested) for requested in requests_made]

    return asyncio.run(talk())


def asked_at_once(url: str, armed: Callable[[], None], **account: Any) -> dict[str, Any]:
    """What every function answers, all of them called at the same time, after `armed` was called."""

    async def talk() -> dict[str, Any]:
        async with AsyncExitStack() as stack:
            ready = {}
            for nth, (name, function) in enumerate(FUNCTIONS.items()):
                provider = await stack.enter_async_context(opened(function, url, **account))
                if function.provider == "fpt":
                    # So that the step is what the fault strikes, not the way to a token.
                    await provider.cancel("none")
                ready[name] = (function, provider, await readied(function, provider, 100 * nth))
            armed()
            calls = [function.call(provider, requested) for function, provider, requested in ready.values()]
            return dict(zip(ready, await asyncio.gather(*calls), strict=True))

    return asyncio.run(talk())


def answer_of(result: Any) -> Any:
    """The Answer inside whatever a sending function returns."""
    return getattr(result, "answer", result)


def learned(result: Any) -> bool:
    """Whether the call taught anything: accepted, a stage, a list, a value."""
    match answer_of(result):
        case None:
            return False
        case list():
            return True
        case found if hasattr(found, "outcome"):
            return found.outcome is Outcome.ACCEPTED
        case found if hasattr(found, "stage"):
            return found.stage is not Stage.UNREADABLE
        case found:
            return found.value is not None


def received(sandbox: Any, name: str) -> int:
    """How many requests of that function have reached the sandbox."""
    return int(sandbox.http.get("/_sandbox/calls").json()["functions"].get(name, 0))
