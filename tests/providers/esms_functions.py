"""The calls that the eSMS adapter offers: each once, by name, with the values of the documents' samples."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from tests.providers.esms_cases import ORDER, REF
from worker.domain.calls import AdOrder, CodeCheck, CodeOrder, TemplateMessage, TextMessage
from worker.providers.esms import OtpCall, RecordCall, TemplateCall, ViberMessage, ZaloMessage
from worker.providers.esms.zalo_campaigns import message_of

PHONE = 84900000000
VIETNAM = timezone(timedelta(hours=7))
#: 08:00 in Vietnam, told in UTC: a time written unshifted would be 01:00.
MORNING = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
CALL_AT = datetime(2017, 12, 12, 14, 0, tzinfo=VIETNAM)
HOOK = "https://esms.vn/webhook/"
WEBHOOK_SITE = (
    "https://webhook.site/a45547f8-b6b2-44e0-90f6-64dc67465761?RequestId=&SMSID=57258385-e400-4aa1-9e99-aba4b735ec8483"
    "&SendFailed=1&SendStatus=5&SendSuccess=0&TotalPrice=0.0000&TotalReceiver=1&TotalSent=1"
)
REQUEST = "c82cd356-bf49-4113-9466-65a7f6359c96"
CALL_REF = "8eb2af6d-fb4c-4814-b9cc-4c0e3ed32edf"

MANUAL = TextMessage("", "", "Baotrixemay", "xxxxx", PHONE)
WEB = TextMessage(
    REQUEST, "Cảm ơn sau mua hàng tháng 7", "Baotrixemay", "CODE la ma xac minh dang ky Baotrixemay cua ban", PHONE
)
PICTURE = "https://www.linkpicture.com/view.php?img=LPic5fd47ee05755a1596738317"
PAGE = "https://account.esms.vn/SMS/CreateSMSOTT"
VIBER = ViberMessage("", "", "pka.vn", PHONE, "asdasdasdasdasd", PAGE, PICTURE, "Alo Alo Alo")
MINIO = "https://minio.esms.vn/shared/fbff4ff5694a44c688d4f93eda4572af.png"
VIBER_WEB = ViberMessage(
    "96accf59-0c41-4bc7-a5c4-4a466c2e41c2",
    "a key has no place here",
    "Baotrixemay",
    PHONE,
    "\U0001f340 Chúng tôi vừa mở bán căn hộ\r\n\U0001f33c THANH TOÁN 15%",
    "https://esms.vn/dich-vu/dich-vu-sms-viber",
    label="Dịch vụ SMS Viber",
)
VIBER_TEXT = ViberMessage("123456", "", "pka.vn", PHONE, text="asdasdasdasdasd")
OA = "4097311281936189049"
BULK = [
    ZaloMessage(f"96accf59-0c41-4bc7-a5c{n}", "Chiến dịch 1", PHONE + n, "267247", OA, params)
    for n, params in enumerate(
        [["Chị A", "Gội đầu", "KH001", "19/03/2025"], ["Chị B", "Uốn", "KH002", "19/03/2025"]], start=1
    )
]
ZALO = ZaloMessage("", "", PHONE, "686868", "35897654231871", ["value1", "value2", "value3"])
ZALO_FIRST = ZaloMessage(
    "c82cd356-bf49-4113-9466-65a7f6359c97", "Gửi OTP", PHONE, "205644", "4097311281936189049", ["686868"]
)
OF_CAMPAIGN = TemplateMessage(
    ZALO_FIRST.request_id, "Chiến dịch 1", PHONE, "4097311281936189049", "200607", ["Chị A", "HD00001"]
)
SMS_SECOND = TextMessage(
    "c82cd356-bf49-4113-9466-65a7f6359c98", "", "", "686868 la ma xac minh dang ky Baotrixemay cua ban", PHONE
)
TEMPLATE = TemplateCall("123456", PHONE, "1234", ["Trung", "20000"], "hatieumai", -3, CALL_AT, HOOK)
RECORD = RecordCall(
    "686868",
    PHONE,
    "4321",
    number_forward="0900000001",
    ivr=0,
    max_repeat=2,
    max_retry=3,
    wait_retry_s=60,
    time_wait_to_ivr=10,
    send_date=CALL_AT,
    callback_url=HOOK,
)
OTP = OtpCall(PHONE, "123456", "hatieumai", -3, "voice_otp_repeat", "eSMS.vn")
MADE = TextMessage(
    "no key is taken",
    "k",
    "Baotrixemay",
    "{code} la ma xac minh dang ky Baotrixemay cua ban",
    PHONE,
    made=CodeOrder(6, 2),
)
CHECK = CodeCheck(PHONE, "482913")
SVOUCHER = AdOrder("r-1", "k-1", "Svoucher", "TEST SANDBO", [PHONE, PHONE + 1, PHONE + 2])


@dataclass(frozen=True)
class Function:
    """One call; `account` is what differs from the usual account."""

    call: Callable[[Any], Any]
    account: dict[str, Any] = field(default_factory=dict)
    #: ads, messages, ott or voice: the table of its codes; empty for questions.
    family: str = ""


def _sms(form: str, message: TextMessage, **more: Any) -> Function:
    account = {"message_api": form, "sandbox": more.pop("sandbox", False)}
    return Function(lambda esms: esms.send_message(message, **more), account, "messages")


BOXED = {"sandbox": True}
WEB_MORE = {"send_date": MORNING, "callback_url": HOOK, "sandbox": True}

#: By the name of their golden request.
FUNCTIONS = {
    "message-json-manual": _sms("post_json", MANUAL),
    "message-json-web": _sms("post_json", WEB, **WEB_MORE),
    "message-json-fixed": _sms(
        "post_json", replace(WEB, text="Mã của bạn: 123456", key="otp-1"), sms_type="8", **WEB_MORE
    ),
    "message-json-zalo": _sms("post_json", MANUAL, sms_type="24"),
    "message-get-manual": _sms("get", replace(MANUAL, text="DemoText")),
    "message-get-web": _sms("get", WEB, **WEB_MORE),
    "message-xml-manual": _sms("post_xml", MANUAL),
    "message-xml-web": _sms("post_xml", WEB, **WEB_MORE),
    "ads-json": Function(lambda esms: esms.send_ads(ORDER), family="ads"),
    "ads-xml": Function(lambda esms: esms.send_ads(ORDER), {"ads_api": "v4_xml"}, "ads"),
    "ads-sandbox": Function(lambda esms: esms.send_ads(SVOUCHER), BOXED, "ads"),
    "viber-all": Function(lambda esms: esms.send_viber(VIBER), family="ott"),
    "viber-button": Function(lambda esms: esms.send_viber(replace(VIBER, image_url="")), family="ott"),
    "viber-picture": Function(
        lambda esms: esms.send_viber(ViberMessage("", "", "pka.vn", PHONE, image_url=PICTURE)), family="ott"
    ),
    "viber-text": Function(
        lambda esms: esms.send_viber(
            ViberMessage("123456", "", "pka.vn", PHONE, text="asdasdasdasdasd"), callback_url=HOOK
        ),
        BOXED,
        "ott",
    ),
    "zalo-manual": Function(lambda esms: esms.send_zalo(ZALO, callback_url=WEBHOOK_SITE), family="ott"),
    "zalo-web": Function(
        lambda esms: esms.send_zalo(
            replace(ZALO, request_id=ZALO_FIRST.request_id, key="Gửi OTP"), send_date=MORNING, callback_url=HOOK
        ),
        BOXED,
        "ott",
    ),
    "multichannel-manual": Function(
        lambda esms: esms.send_multichannel(
            ZaloMessage("", "", PHONE, "200300", "436181207180", ["Value1", "Value2"]),
            TextMessage("686868", "", "eSMS", "Thông tin đơn hàng STP496793956PS đã đóng hàng", PHONE),
            callback_url=HOOK,
        ),
        family="ott",
    ),
    "multichannel-web": Function(
        lambda esms: esms.send_multichannel(ZALO_FIRST, SMS_SECOND, sms_type="8"), BOXED, "ott"
    ),
    "viber-post": Function(
        lambda esms: esms.send_viber(replace(VIBER_WEB, image_url=MINIO)), {"viber_api": "post_json"}, "ott"
    ),
    "viber-post-text": Function(
        lambda esms: esms.send_viber(VIBER_TEXT, callback_url=HOOK), {"viber_api": "post_json", **BOXED}, "ott"
    ),
    "zalo-campaign": Function(lambda esms: esms.send_zalo(message_of(OF_CAMPAIGN)), family="ott"),
    "zalo-over-quota": Function(lambda esms: esms.send_zalo(replace(ZALO, sending_mode="3")), family="ott"),
    "multichannel-mode": Function(
        lambda esms: esms.send_multichannel(replace(ZALO_FIRST, sending_mode="1"), SMS_SECOND, sms_type="8"),
        BOXED,
        "ott",
    ),
    "zalo-bulk": Function(lambda esms: esms.send_zalo_bulk(BULK, callback_url=HOOK), family="bulk"),
    "call-template": Function(lambda esms: esms.call_template(TEMPLATE), family="voice"),
    "call-record": Function(lambda esms: esms.call_record(RECORD), family="voice"),
    "call-record-bare": Function(lambda esms: esms.call_record(RecordCall("686868", PHONE, "4321")), family="voice"),
    "call-otp": Function(lambda esms: esms.call_otp(OTP), family="voice"),
    "code-made": Function(lambda esms: esms.send_code(MADE), family="messages"),
    "code-check": Function(lambda esms: esms.check_code(CHECK)),
    "order-status": Function(lambda esms: esms.order_status(REF)),
    "receivers": Function(lambda esms: esms.receivers(REF)),
    "call-status": Function(lambda esms: esms.call_status(CALL_REF)),
    "estimate-ads": Function(lambda esms: esms.estimate_ads("Baotrixemay", ORDER.text, ORDER.phones)),
    "estimate-care": Function(
        lambda esms: esms.estimate_care("Baotrixemay", "456756756 la ma xac minh dang ky Baotrixemay cua ban", PHONE)
    ),
    "care-templates": Function(lambda esms: esms.care_templates("Baotrixemay")),
    "zalo-accounts": Function(lambda esms: esms.zalo_accounts()),
    "zalo-quota": Function(lambda esms: esms.zalo_quota(OA)),
    "zalo-quality": Function(lambda esms: esms.zalo_quality(OA)),
    "zalo-template": Function(lambda esms: esms.zalo_template(OA, "267247")),
    "zalo-status": Function(lambda esms: esms.zalo_status("2d00b834cc1d488081ba7ec308da0ec40000000000")),
    "zalo-delivery": Function(lambda esms: esms.zalo_delivery(OA, "6dc7499c9ef6baaee3e1")),
    "balance": Function(lambda esms: esms.balance()),
    "senders": Function(lambda esms: esms.senders()),
    "sent-data-v1": Function(
        lambda esms: esms.sent_data(
            datetime(2020, 2, 26, 17, 0, tzinfo=UTC), datetime(2020, 2, 28, 23, 59, 58, 1, tzinfo=VIETNAM)
        ),
        {"sent_data": "v1"},
    ),
    "sent-data-v2": Function(
        lambda esms: esms.sent_data(
            datetime(2024, 12, 31, 23, 0, tzinfo=UTC), datetime(2025, 1, 2, 11, 0, tzinfo=UTC), sms_type="2"
        )
    ),
}

SENDS = {name: function for name, function in FUNCTIONS.items() if function.family}
QUESTIONS = {name: function for name, function in FUNCTIONS.items() if not function.family}
