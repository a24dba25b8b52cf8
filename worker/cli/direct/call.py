"""Calls by hand: with a template, a recording or a code; and a command that shows what became of a call."""

from typing import Annotated, Any, Final

import typer

from worker import adapters, config
from worker.cli import console, runtime
from worker.cli.direct.options import Ads, At, Phone, RequestId, Speed, Voice, ad, moment
from worker.cli.direct.sending import Sent, number, request_key, send
from worker.cli.options import Json, spoken
from worker.cli.provider import known
from worker.cli.provider.asking import asked
from worker.domain.policy import Channel
from worker.providers.esms import CallResult, OtpCall, RecordCall, TemplateCall

app = typer.Typer(no_args_is_help=True, help="Call one number through eSMS, and ask what became of it.")

FOLLOW: Final = "loa call status"


@app.command()
def template(
    *,
    phone: Phone,
    template_id: Annotated[str, typer.Option("--template", metavar="ID", help="The template registered at eSMS.")],
    variable: Annotated[
        list[str] | None, typer.Option(help="One value of the template; repeat it, from left to right.")
    ] = None,
    voice: Voice = "",
    speed: Speed = None,
    at: At = "",
    ads: Ads = False,
    request_id: RequestId = "",
    json: Json = False,
) -> None:
    """Call one number and read a registered template to it.

    Example: loa call template --phone 0900000001 --template 1001 --variable "Ba Lan" --variable 15:30
    """
    key = request_key(request_id)
    call = TemplateCall(key, number(phone), template_id, tuple(variable or ()), voice, speed, moment(at))
    as_ad = ad(call.phone, (Channel.CALL,), said=ads, at=call.send_date)
    send(Sent("call", key, FOLLOW), lambda esms: esms.call_template(call), json=json, ad=as_ad)


@app.command()
def record(
    *,
    phone: Phone,
    record_id: Annotated[str, typer.Option("--record", metavar="ID", help="The recording on account.esms.vn.")],
    forward: Annotated[
        str, typer.Option(metavar="NUMBER", help="Where the listener is passed on to, as it is dialled.")
    ] = "",
    ivr: Annotated[int | None, typer.Option(min=0, max=9, help="The key by which the listener is passed on.")] = None,
    ivr_wait: Annotated[
        int | None, typer.Option(min=0, max=99_999, help="How long it waits for the key, in eSMS's unit.")
    ] = None,
    repeat: Annotated[int | None, typer.Option(min=0, max=999, help="How often the recording is played again.")] = None,
    retry: Annotated[
        int | None, typer.Option(min=0, max=999, help="How often eSMS calls again when nobody answers.")
    ] = None,
    retry_wait: Annotated[int | None, typer.Option(min=0, max=99_999, help="After how many seconds it does.")] = None,
    at: At = "",
    ads: Ads = False,
    request_id: RequestId = "",
    json: Json = False,
) -> None:
    """Call one number and play a recording to it; a key may pass the listener on.

    Example: loa call record --phone 0900000001 --record 2001 --forward 0900000002 --ivr 1
    """
    key = request_key(request_id)
    call = RecordCall(
        key,
        number(phone),
        record_id,
        number_forward=forward,
        ivr=ivr,
        max_repeat=repeat,
        max_retry=retry,
        wait_retry_s=retry_wait,
        time_wait_to_ivr=ivr_wait,
        send_date=moment(at),
    )
    as_ad = ad(call.phone, (Channel.CALL,), said=ads, at=call.send_date)
    send(Sent("call", key, FOLLOW), lambda esms: esms.call_record(call), json=json, ad=as_ad)


@app.command()
def otp(
    *,
    phone: Phone,
    code: Annotated[
        str, typer.Option(help="The code that is read out; - reads it from stdin, where `ps` does not show it.")
    ],
    voice: Voice = "",
    speed: Speed = None,
    script: Annotated[str, typer.Option(help="What is said around the code, such as voice_otp_repeat.")] = "",
    json: Json = False,
) -> None:
    """Call one number and read a code to it; eSMS takes no key here, so a repeat is a second call.

    Example: echo 123456 | loa call otp --phone 0900000001 --code -
    """
    call = OtpCall(number(phone), spoken(code), voice, speed, script)
    send(Sent("call", "", FOLLOW), lambda esms: esms.call_otp(call), json=json)


@app.command()
def status(
    ref: Annotated[str, typer.Argument(metavar="REF", help="The id that eSMS gave the call when it accepted it.")],
    json: Json = False,
) -> None:
    """Ask what became of a call: whether it was answered, for how long, which key was pressed.

    Example: loa call status 5d9b63e2-3a0f-4d19-8d2c-5c1b7e0f6a11
    """
    settings = config.load()
    runtime.configure_log(settings)
    known.check_account(known.named(settings, "esms"))
    reading = asked(adapters.esms_adapter(settings), lambda esms: esms.call_status(ref))
    if json:
        console.document({**_document(reading.value, ref), "code": reading.code, "words": reading.provider_message})
    elif reading.value:
        _show(reading.value)
    if reading.value is None:
        code = f" (code {reading.code})" if reading.code else ""
        console.say(f"eSMS did not tell of this call{code}: {reading.provider_message}.")
        raise typer.Exit(1)


def _document(result: CallResult | None, ref: str) -> dict[str, Any]:
    return {
        "provider_ref": result.ref if result else ref,
        "stage": str(result.stage) if result else None,
        "answered": result.answered if result else None,
        "status": result.status if result else None,
        "duration_s": result.duration_s if result else None,
        "key": result.key if result else None,
        "taken": result.taken if result else None,
        "cost": result.cost if result else None,
        "caller": result.caller if result else None,
    }


def _show(result: CallResult) -> None:
    console.answer(f"Call {result.ref}", style="bold")
    facts = console.facts()
    facts.add_row("stage", str(result.stage))
    facts.add_row("answered", {True: "yes", False: "no", None: "not known yet"}[result.answered])
    if result.status:
        facts.add_row("eSMS says", result.status)
    facts.add_row("duration", f"{result.duration_s} s")
    if result.key:
        facts.add_row("key pressed", result.key)
    if result.caller:
        facts.add_row("called from", result.caller)
    facts.add_row("cost", console.money(result.cost))
    console.out.print(facts)
