"""Commands that send one message over Zalo, over Viber, or over Zalo with a text as fallback."""

from typing import Annotated, Final

import typer

from worker.cli.direct.options import Ads, At, Phone, RequestId, ad, moment
from worker.cli.direct.sending import LONGEST_REQUEST_ID, Sent, number, request_key, send
from worker.cli.options import Json, spoken
from worker.domain.calls import TextMessage
from worker.domain.policy import Channel
from worker.providers.esms import ViberMessage, ZaloMessage
from worker.providers.esms.zalo import OVER_QUOTA

zalo = typer.Typer(
    no_args_is_help=True, help="Send a Zalo message by template through eSMS, and ask what became of it."
)
viber = typer.Typer(no_args_is_help=True, help="Send a Viber message through eSMS.")
multichannel = typer.Typer(no_args_is_help=True, help="Send over Zalo, and by text when that fails, through eSMS.")

Template = Annotated[str, typer.Option("--template", metavar="ID", help="The Zalo template (TempID).")]
Account = Annotated[str, typer.Option("--oa", metavar="ID", help="The official account that it belongs to (OAID).")]
Param = Annotated[list[str] | None, typer.Option(help="One value of the template; repeat it, in the template's order.")]

OverQuota = Annotated[
    bool,
    typer.Option(
        "--over-quota", help="Also beyond the day's quota (SendingMode 3), where eSMS lets the account do it."
    ),
]

#: Each way has a RequestId of its own (manual IV.2); the text's is the person's with this behind it.
TEXT_SUFFIX: Final = "-sms"


@zalo.command("send")
def send_zalo(
    *,
    phone: Phone,
    template: Template,
    oa: Account,
    param: Param = None,
    at: At = "",
    ads: Ads = False,
    over_quota: OverQuota = False,
    request_id: RequestId = "",
    json: Json = False,
) -> None:
    """Send one Zalo message by a registered template.

    Example: loa zalo send --phone 0900000001 --template 200300 --oa 436181207180 --param "Ba Lan" --param 15:30
    """
    key = request_key(request_id)
    mode = OVER_QUOTA if over_quota else ""
    message, send_date = ZaloMessage(key, key, number(phone), template, oa, tuple(param or ()), mode), moment(at)
    as_ad = ad(message.phone, (Channel.ZALO,), said=ads, at=send_date)
    send(Sent("Zalo message", key), lambda esms: esms.send_zalo(message, send_date=send_date), json=json, ad=as_ad)


@viber.command("send")
def send_viber(
    *,
    phone: Phone,
    sender: Annotated[str, typer.Option(metavar="NAME", help="The brandname registered for Viber.")],
    text: Annotated[str, typer.Option(help="The text, - for stdin; may be left out for a picture alone.")] = "",
    image: Annotated[str, typer.Option(metavar="URL", help="A picture.")] = "",
    label: Annotated[str, typer.Option(help="What stands on the button.")] = "",
    url: Annotated[str, typer.Option(metavar="URL", help="Where the button leads.")] = "",
    ads: Ads = False,
    request_id: RequestId = "",
    json: Json = False,
) -> None:
    """Send one Viber message: a text, a picture, a text with a button (--label and --url), or all of it.

    Example: loa viber send --phone 0900000001 --sender LOA --text "Chao ban" --label "Xem" --url https://example.com
    """
    key = request_key(request_id)
    message = ViberMessage(key, key, sender, number(phone), spoken(text), url, image, label)
    as_ad = ad(message.phone, (Channel.VIBER,), said=ads, text=message.text)
    send(Sent("Viber message", key), lambda esms: esms.send_viber(message), json=json, ad=as_ad)


@multichannel.command("send")
def send_multichannel(
    *,
    phone: Phone,
    template: Template,
    oa: Account,
    text: Annotated[str, typer.Option(help="The text that follows when Zalo fails; - for stdin.")],
    param: Param = None,
    sender: Annotated[str, typer.Option(metavar="NAME", help="The text's brandname; with --sms-type 8 none.")] = "",
    sms_type: Annotated[
        str, typer.Option(metavar="2|8", help="How the text goes: 2 by brandname, 8 by a fixed number.")
    ] = "2",
    ads: Ads = False,
    over_quota: OverQuota = False,
    request_id: RequestId = "",
    json: Json = False,
) -> None:
    """Send over Zalo by a registered template, and by text to whom Zalo does not reach.

    Example:

    loa multichannel send --phone 0900000001 --template 200300 --oa 436181207180 \\
      --param "Ba Lan" --text "Chao Ba Lan" --sender LOA
    """
    key = request_key(request_id, longest=LONGEST_REQUEST_ID - len(TEXT_SUFFIX))
    reached = number(phone)
    first = ZaloMessage(key, key, reached, template, oa, tuple(param or ()), OVER_QUOTA if over_quota else "")
    second = TextMessage(key + TEXT_SUFFIX, key, sender, spoken(text), reached)
    send(
        Sent("multichannel message", key),
        lambda esms: esms.send_multichannel(first, second, sms_type=sms_type),
        json=json,
        ad=ad(reached, (Channel.ZALO, Channel.SMS), said=ads, text=second.text),
    )
