"""Guards of the one way to make a paid call: of its order, of lists and of single numbers."""

from tests.reliability.guards.base import (
    ATTEMPTS,
    CALL,
    DELIVER,
    GATEWAY,
    GATEWAY_SINGLE,
    LATE,
    LISTS,
    MONEY,
    NEXT_CALL,
    OUTCOMES,
    PUSH,
    RESULTS,
    RUN,
    SEND,
    SLEPT,
    TERMS,
    Mutation,
    among,
    dropped,
)

#: The one way to make a paid call, and what its strategies ask at the moment of the call.
GUARDS = (
    dropped("_at", "if not paid.in_time(claimed, nth):", CALL, SLEPT, new="if False:"),
    Mutation(
        "make: wait before the claim",
        CALL,
        "make",
        "    offsets = paid.wait()\n    if offsets is None:\n        return None\n    claimed = paid.claim(offsets)\n"
        "    if claimed is None:\n        return None\n",
        "    claimed = paid.claim([0.0])\n    if claimed is None:\n        return None\n    offsets = paid.wait()\n"
        "    if offsets is None:\n        return None\n",
        among("test_otp", "a_provider_without_a_slot_is_passed_by"),
    ),
    dropped(
        "make",
        "persist(lambda: paid.record(claimed, came), **paid.about(claimed), **evidence)",
        CALL,
        among("test_send", "an_answer_is_not_lost_to_a_database_that_restarts"),
        new="paid.record(claimed, came)",
    ),
    # A claim that is not committed before its call.
    dropped(
        "claim",
        ".sessions.begin()",
        SEND,
        among("test_moments", "others_see_the_claim_at_the_moment_of_the_call"),
        new=".sessions()",
    ),
    dropped(
        "claim",
        ".sessions.begin()",
        RUN,
        among("test_moments", "others_see_the_claim_at_the_moment_of_the_call"),
        new=".sessions()",
    ),
    dropped(
        "claim",
        ".sessions.begin()",
        PUSH,
        among("test_moments", "others_see_the_claim_at_the_moment_of_the_call"),
        new=".sessions()",
    ),
    dropped(
        "claim",
        ".sessions.begin()",
        DELIVER,
        among("test_otp", "the_row_and_the_attempt_are_committed_before_the_call"),
        new=".sessions()",
    ),
    dropped("in_time", "now <= self.now + CALL_WITHIN", TERMS, SLEPT, new="True"),
    dropped(
        "terms",
        "max(now + deps.lease, deadline + RECORD_WITHIN)",
        TERMS,
        among("test_moments", "a_lease_is_longer_than_its_call_can_take"),
        new="now + deps.lease",
    ),
    dropped("pause_before_retry", "max(answer.retry_after_s or 0, longest)", TERMS, LISTS, new="longest"),
    # The key changes with refusals by the provider's own code alone, and not where a gateway spoke before.
    dropped(
        "batch_after",
        " and answer.code",
        OUTCOMES,
        among("test_send", "a_gateway_that_refuses_what_was_taken_behind_it_costs_nobody_a_second_message"),
    ),
    dropped("batch_after", " and not keep_key", OUTCOMES, GATEWAY),
    dropped(
        "was_turned_away",
        "        col(Attempt.request_id) == attempt.request_id,\n",
        ATTEMPTS,
        among("test_moments", "every_refusal_by_code_makes_a_new_key"),
    ),
    dropped(
        "complete",
        ", col(Attempt.number) == attempt.number",
        ATTEMPTS,
        among("test_moments", "every_refusal_by_code_makes_a_new_key"),
    ),
    # Lists.
    dropped(
        "_may_go",
        "if not unknown and under_key and not may_repeat(under_key[0][0], now):",
        SEND,
        among("test_lookup", "what_a_gateway_turned_away_a_day_ago_is_looked_up_before_it_goes_again"),
        new="if False:",
    ),
    dropped(
        "_may_go",
        "if not unknown:\n            return",
        SEND,
        among("test_policy", "the_repeat_of_a_doubtful_order_is_the_same_ad_and_counts_as_of_its_repeat"),
        new="if True:\n            return",
    ),
    dropped(
        "record",
        "halts.pause(session, account, self._seen.campaign_id, attempt.began_at, answer, describe(account, answer))",
        SEND,
        MONEY,
        new="pass",
    ),
    # Numbers that are called one by one.
    dropped(
        "in_time",
        " and self._account.hours(self._seen.kind).contains(now)",
        RUN,
        among("test_singles", "a_wave_that_would_begin_after_its_window_does_not"),
    ),
    dropped(
        "in_time",
        "claimed.on.in_time(now) and ",
        RUN,
        among("test_singles", "a_worker_that_slept_after_marking_does_not_call"),
    ),
    dropped(
        "_hold",
        "if not campaigns.lock_if_sending(session, self._seen.campaign_id, on.last_call):",
        RUN,
        among("test_moments", "a_pause_between_two_waves_stops_the_next"),
        new="if False:",
    ),
    dropped(
        "_hold",
        "if not may_repeat(self._runs[0][0], on.now):",
        RUN,
        among("test_lookup", "a_single_number_that_waited_too_long_is_not_repeated"),
        new="if False:",
    ),
    dropped(
        "claim",
        " if one.phone in marked",
        RUN,
        among("test_moments", "a_number_that_was_settled_between_two_waves_is_not_called"),
    ),
    dropped(
        "_next",
        " if not one.repeat]",
        RUN,
        among("test_policy_singles", "the_repeat_of_a_doubtful_number_is_the_same_ad_and_counts_as_of_its_repeat"),
        new="]",
    ),
    dropped(
        "record",
        "halt is not None or bool(self._pause)",
        RUN,
        among("test_singles", "a_provider_that_leaves_everything_in_doubt_is_not_called_again_at_once"),
        new="False",
    ),
    dropped(
        "_write",
        "if halt is not None:",
        RUN,
        among("test_singles", "no_money_pauses_and_fails_nobody"),
        new="if False:",
    ),
    dropped(
        "_write", "[one for one in results if one.state is RecipientState.ACCEPTED]", RUN, LATE, new="list(results)"
    ),
    dropped("_give_back", "if batch.attempts != self._attempt.number:", RUN, LATE, new="if False:"),
    dropped(
        "result_of",
        "if to.repeat and answer.outcome in DEFINITE_REFUSALS:",
        RESULTS,
        among("test_lookup", "a_refused_repeat_of_a_single_number_leaves_it_in_doubt"),
        new="if False:",
    ),
    dropped("result_of", " and bool(answer.code)", RESULTS, GATEWAY_SINGLE),
    dropped("result_of", " and not turned_away", RESULTS, GATEWAY_SINGLE),
    dropped("result_of", "turned_away or ", RESULTS, NEXT_CALL),
    dropped("result_of", "elif state is None and to.vouched:", RESULTS, NEXT_CALL, new="elif False:"),
)
