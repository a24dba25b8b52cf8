"""The two clients: `Loa` waits for each answer, `AsyncLoa` is awaited. Both say the same things (calls.py)."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Final, Self

import httpx

from worker.client import calls
from worker.client.calls import Call, Check, Otp, Unreachable

TIMEOUT_S: Final = 10.0
TRIES: Final = 4
#: A refusal that asks for a longer pause is raised at once.
LONGEST_WAIT_S: Final = 30.0
LOOK_EVERY_S: Final = 0.5


class Loa:
    """Loa's HTTP API; use it as a context manager, or call `close`. Raises LoaError and Unreachable."""

    def __init__(
        self, url: str, key: str, *, timeout_s: float = TIMEOUT_S, tries: int = TRIES, **httpx_options: Any
    ) -> None:
        headers = {"Authorization": f"Bearer {key}"}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=timeout_s, **httpx_options)
        self._tries = tries

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def send_otp(
        self,
        phone: str,
        *,
        text: str | None = None,
        template: str | None = None,
        generate: Mapping[str, Any] | None = None,
        ttl: float | None = None,
        route: Sequence[str] = (),
        sender: str = "",
        callback_url: str = "",
        client_ip: str = "",
        key: str | None = None,
    ) -> Otp:
        """Send a password: `text` with a code of yours, or `template` with `{code}` and `generate` for one that Loa makes.

        `key` is your own id of the request: repeating it sends nothing new. `LoaError.rule` of a refusal for now is
        `too_many_to_number` and the like, with `retry_after_s`.
        """
        more = {
            "ttl": ttl,
            "route": list(route),
            "sender": sender,
            "callback_url": callback_url,
            "client_ip": client_ip,
        }
        return Otp.of(self.call(calls.send_otp(phone, key, text=text, template=template, generate=generate, **more)))

    def otp(self, otp_id: str) -> Otp:
        """What became of a password."""
        return Otp.of(self.call(Call("GET", f"/v1/otp/{otp_id}")))

    def wait_for_otp(self, otp_id: str, timeout_s: float = 120.0) -> Otp:
        """The password once Loa will do nothing more for it, or as it is when the time is over."""
        ends = time.monotonic() + timeout_s
        while not (found := self.otp(otp_id)).settled and time.monotonic() < ends:
            time.sleep(LOOK_EVERY_S)
        return found

    def check_otp(self, otp_id: str, code: str) -> Check:
        """Whether a code is that of a password which Loa made. Never repeated by itself: each call is a try."""
        return Check(**self.call(Call("POST", f"/v1/otp/{otp_id}/check", json={"code": code})))

    def create_campaign(
        self,
        *,
        recipients: Sequence[Any] | None = None,
        list_file: tuple[str, bytes] | None = None,
        key: str | None = None,
        dry_run: bool = False,
        **fields: Any,
    ) -> dict[str, Any]:
        """Create a campaign (`provider, sender, kind, text`, if wanted `name, at, until` …), or count what it would come to."""
        made: dict[str, Any] = self.call(calls.create_campaign(recipients, list_file, key, dry_run=dry_run, **fields))
        return made

    def campaign(self, campaign_id: str) -> dict[str, Any]:
        """A campaign with its counts, without its batches."""
        found: dict[str, Any] = self.call(Call("GET", f"/v1/campaigns/{campaign_id}/report"))
        return found

    def command(self, campaign_id: str, name: str, key: str | None = None) -> dict[str, Any]:
        """`pause`, `resume` or `cancel` a campaign; each may be repeated."""
        done: dict[str, Any] = self.call(calls.command(campaign_id, name, key))
        return done

    def suppress(self, phones: Sequence[str], reason: str = "opt_out") -> dict[str, Any]:
        """Keep numbers out of ads."""
        done: dict[str, Any] = self.call(calls.suppress(phones, reason))
        return done

    def add_webhook(self, url: str, events: Sequence[str] = ()) -> dict[str, Any]:
        """Let an address hear of events; the answer has the `secret`."""
        made: dict[str, Any] = self.call(calls.add_webhook(url, events))
        return made

    def call(self, call: Call) -> Any:
        """Make any call; repeated where that is safe."""
        for tries in range(1, self._tries + 1):
            answer, fault = None, None
            try:
                answer = self._http.request(
                    call.method,
                    call.path,
                    json=call.json,
                    data=call.data,
                    files=call.files,
                    params=call.params,
                    headers=call.headers(),
                )
            except httpx.TransportError as error:
                fault = error
            pause = calls.pause_before_next(call, answer, tries)
            if answer is not None and (pause is None or pause > LONGEST_WAIT_S or tries == self._tries):
                return calls.read(answer)
            if pause is None or tries == self._tries:
                raise Unreachable(f"no answer from Loa ({type(fault).__name__})", call.key) from fault
            time.sleep(pause)
        raise AssertionError("a call was never made")


class AsyncLoa:
    """The same to be awaited; `async with AsyncLoa(url, key) as loa`."""

    def __init__(
        self, url: str, key: str, *, timeout_s: float = TIMEOUT_S, tries: int = TRIES, **httpx_options: Any
    ) -> None:
        headers = {"Authorization": f"Bearer {key}"}
        self._http = httpx.AsyncClient(base_url=url, headers=headers, timeout=timeout_s, **httpx_options)
        self._tries = tries

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def send_otp(
        self,
        phone: str,
        *,
        text: str | None = None,
        template: str | None = None,
        generate: Mapping[str, Any] | None = None,
        ttl: float | None = None,
        route: Sequence[str] = (),
        sender: str = "",
        callback_url: str = "",
        client_ip: str = "",
        key: str | None = None,
    ) -> Otp:
        """As `Loa.send_otp`."""
        more = {
            "ttl": ttl,
            "route": list(route),
            "sender": sender,
            "callback_url": callback_url,
            "client_ip": client_ip,
        }
        asked = calls.send_otp(phone, key, text=text, template=template, generate=generate, **more)
        return Otp.of(await self.call(asked))

    async def otp(self, otp_id: str) -> Otp:
        """As `Loa.otp`."""
        return Otp.of(await self.call(Call("GET", f"/v1/otp/{otp_id}")))

    async def wait_for_otp(self, otp_id: str, timeout_s: float = 120.0) -> Otp:
        """As `Loa.wait_for_otp`."""
        ends = time.monotonic() + timeout_s
        while not (found := await self.otp(otp_id)).settled and time.monotonic() < ends:  # noqa: ASYNC110 - it happens elsewhere
            await asyncio.sleep(LOOK_EVERY_S)
        return found

    async def check_otp(self, otp_id: str, code: str) -> Check:
        """As `Loa.check_otp`."""
        return Check(**await self.call(Call("POST", f"/v1/otp/{otp_id}/check", json={"code": code})))

    async def create_campaign(
        self,
        *,
        recipients: Sequence[Any] | None = None,
        list_file: tuple[str, bytes] | None = None,
        key: str | None = None,
        dry_run: bool = False,
        **fields: Any,
    ) -> dict[str, Any]:
        """As `Loa.create_campaign`."""
        asked = calls.create_campaign(recipients, list_file, key, dry_run=dry_run, **fields)
        made: dict[str, Any] = await self.call(asked)
        return made

    async def campaign(self, campaign_id: str) -> dict[str, Any]:
        """As `Loa.campaign`."""
        found: dict[str, Any] = await self.call(Call("GET", f"/v1/campaigns/{campaign_id}/report"))
        return found

    async def command(self, campaign_id: str, name: str, key: str | None = None) -> dict[str, Any]:
        """As `Loa.command`."""
        done: dict[str, Any] = await self.call(calls.command(campaign_id, name, key))
        return done

    async def suppress(self, phones: Sequence[str], reason: str = "opt_out") -> dict[str, Any]:
        """As `Loa.suppress`."""
        done: dict[str, Any] = await self.call(calls.suppress(phones, reason))
        return done

    async def add_webhook(self, url: str, events: Sequence[str] = ()) -> dict[str, Any]:
        """As `Loa.add_webhook`."""
        made: dict[str, Any] = await self.call(calls.add_webhook(url, events))
        return made

    async def call(self, call: Call) -> Any:
        """As `Loa.call`."""
        for tries in range(1, self._tries + 1):
            answer, fault = None, None
            try:
                answer = await self._http.request(
                    call.method,
                    call.path,
                    json=call.json,
                    data=call.data,
                    files=call.files,
                    params=call.params,
                    headers=call.headers(),
                )
            except httpx.TransportError as error:
                fault = error
            pause = calls.pause_before_next(call, answer, tries)
            if answer is not None and (pause is None or pause > LONGEST_WAIT_S or tries == self._tries):
                return calls.read(answer)
            if pause is None or tries == self._tries:
                raise Unreachable(f"no answer from Loa ({type(fault).__name__})", call.key) from fault
            await asyncio.sleep(pause)
        raise AssertionError("a call was never made")
