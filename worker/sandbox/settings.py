"""How should the emulated providers behave? Every switch, its default and its check.

The names without a provider in front are eSMS's or the whole sandbox's; another provider's carry its name. Where
PROVIDERS.md calls a point unknown or tells of two generations, there is a switch for either reading. Shares of
numbers are fixed for an order when it is taken; everything else is read when it is needed.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from worker.errors import Misuse

#: Known-bad answers of the documents (PROVIDERS.md 1h, T03, T23), each switched on by its word in `quirks`.
QUIRKS = {
    "padded_sms_id": 'ids with a blank around them: " cc955fb8-.."',
    "int_code": "CodeResult and CodeResponse as a number",
    "string_numbers": 'counts and prices as text: "850.0000", CountRegenerate "0"',
    "misspelt_reference": "GetSmsSentData_V1 says RefercenceId",
    "byte_order_mark": "JSON answers begin with a UTF-8 byte order mark",
}


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
    brandnames: dict[str, list[int]] = field(default_factory=lambda: {"LOA": [1, 2], "LOADEMO": [1]})
    #: The fixed number (SmsType 8) may be used; otherwise 132.
    fixed_number: bool = True
    balance: int = 1_000_000_000
    #: Of one part to one number.
    price: int = 345
    #: Whether an order that the review refuses (status 4) is charged all the same.
    refused_orders_cost: bool = False

    # The limits of an order.
    min_recipients: int = 20
    #: 107 (newer documents) or 119 (seed).
    min_recipients_code: str = "107"
    max_recipients: int = 5000
    #: UTF-16 units of an advertising text; 0 is no limit, as in the newer documents.
    max_ads_units: int = 422
    #: 50 in the newer documents, 120 in the seed.
    request_id_length: int = 50
    #: Whether the minimum holds for orders with the Sandbox flag too.
    minimum_in_sandbox: bool = True
    #: Code for a SendDate in the past; empty: it is sent at once.
    past_send_date_code: str = ""
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
    #: Share of the numbers that fail; of the numbers that are dropped without a word.
    fail_share: float = 0.0
    drop_share: float = 0.0
    #: The review refuses every order that comes from now on (status 4).
    review_refuses: bool = False
    #: Older orders answer 105.
    status_days: float = 7.0

    # GetSmsSentData.
    #: Rows appear when their order is this old.
    sent_data_after_s: float = 0.0
    #: 1: the seed's V1; 2: V1 of the end of 2023, paged, with Campaign.
    sent_data_v1_generation: int = 1
    #: Longest range between From and To; 0 is no limit.
    sent_data_v1_days: float = 3.0
    sent_data_v2_days: float = 0.0
    sent_data_newest_first: bool = False

    #: Words of `QUIRKS`.
    quirks: list[str] = field(default_factory=list)

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
            _check(name, value, defaults[name])
        for name, value in patch.items():
            # A whole number for a float stays a float, or the next change would be held to whole numbers.
            setattr(self, name, float(value) if type(defaults[name]) is float else value)


def _check(name: str, value: Any, like: Any) -> None:
    kind = type(like)
    fits = type(value) is kind or (kind is float and type(value) is int)
    if not fits:
        raise Misuse(f"The sandbox's setting {name} wants a value like {like!r}, not {value!r}.")
    if isinstance(value, int | float) and value < 0 and name != "seed":
        raise Misuse(f"The sandbox's setting {name} cannot be below zero, as {value!r} is.")
    if name.endswith("_share") and value > 1:
        raise Misuse(f"The sandbox's setting {name} is a share from 0 to 1, not {value!r}.")
    if name == "quirks" and (unknown := [word for word in value if word not in QUIRKS]):
        raise Misuse(f"The sandbox knows no quirk {unknown[0]!r}; it knows: {', '.join(QUIRKS)}.")
    if name == "brandnames" and not all(
        isinstance(types, list) and all(type(number) is int for number in types) for types in value.values()
    ):
        raise Misuse('The sandbox\'s setting brandnames wants types by name, like {"LOA": [1, 2]}.')
