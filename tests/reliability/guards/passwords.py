"""Guards of one-time passwords, and of commands by hand."""

from tests.reliability.guards.base import DELIVER, HAND, MESSAGE, MESSAGES, OTP_RECORD, OTP_SWEEP, among, dropped

#: One-time passwords, and commands by hand.
GUARDS = (
    dropped(
        "claim",
        "            col(Message.state).in_(sources(SENDING)),\n",
        MESSAGES,
        among("test_otp", "four_workers_with_one_task_make_one_call"),
    ),
    dropped(
        "claim",
        "            col(Message.expires_at) > last_call,\n",
        MESSAGES,
        among("test_otp", "the_claim_itself_knows_the_time"),
    ),
    dropped(
        "claim",
        "            col(Message.not_before) <= now,\n",
        MESSAGES,
        among("test_moments", "the_claim_is_for_the_provider_whose_turn_it_is_and_not_before_its_time"),
    ),
    dropped(
        "claim",
        "            col(Message.remaining_route)[1] == provider,\n",
        MESSAGES,
        among("test_moments", "the_claim_is_for_the_provider_whose_turn_it_is_and_not_before_its_time"),
    ),
    dropped(
        "move",
        ", col(Message.state).in_(sources(to))",
        MESSAGES,
        among("test_callbacks", "a_message_that_is_settled_is_moved_no_more"),
    ),
    dropped(
        "write",
        "[one for one in concluded if one.is_allowed]",
        OTP_RECORD,
        among("test_otp", "a_late_refusal_moves_nothing_that_another_has_in_hand"),
        new="concluded",
    ),
    dropped(
        "in_time",
        "claimed.on.in_time(now) and ",
        DELIVER,
        among("test_moments", "a_machine_that_slept_after_the_claim_of_a_password_does_not_call"),
    ),
    dropped(
        "in_time",
        " and now < claimed.calls[nth][0].message.expires_at",
        DELIVER,
        among("test_moments", "its_time_ends_between_claim_and_call"),
    ),
    dropped(
        "conclude",
        "if message.state is not MessageState.SENDING or message.attempts != this.number:",
        OTP_RECORD,
        among("test_otp", "a_late_refusal_moves_nothing_that_another_has_in_hand"),
        new="if False:",
    ),
    dropped(
        "conclude",
        "account.accepts_idempotency_key and ",
        OTP_RECORD,
        among("test_otp", "a_provider_without_a_key_is_not_asked_twice_and_the_last_doubt_stays"),
    ),
    dropped(
        "conclude",
        " and answer.code",
        OTP_RECORD,
        among("test_otp", "a_gateway_that_turned_it_away_leaves_the_request_id_as_it_was"),
    ),
    dropped(
        "_is_duplicate",
        "one.provider == account.name and ",
        OTP_RECORD,
        among("test_otp", "what_one_provider_saw_before_is_no_evidence_of_a_call_to_another"),
    ),
    dropped(
        "_is_duplicate",
        " and one.code",
        OTP_RECORD,
        among(
            "test_otp",
            "repeated_content_after_a_call_of_ours_is_evidence",
            "seen_before_after_a_refusal_by_its_own_code_is_none_either",
        ),
    ),
    dropped(
        "_recover",
        " or lease >= deps.clock.now()",
        OTP_SWEEP,
        among("test_moments", "a_worker_in_its_call_is_left_alone_by_the_sweep"),
    ),
    dropped(
        "after",
        "maybe_taken or outcome is Outcome.UNKNOWN",
        MESSAGE,
        ("tests/services/test_otp.py",),
        new="maybe_taken",
    ),
    dropped(
        "after",
        " and (fallback or not maybe_taken)",
        MESSAGE,
        among("test_otp", "who_wants_no_code_twice_keeps_the_doubt"),
    ),
    dropped(
        "in_time",
        "claimed.on.in_time(now) and ",
        HAND,
        among("test_moments", "a_machine_that_slept_after_its_claim_gives_no_command"),
    ),
    dropped(
        "make",
        " or not may_repeat(earlier[0].began_at, now)",
        HAND,
        among("test_hand_ads", "an_unknown_ad_is_not_repeated_when_the_provider_may_have_forgotten_it"),
    ),
    dropped(
        "make",
        "others or ",
        HAND,
        among("test_hand_ads", "nor_by_another_account_which_does_not_know_its_request_id"),
    ),
)
