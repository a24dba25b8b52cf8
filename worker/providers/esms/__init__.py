"""eSMS (ViHAT): every function of the PDF manual, with the changes of the newer web documents.

`Esms` is all a caller needs; beside it one file a subject. Written by: `ads`, `messages` (V4), `viber`, `zalo` (and
multichannel), `voice` and `made_codes`, which `spoken` and `code_route` make routes of one-time passwords; `zalo_campaigns` is
Zalo for campaigns; read by: `parsing`, `reports`, `calls`, `account_info` (balance, senders), `sent_data`, `callbacks`. `codes`
says what codes mean, `writing` what a request may hold, `account` who we are.

    esms = Esms(EsmsAccount(api_key=..., secret_key=...))
    answer = await esms.send_message(TextMessage(request_id, key, "Baotrixemay", "123456 la ma ...", 84900000000))
    await esms.aclose()

Several functions carry keys and texts in their address; it is kept out of what httpx logs, whoever configures the logging.
"""

from worker.domain.delivery import SentPage, SentRow, SentState
from worker.providers.esms.account import EsmsAccount
from worker.providers.esms.adapter import Esms
from worker.providers.esms.callbacks import ErrorInfo, SmsCallback, parse_sms_callback, parse_voice_callback
from worker.providers.esms.calls import CallResult
from worker.providers.esms.code_route import EsmsCodes
from worker.providers.esms.spoken import EsmsVoice
from worker.providers.esms.viber import ViberMessage
from worker.providers.esms.voice import OtpCall, RecordCall, TemplateCall
from worker.providers.esms.zalo import ZaloMessage
from worker.providers.esms.zalo_campaigns import EsmsZalo

__all__ = [
    "CallResult",
    "ErrorInfo",
    "Esms",
    "EsmsAccount",
    "EsmsCodes",
    "EsmsVoice",
    "EsmsZalo",
    "OtpCall",
    "RecordCall",
    "SentPage",
    "SentRow",
    "SentState",
    "SmsCallback",
    "TemplateCall",
    "ViberMessage",
    "ZaloMessage",
    "parse_sms_callback",
    "parse_voice_callback",
]
