"""Our account at eSMS: its keys, where it is called, and which of the documents' forms it takes."""

from dataclasses import dataclass, field
from typing import Literal

from worker.providers import http


@dataclass(frozen=True, slots=True)
class EsmsAccount:
    """Our account at eSMS; its keys are in no repr."""

    api_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    #: Configurable, because the same service also runs under resellers' names.
    base_url: str = "https://rest.esms.vn/MainService.svc"
    ads_api: Literal["brandname_json", "v4_xml"] = "brandname_json"
    #: For the whole call, from the connection to the last byte.
    timeout_s: float = 8.0
    voice_base_url: str = "https://voiceapi.esms.vn/MainService.svc"
    #: Zalo and multichannel, as the manual has it; the web says rest.esms.vn, where https is to be had.
    ott_base_url: str = "http://rest.apiesms.com/MainService.svc"
    #: Which of its three forms SendMultipleMessage_V4 takes for single messages (manual II.2.a to c).
    message_api: Literal["post_json", "get", "post_xml"] = "post_json"
    sent_data: Literal["v2", "v1"] = "v2"
    viber_api: Literal["get", "post_json"] = "get"
    #: What code 99 says of a single number: the manual's "unknown error", or the newest table's "number blocked".
    code_99: Literal["unknown", "blocked"] = "unknown"
    #: The SmsType of a single message that names none: 2 care by brandname, 8 fixed number, 24 and 25 Zalo.
    otp_sms_type: str = "2"
    #: Nothing is delivered: every send says so, and calls, for which eSMS knows no such flag, are refused.
    sandbox: bool = False
    #: Where eSMS shall report single messages and calls; it may hold a secret.
    callback_url: str = field(default="", repr=False)

    @property
    def keys(self) -> dict[str, str]:
        """Both keys, as most functions name them."""
        return {"ApiKey": self.api_key, "SecretKey": self.secret_key}

    def rest(self, path: str) -> str:
        """An address of the messages' service."""
        return self.base_url.rstrip("/") + path

    def voice(self, path: str) -> str:
        """An address of the calls' service."""
        return self.voice_base_url.rstrip("/") + path

    def ott(self, path: str) -> str:
        """An address of the service of Zalo and multichannel."""
        return self.ott_base_url.rstrip("/") + path

    def problems(self) -> list[str]:
        """Why no call could ever work, each by the name of its setting; empty when nothing speaks against it."""
        addresses = {
            "LOA_ESMS_BASE_URL": self.base_url,
            "LOA_ESMS_VOICE_BASE_URL": self.voice_base_url,
            "LOA_ESMS_OTT_BASE_URL": self.ott_base_url,
        }
        found = [
            f"{name}: {url!r} is not an http or https address"
            for name, url in addresses.items()
            if not http.can_be_called(url)
        ]
        if self.otp_sms_type not in MESSAGE_TYPES:
            found.append(f"LOA_ESMS_OTP_SMS_TYPE: {self.otp_sms_type!r} is none of {', '.join(MESSAGE_TYPES)}")
        return found


#: What SendMultipleMessage_V4 sends one by one (manual II.2): care, fixed number, Zalo priority, Zalo normal.
CARE, FIXED_NUMBER, ZALO_PRIORITY, ZALO_NORMAL = MESSAGE_TYPES = ("2", "8", "24", "25")
