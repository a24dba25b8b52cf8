"""The settings of the emulated providers: every switch and its default.

The names without a provider in front are eSMS's or the whole sandbox's; another provider's carry its name. Where
the documents leave a point open or two generations of them differ, there is a switch for either reading. Shares of
numbers are fixed for an order when it is taken; everything else is read when it is needed.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from worker.errors import Misuse
from worker.sandbox.values import check

#: What the documents allow their test sender to say (manual II.2.a).
_BAOTRIXEMAY = (
    "[^.]{0,20} la ma dat lai mat khau Baotrixemay cua ban",
    "[^.]{0,20} la ma xac minh dang ky Baotrixemay cua ban",
    r"Cam on quy khach da su dung dich vu cua chung toi\. Chuc quy khach mot ngay tot lanh!",
)
#: Those of the documents' samples.
_ZALO_ACCOUNTS = {"436181207180": ["200300"], "35897654231871": ["686868"], "4097311281936189049": ["205644"]}


@dataclass(slots=True)
class Settings:
    """All switches; durations in seconds, money in whole VND, shares from 0 to 1."""

    #: Seeds the fate of every number: the same seed and number, the same fate.
    seed: int = 1
    #: An order is taken at once and answered this much later.
    latency_s: float = 0.0

    # The account.
    api_key: str = "sandbox-key"
    secret_key: str = "sandbox-secret"  # noqa: S105 - a known key of an emulator
    #: Registered senders and their types: 1 advertising, 2 customer care.
    brandnames: dict[str, list[int]] = field(
        default_factory=lambda: {"LOA": [1, 2], "LOADEMO": [1], "Baotrixemay": [2]}
    )
    #: Care texts that a sender may send, as patterns of whole texts, else 146; a sender not named here may send any.
    templates: dict[str, list[str]] = field(default_factory=lambda: {"Baotrixemay": list(_BAOTRIXEMAY)})
    #: The same for SmsType 24 and 25, whoever sends, else 145; none: any text.
    social_templates: list[str] = field(default_factory=list)
    #: Senders of Viber (SmsType 23), else 104.
    viber_brandnames: list[str] = field(default_factory=lambda: ["LOA"])
    #: Templates of Zalo by the official account (OAID) that may use them.
    zalo_accounts: dict[str, list[str]] = field(default_factory=lambda: deepcopy(_ZALO_ACCOUNTS))
    #: 1: a wrong OAID is 104, a wrong TempID 119 (manual); 2: 799, and 789, or 791 when one is missing (newer).
    zalo_generation: int = 1
    #: Templates of calls and how many variables each has; recordings.
    call_templates: dict[str, int] = field(default_factory=lambda: {"1001": 2, "1002": 0})
    call_records: list[str] = field(default_factory=lambda: ["2001"])
    #: The fixed number (SmsType 8) may be used; otherwise 132.
    fixed_number: bool = True
    balance: int = 1_000_000_000
    #: Of one part to one number.
    price: int = 345
    #: Of one message to one number.
    viber_price: int = 470
    zalo_price: int = 300
    call_price: int = 800
    #: Messages by template that an official account may send a day.
    zalo_daily_quota: int = 5000
    #: So many receivers fewer does an estimate count than the order would have.
    estimate_leaves_out: int = 0
    #: What every code is that eSMS makes itself; empty: by chance.
    made_code: str = ""
    #: Whether an order that the review refuses (status 4) is charged all the same.
    refused_orders_cost: bool = False

    # The limits of an order.
    min_recipients: int = 20
    #: 107 (newer documents) or 119 (manual).
    min_recipients_code: str = "107"
    max_recipients: int = 5000
    #: UTF-16 units of an advertising text; 0 is no limit, as in the newer documents.
    max_ads_units: int = 422
    #: 50 in the newer documents, 120 in the manual.
    request_id_length: int = 50
    #: Whether the minimum holds for orders with the Sandbox flag too.
    minimum_in_sandbox: bool = True
    #: Code for a SendDate in the past; empty: it is sent at once.
    past_send_date_code: str = ""
    #: Code for fields of a Viber message that do not go together (OTTUrl, OTTImageUrl, OTTLabel, Content).
    viber_fields_code: str = "110"
    #: Code for the same care text to the same number within five minutes; empty: the rule is off.
    repeated_text_code: str = ""

    # Repeats of a RequestId.
    request_id_hours: float = 24.0
    request_id_case_sensitive: bool = True
    request_ids_per_function: bool = False
    remembers_refused_request_ids: bool = False
    remembers_sandbox_request_ids: bool = False
    checks_money_before_repeats: bool = False

    # Delivery and reports, by the age of the order.
    visible_after_s: float = 0.0
    first_report_after_s: float = 1.0
    done_after_s: float = 3.0
    #: Share of the numbers that fail; of those that Zalo does not reach; of those that are dropped without a word.
    fail_share: float = 0.0
    zalo_fail_share: float = 0.0
    drop_share: float = 0.0
    #: The review refuses every order that comes from now on (status 4).
    review_refuses: bool = False
    #: Older orders answer 105.
    status_days: float = 7.0

    # GetSmsSentData.
    #: Rows appear when their order is this old.
    sent_data_after_s: float = 0.0
    #: 1: the manual's V1; 2: V1 of the end of 2023, paged, with Campaign.
    sent_data_v1_generation: int = 1
    #: Longest range between From and To; 0 is no limit.
    sent_data_v1_days: float = 3.0
    sent_data_v2_days: float = 0.0
    sent_data_newest_first: bool = False
    #: Most rows of a page of GetSmsSentData, whatever was asked for: the documents only say that 500 is the most.
    sent_data_page_rows: int = 500
    #: Rows that CountTotal counts and no page shows.
    sent_data_hidden_rows: int = 0

    #: Answers of the voice GetSendStatus: 1 as in the manual, 2 with ReferenceId, SendStatus and SentResult.
    voice_status_generation: int = 1

    # Callbacks, of all providers; they go to this machine only.
    #: How often one that was not taken is repeated, how much later, and how long an answer may take.
    callback_retries: int = 5
    callback_pause_s: float = 1.0
    callback_timeout_s: float = 5.0
    #: How often each is sent; 0: all of them are lost.
    callback_copies: int = 1
    #: The last state comes first.
    callbacks_reversed: bool = False
    #: States before the last one are called back too.
    callback_states: bool = False
    callback_names: str = "documents"
    #: The RequestId is in it; in the documents' samples it is empty.
    callback_request_id: bool = False
    #: Words of `values.FORGERIES`.
    callback_forgeries: list[str] = field(default_factory=list)
    #: Ads call back too, as the documents said until 2024.
    ads_callbacks: bool = False

    #: Words of `values.QUIRKS`.
    quirks: list[str] = field(default_factory=list)

    # FPT.
    fpt_client_id: str = "sandbox-client"
    fpt_client_secret: str = "sandbox-secret"  # noqa: S105 - a known secret of an emulator
    fpt_scopes: list[str] = field(default_factory=lambda: ["send_brandname", "send_brandname_otp"])
    fpt_brandnames: list[str] = field(default_factory=lambda: ["LOA", "FTI"])
    #: How long a token holds from its issue; read at each call, so that a change ends tokens that are out.
    fpt_token_s: float = 3600.0
    #: Code for a token with another session_id (1012 or 1011); empty: nobody looks.
    fpt_foreign_session_code: str = "1012"
    #: A new token ends the client's earlier ones (1012).
    fpt_new_token_ends_others: bool = False
    fpt_error_status: int = 400
    #: 1: an unknown sender and a wrong number are 1014 (2016); 2: 2504 and 53 (newer).
    fpt_generation: int = 1
    #: How create-campaign reads its Message: plain or base64.
    fpt_message_encoding: str = "plain"
    #: What a CampaignName that is there already is answered with; without words of its own it says the code's.
    fpt_duplicate_name_code: str = "1014"
    fpt_duplicate_name_words: str = ""
    #: Vietnam time, empty: always; and days from 0, Monday. Outside them campaigns and lists are 1014.
    fpt_order_hours: str = "08:30-16:30"
    fpt_order_days: list[int] = field(default_factory=lambda: [0, 1, 2, 3, 4])
    #: Hours in which a ScheduleTime may lie, empty: any; and the least time from the campaign, or a list, to it.
    fpt_windows: str = "08:00-11:30,13:30-20:00"
    fpt_lead_s: float = 7200.0
    fpt_push_lead_s: float = 0.0
    #: Numbers in one list; 0 is no limit.
    fpt_min_phones: int = 0
    fpt_max_phones: int = 5000
    fpt_trailing_comma: bool = True
    #: A list over the quota is taken as far as it goes, not refused (1016).
    fpt_partial_over_quota: bool = False
    #: Numbers that are dropped without a word (`drop_share`) use up quota.
    fpt_dropped_use_quota: bool = False
    #: Code for the same OTP text to the same number within five minutes (2501 or 1); empty: the rule is off.
    fpt_repeated_text_code: str = ""
    #: So many of a campaign's oldest lists cannot be stopped any more.
    fpt_cancel_fails: int = 0
    #: Where a list that was stopped before stands when cancel-ads is called again: success, fail or nowhere.
    fpt_cancelled_again: str = "success"
    fpt_push_after_cancel: bool = False
    #: Where delivery reports are posted, on this machine; empty: nowhere.
    fpt_report_url: str = ""
    #: Reports of ads too, under BatchId + number.
    fpt_ads_reports: bool = False
    #: The status before the last one: 2 or -11.
    fpt_pending_status: int = 2
    #: A report that the customer answers with {"status": 0} is repeated.
    fpt_repeats_declined_reports: bool = True
    #: Words of `values.FPT_QUIRKS`.
    fpt_quirks: list[str] = field(default_factory=list)

    # Fibo.
    fibo_client_no: str = "CL0000000001"
    fibo_client_pass: str = "sandbox-pass"  # noqa: S105 - a known password of an emulator
    fibo_balance: int = 1_000_000_000
    fibo_price: int = 345
    fibo_senders: list[str] = field(default_factory=lambda: ["LOA"])
    #: Codes of the guide of 2009 (100 to 104, the balance as a plain number), not of the newer table.
    fibo_old_codes: bool = False
    #: 200 or 1: the newer documents call both success.
    fibo_success_code: str = "200"
    #: How long the same text to the same number is code 6; 0: never. The older table has no such code.
    fibo_repeated_text_s: float = 300.0
    #: XML in the answer's `<string>` is escaped, as public clients see it; otherwise as the document prints it.
    fibo_escaped: bool = True

    # The sandbox's own provider.
    sandbox_secret: str = "sandbox-secret"  # noqa: S105 - a known secret of an emulator
    sandbox_balance: int = 1_000_000_000
    sandbox_price: int = 345
    sandbox_senders: list[str] = field(default_factory=lambda: ["LOA"])
    sandbox_request_id_hours: float = 24.0
    #: Every message is answered `later`, with this Retry-After; 0: none is.
    sandbox_later_s: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """All switches as plain JSON values."""
        return asdict(self)

    def change(self, patch: Mapping[str, Any]) -> None:
        """Set the switches named in `patch`, all or none.

        Raises:
            Misuse: a switch does not exist or its value is not of its kind; the sentence names it.
        """
        defaults = {item.name: getattr(self, item.name) for item in fields(self)}
        for name, value in patch.items():
            if name not in defaults:
                raise Misuse(f"The sandbox has no setting {name!r}; it has: {', '.join(sorted(defaults))}.")
            check(name, value, defaults[name])
        for name, value in patch.items():
            # A whole number for a float stays a float, or the next change would be held to whole numbers.
            setattr(self, name, float(value) if type(defaults[name]) is float else value)
