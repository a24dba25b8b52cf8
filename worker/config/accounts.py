"""Settings of an account at a provider: its keys, its addresses, and the limits of its contract."""

from collections.abc import Mapping
from datetime import date
from typing import ClassVar, Final, Literal, cast

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from worker.domain.intake import parse_days, parse_hours


def _read_as(prefix: str) -> SettingsConfigDict:
    """How a group is read: an empty variable is the default, an endless number is a mistake."""
    return SettingsConfigDict(
        env_prefix=prefix, frozen=True, extra="ignore", env_ignore_empty=True, allow_inf_nan=False
    )


class AccountSettings(BaseSettings):
    """What a contract with any provider says; the defaults are those of the documents, where they name one."""

    min_ad_recipients: int = Field(default=20, ge=1, description="Fewest numbers in one order of ads.")
    max_batch: int = Field(default=5000, ge=1, le=100_000, description="Most numbers in one order of ads.")
    max_ad_characters: int = Field(default=422, ge=1, description="Longest advertising text, in characters.")
    requests_per_second: float = Field(
        default=10,
        gt=0,
        le=100_000,
        description="Sending calls per second, of all processes together; status requests have the same limit again.",
    )
    messages_per_second: float = Field(
        default=0,
        ge=0,
        description="Messages (numbers times parts) per second, of all processes together; 0: no limit.",
    )
    otp_reserve: float = Field(
        default=0.2,
        ge=0,
        le=0.9,
        description=(
            "Share of the calls per second that is reserved for one-time passwords; ads use it while "
            "no passwords are sent."
        ),
    )
    timeout_s: float = Field(
        default=8, gt=0, le=300, description="Time limit in seconds of one whole call, a slow answer included."
    )
    otp_sender: str = Field(default="", description="Brandname of one-time passwords that name no sender.")
    price_per_part: float = Field(default=345, ge=0, description="VND per part and number; used for estimates only.")

    base_url: str = Field(default="", description="Where the provider is called.")

    #: What people call the provider, and what Loa does with it (`loa provider list`).
    TITLE: ClassVar[str]
    USE: ClassVar[str]
    #: Whether it takes ads number by number, so that each text may be another.
    OWN_TEXTS: ClassVar[bool] = False
    #: The fields without which the account cannot be used, and those that are addresses.
    KEYS: ClassVar[tuple[str, ...]] = ()
    ADDRESSES: ClassVar[tuple[str, ...]] = ("base_url",)

    def needed(self) -> list[str]:
        """The variables without which the account cannot be used."""
        return list(self._of(self.KEYS))

    def missing(self) -> list[str]:
        """Those that are not set; none once all its keys are."""
        return [variable for variable, value in self._of(self.KEYS).items() if not value]

    def urls(self) -> dict[str, str]:
        """Every address at which the provider is called, by its variable."""
        return self._of(self.ADDRESSES)

    def _of(self, names: tuple[str, ...]) -> dict[str, str]:
        prefix = self.model_config["env_prefix"]
        values = {f"{prefix}{name}".upper(): getattr(self, name) for name in names}
        return {
            variable: value.get_secret_value() if isinstance(value, SecretStr) else value
            for variable, value in values.items()
        }

    def problems(self) -> list[str]:
        """What contradicts itself, by variable."""
        prefix = self.model_config["env_prefix"]
        if self.max_batch < self.min_ad_recipients:
            return [f"{prefix}MAX_BATCH: it is under {prefix}MIN_AD_RECIPIENTS, so no order could ever be placed"]
        return []


class EsmsSettings(AccountSettings):
    """The account at eSMS."""

    model_config = _read_as("LOA_ESMS_")
    TITLE = "eSMS"
    USE = (
        "ads as lists, care texts, one-time passwords (by call: esms_voice; its own codes: esms_code); balance, senders; "
        "calls, Zalo, Viber"
    )
    KEYS = ("api_key", "secret_key")
    ADDRESSES = ("base_url", "voice_base_url", "ott_base_url")

    api_key: SecretStr = Field(default=SecretStr(""), description="ApiKey of the eSMS account.")
    secret_key: SecretStr = Field(default=SecretStr(""), description="SecretKey of the eSMS account.")
    base_url: str = Field(default="https://rest.esms.vn/MainService.svc", description="Where eSMS is called.")
    voice_base_url: str = Field(
        default="https://voiceapi.esms.vn/MainService.svc", description="Where eSMS takes automatic calls."
    )
    ott_base_url: str = Field(
        default="https://rest.esms.vn/MainService.svc",
        description="Where eSMS takes Zalo and multichannel messages.",
    )
    min_ad_recipients: int = Field(
        default=30, ge=1, description="Fewest numbers in one order of ads (older contracts say 20)."
    )
    ads_api: Literal["brandname_json", "v4_xml"] = Field(
        default="brandname_json",
        description="How ads are sent: SendMultipleSMSBrandname_json, or the older XML SendMultipleMessage_V4.",
    )
    message_api: Literal["post_json", "get", "post_xml"] = Field(
        default="post_json", description="Which of its three documented forms SendMultipleMessage_V4 takes."
    )
    sent_data: Literal["v2", "v1"] = Field(
        default="v2", description="Which generation of GetSmsSentData is read: JSON and paged, or the older XML."
    )
    otp_sms_type: Literal["2", "8", "24", "25"] = Field(
        default="2",
        description="SmsType of one-time passwords: 2 by brandname, 8 fixed number, 24 and 25 Zalo; care texts are 2.",
    )
    viber_api: Literal["get", "post_json"] = Field(
        default="get",
        description="How Viber messages are sent: SendMultipleMessage_V4_get, or Send_Multiple_Sms_OTT by POST.",
    )
    zalo_price: float = Field(default=330, ge=0, description="VND per Zalo message; used for estimates only.")
    code_99: Literal["unknown", "blocked"] = Field(
        default="unknown",
        description="Code 99 for a single number: unknown as in the manual, or blocked as in the newest table (then rejected).",
    )
    otp_call_voice: Literal["", "male", "female", "hatieumai", "ngoclam"] = Field(
        default="", description="Voice of calls that read a one-time password (route esms_voice); empty: eSMS's own."
    )
    otp_call_speed: int = Field(
        default=0, ge=-3, le=3, description="How fast it reads, from -3 (very slow) to 3 (very fast); 0: eSMS's own."
    )
    otp_call_script: str = Field(
        default="", description="Its script (Sender), as eSMS names it: voice_otp_repeat; empty: eSMS's own."
    )
    sandbox: bool = Field(
        default=False, description="Mark every call as a test that eSMS neither delivers nor charges."
    )


class FptSettings(AccountSettings):
    """The account at FPT."""

    model_config = _read_as("LOA_FPT_")
    TITLE = "FPT"
    USE = "ads as approved campaigns, care texts, one-time passwords"
    KEYS = ("client_id", "client_secret")

    client_id: str = Field(default="", description="client_id of the FPT account.")
    client_secret: SecretStr = Field(default=SecretStr(""), description="Its client_secret.")
    base_url: str = Field(default="http://app.sms.fpt.net", description="Where FPT is called.")
    campaign_message_encoding: Literal["plain", "base64"] = Field(
        default="plain",
        description="How the text of an ad is encoded in create-campaign. Try it on FPT's sandbox first: the wrong "
        "one sends base64 to everybody.",
    )
    max_batch: int = Field(
        default=1000, ge=1, le=100_000, description="Most numbers in one push (FPT's document names no limit)."
    )
    order_hours: str = Field(
        default="08:30-16:30",
        description="Hours in which FPT takes orders of ads, Mondays to Fridays, Vietnam time; always: at any time of any day.",
    )
    closed_days: str = Field(
        default="",
        description="More days on which FPT takes no orders, like 2027-02-03,2027-02-11; Vietnam's public holidays are known.",
    )
    open_days: str = Field(
        default="",
        description="Days on which FPT takes orders although the calendar of public holidays, or the weekend, says otherwise.",
    )
    approval_lead_s: float = Field(
        default=10_800, ge=0, description="Seconds that FPT needs between a complete order and its delivery."
    )

    @field_validator("order_hours")
    @classmethod
    def _hours(cls, value: str) -> str:
        parse_hours(value)
        return value

    @field_validator("closed_days", "open_days")
    @classmethod
    def _days(cls, value: str) -> str:
        parse_days(value)
        return value

    @property
    def closed(self) -> frozenset[date]:
        """The extra days without order intake; checked at boot."""
        return parse_days(self.closed_days)

    @property
    def opened(self) -> frozenset[date]:
        """The days with order intake whatever the calendar says; checked at boot."""
        return parse_days(self.open_days)

    def problems(self) -> list[str]:
        """What contradicts itself, by variable."""
        both = sorted(self.closed & self.opened)
        said = [f"LOA_FPT_OPEN_DAYS: {both[0]} is in LOA_FPT_CLOSED_DAYS too; leave it in one of them"] if both else []
        return [*super().problems(), *said]


class FiboSettings(AccountSettings):
    """The account at Fibo."""

    model_config = _read_as("LOA_FIBO_")
    TITLE = "Fibo"
    USE = "ads and care texts one by one, one-time passwords; balance, totals"
    OWN_TEXTS = True
    KEYS = ("client_no", "client_pass")
    ADDRESSES = ("base_url", "status_url")

    client_no: str = Field(default="", description="clientNo of the Fibo account (like CL0001).")
    client_pass: SecretStr = Field(default=SecretStr(""), description="Its password for sending.")
    base_url: str = Field(default="http://center.fibosms.com/service.asmx", description="Where Fibo is called.")
    status_url: str = Field(
        default="http://103.48.194.60/WebserivceFibo/PartnerMtTotal.aspx", description="Fibo's page of totals."
    )
    min_ad_recipients: int = Field(
        default=1, ge=1, description="Fewest numbers in one campaign of ads; Fibo takes one number per call."
    )
    max_batch: int = Field(
        default=500, ge=1, le=100_000, description="Most numbers in one batch; Fibo takes one number per call."
    )


class SandboxSettings(AccountSettings):
    """The account at the sandbox's own provider, with which Loa can be tried out."""

    model_config = _read_as("LOA_SANDBOX_")
    TITLE = "Sandbox"
    USE = "ads and care texts one by one, one-time passwords; balance; no phone ever rings"
    KEYS = ("base_url", "secret")

    base_url: str = Field(
        default="",
        description="Where the sandbox's own provider is called, as `loa sandbox` prints it; empty: not used.",
    )
    secret: SecretStr = Field(default=SecretStr(""), description="The secret of its account.")
    min_ad_recipients: int = Field(
        default=1, ge=1, description="Fewest numbers in one campaign of ads; it takes one number per call."
    )
    max_batch: int = Field(
        default=500, ge=1, le=100_000, description="Most numbers in one batch; it takes one number per call."
    )


class Accounts(BaseSettings):
    """The settings of every provider, each by its name."""

    esms: EsmsSettings = Field(default_factory=EsmsSettings, exclude=True)
    fpt: FptSettings = Field(default_factory=FptSettings, exclude=True)
    fibo: FiboSettings = Field(default_factory=FiboSettings, exclude=True)
    sandbox: SandboxSettings = Field(default_factory=SandboxSettings, exclude=True)

    @property
    def accounts(self) -> dict[str, AccountSettings]:
        """The same as a table."""
        return {name: getattr(self, name) for name in PROVIDERS}


#: Routes of one-time passwords that are no provider of campaigns: the telephone of eSMS.
SPOKEN: Final = ("esms_voice",)
#: Those that only a request may name: their codes are good nowhere else.
NAMED_ONLY: Final = ("esms_code",)
#: Each provider's group of settings, in the order in which providers are shown and taken.
PROVIDERS: Final = cast(
    "Mapping[str, type[AccountSettings]]", {name: field.annotation for name, field in Accounts.model_fields.items()}
)
