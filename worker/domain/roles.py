"""The roles of people, and the one table of what each may do; services and doors ask it."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What a person is for."""

    #: Drafts and submits campaigns, and sees and stops the own ones.
    MARKETER = "marketer"
    #: A marketer who also sees everybody's campaigns, and approves or declines those of others.
    APPROVER = "approver"
    #: Keeps everything running: pauses, resumes, cancels, resolves, reconciles; writes no campaigns.
    OPERATOR = "operator"
    #: All of it, and users and keys.
    ADMIN = "admin"


class May(StrEnum):
    """One thing that a role may or may not do."""

    #: Create campaigns, audiences and saved texts; submit, copy, test and change the own ones.
    DRAFT = "draft"
    #: Pause, resume and cancel the own campaigns.
    STOP_OWN = "stop_own"
    #: See the own campaigns, and fetch their reports.
    SEE_OWN = "see_own"
    #: See everybody's.
    SEE_ALL = "see_all"
    #: Approve and decline campaigns of others; never the own ones.
    APPROVE = "approve"
    #: Pause, resume and cancel any campaign, resolve unknown batches.
    OPERATE = "operate"
    #: Compare our rows with the providers' records, and read what that found.
    RECONCILE = "reconcile"
    #: Read phone numbers in full, also in what is not one's own.
    SEE_PHONES = "see_phones"
    #: Add numbers to the suppression list.
    SUPPRESS = "suppress"
    #: Take numbers off it.
    UNSUPPRESS = "unsuppress"
    #: Send one-time passwords.
    SEND_OTP = "send_otp"
    #: Look up one-time passwords: states and times, never their texts.
    SEE_OTP = "see_otp"
    #: See the settings and where each value comes from, balances and circuits.
    SEE_SETTINGS = "see_settings"
    #: Read the audit log, and have its chain checked.
    SEE_AUDIT = "see_audit"
    #: Make, disable and reset users.
    USERS = "users"
    #: Make and revoke keys.
    KEYS = "keys"


_MARKETER: Final = frozenset({May.DRAFT, May.STOP_OWN, May.SEE_OWN, May.SEE_PHONES, May.SUPPRESS})
_APPROVER: Final = (_MARKETER - {May.SEE_PHONES}) | {May.SEE_ALL, May.APPROVE}
_OPERATOR: Final = frozenset(
    {
        *(May.SEE_OWN, May.SEE_ALL, May.STOP_OWN, May.OPERATE, May.RECONCILE, May.SEE_PHONES, May.SUPPRESS),
        *(May.UNSUPPRESS, May.SEND_OTP, May.SEE_OTP, May.SEE_SETTINGS, May.SEE_AUDIT),
    }
)

MAY: Final[Mapping[Role, AbstractSet[May]]] = {
    Role.MARKETER: _MARKETER,
    Role.APPROVER: _APPROVER,
    Role.OPERATOR: _OPERATOR,
    Role.ADMIN: frozenset(May),
}
