"""What a guard and its mutation are, and where guards stand."""

from dataclasses import dataclass

BATCHES, CAMPAIGNS = "worker/storage/sending/batches.py", "worker/storage/campaigns.py"
DELIVERIES = "worker/storage/reporting/single_reports.py"
SINGLES, PROVIDER_CAMPAIGNS = "worker/storage/sending/singles.py", "worker/storage/sending/provider_campaigns.py"
FREQUENCY, LOOKUP = "worker/storage/sending/ad_counts.py", "worker/storage/unknown/lookup.py"
DATABASE = "worker/storage/database.py"
TURNS = "worker/storage/sending/fair_order.py"
ATTEMPTS = "worker/storage/calling/attempts.py"
SENDERS, COMPARES = "worker/storage/planning/senders.py", "worker/services/planning/senders.py"
HALT = "worker/services/sending/halts.py"
SEND, WIRE = "worker/services/sending/lists.py", "worker/providers/wire.py"
CONNECTION = "worker/providers/connection.py"
DECIDE, USERS = "worker/services/approval/decide.py", "worker/storage/people/users.py"
APPROVALS = ("tests/services/approval/test_decide.py",)
#: Each guard alone; then what each area has besides.
DIRECT = "tests/reliability/test_guards.py"
LISTS = ("tests/services/test_send.py", "tests/services/test_states_machine.py")
CALLS = ("tests/services/test_singles.py", "tests/services/test_states_machine.py")
STATEMENTS = ("tests/reliability/test_single_statements.py",)
PUSHES = ("tests/services/test_push.py",)
ADS_ALONE = ("tests/services/test_policy_singles.py",)
RULES = ("tests/services/test_policy.py", "tests/services/test_suppress.py")
CALLED = ("tests/providers/test_wire.py", "tests/providers/test_wire_answers.py", "tests/providers/test_no_repeats.py")
HALTS = ("tests/services/test_halts.py",)
LISTED = ("tests/services/test_senders.py",)
UNKNOWNS = ("tests/services/test_lookup.py", "tests/services/test_states_machine.py", "tests/services/test_faults.py")


CALL, HAND = "worker/services/calling/call.py", "worker/services/calling/by_hand.py"
WAVES = "worker/services/calling/waves.py"
TERMS, OUTCOMES = "worker/services/calling/terms.py", "worker/services/calling/outcomes.py"
DOMAIN_ATTEMPTS = "worker/domain/attempts.py"
RUN, RESULTS = "worker/services/sending/singles.py", "worker/services/sending/single_results.py"
ADS_ONE_BY_ONE = "worker/services/sending/single_ads.py"
PUSH, CREATE = "worker/services/sending/pushes/push.py", "worker/services/sending/pushes/create.py"
RETRY_LAST, EVIDENCE = (
    "worker/services/sending/pushes/retry_last.py",
    "worker/services/sending/pushes/quota_evidence.py",
)
RECORD = "worker/services/reporting/provider_log.py"
LOOK, MATCHES = "worker/services/unknown/lookup.py", "worker/services/unknown/matches.py"
RESOLVE, RELEASE = "worker/services/unknown/resolve.py", "worker/services/sending/release.py"
STATUS, RESTORE = "worker/services/campaign_status.py", "worker/storage/operations/after_restore.py"
MESSAGES, MESSAGE = "worker/storage/otp/messages.py", "worker/domain/message.py"
DELIVER, OTP_RECORD = "worker/services/otp/deliver.py", "worker/services/otp/record.py"
OTP_SWEEP = "worker/services/otp/sweep.py"


@dataclass(frozen=True, slots=True)
class Mutation:
    """One guard: where it stands, what it says, and what it is made to say."""

    guard: str
    file: str
    function: str
    old: str
    new: str
    tests: tuple[str, ...] = LISTS


def dropped(function: str, term: str, file: str = BATCHES, tests: tuple[str, ...] = LISTS, new: str = "") -> Mutation:
    """A term that is no longer there."""
    return Mutation(f"{function}: {term.strip().rstrip(',')}", file, function, term, new, tests)


def among(file: str, *names: str) -> tuple[str, ...]:
    """Some tests of a file."""
    return tuple(f"tests/services/{file}.py::test_{name}" for name in names)


SLEPT = among("test_send", "a_process_that_slept_between_claim_and_call_does_not_call")
MONEY = among("test_send", "no_money_in_the_middle_pauses_with_the_providers_words_and_resume_goes_on_where_it_stopped")
GATEWAY = among("test_send", "a_refusal_by_code_after_that_of_a_gateway_makes_no_new_key")
GATEWAY_SINGLE = among("test_singles", "a_refusal_by_code_after_that_of_a_gateway_makes_no_new_key")
NEXT_CALL = among("test_singles", "what_may_be_done_next_outlives_a_call_that_was_not_made_or_refused")
LATE = among("test_singles", "a_late_refusal_frees_no_number_that_another_worker_calls")
NOT_SENT = among("test_lookup", "a_person_says_it_was_not_sent_and_it_goes_under_a_new_key")
