"""Guards of cancels: what was given up and was taken counts, and what a provider has of a cancelled campaign is stopped, once."""

from tests.reliability.guards.base import (
    BATCHES,
    DIRECT,
    LOOK,
    LOOKUP,
    PUSH,
    RUN,
    SEND,
    SINGLES,
    among,
    dropped,
)

STOP = "worker/services/sending/pushes/cancel_at_provider.py"
LEFT = "worker/storage/sending/left_with_provider.py"
#: Who was frozen in a call wakes up after a person's word: an order, a single number, a push.
LATE_ORDER = among("test_lookup", "an_acceptance_that_comes_after_a_person_said_not_sent_counts_as_one_and_as_an_ad")
LATE_SINGLE = among("test_singles", "and_counts_as_an_ad_though_its_campaign_was_cancelled")
LATE_PUSH = among(
    "test_withdraw", "a_push_that_a_person_gave_up_and_that_was_taken_counts_after_a_cancel_and_is_stopped"
)
SHOWN_ORDER = among("test_lookup", "what_the_record_showed_is_not_sent_again_because_a_person_said_not_sent_meanwhile")
SHOWN_SINGLE = among("test_lookup", "nor_is_a_single_number")
#: The sweep, and what it asks.
DIED = among("test_withdraw", "what_fpt_has_is_stopped_though_whoever_cancelled_died_before_it_was_asked")
NO_USE = among("test_withdraw", "fpt_is_not_asked_again_where_that_is_of_no_use")
NOBODY = among("test_withdraw", "the_sweep_stops_nothing_of_a_campaign_that_nobody_cancelled")
REPEATED = among("test_withdraw", "a_cancel_that_fpt_did_not_answer_says_so_and_may_be_repeated")

GUARDS = (
    # An acceptance that comes after a cancel.
    dropped(
        "record",
        "movable |= {BatchState.PLANNED, BatchState.CANCELLED}",
        BATCHES,
        LATE_ORDER,
        new="movable.add(BatchState.PLANNED)",
    ),
    dropped(
        "record",
        "if to is BatchState.ACCEPTED:",
        BATCHES,
        (f"{DIRECT}::test_what_is_to_be_called_or_was_given_up_is_moved_by_an_acceptance_alone",),
        new="if True:",
    ),
    dropped(
        "record",
        ", not_stopped",
        BATCHES,
        among("test_withdraw", "what_fpt_stopped_of_a_push_stays_stopped_when_its_answer_is_recorded_once_more"),
    ),
    dropped(
        "record",
        " and attempts.lock(session, attempt).outcome in DEFINITE_REFUSALS",
        SEND,
        LATE_ORDER,
        new=" and False",
    ),
    dropped(
        "record",
        " and attempts.lock(session, attempt).outcome in DEFINITE_REFUSALS",
        SEND,
        among("test_policy", "a_fourth_ad_in_24_hours_does_not_leave_and_one_after_them_does"),
    ),
    dropped("_move", "if moved and cancelled:", PUSH, LATE_PUSH, new="if False:"),
    dropped(
        "_NOTE",
        "coalesce(r.state, 'cancelled') = 'cancelled'",
        SINGLES,
        LATE_SINGLE,
        new="r.state IS NULL",
    ),
    dropped(
        "_NOTE",
        " AND v ->> 1 = 'accepted'",
        SINGLES,
        (f"{DIRECT}::test_a_result_is_written_only_of_a_number_that_was_called",),
    ),
    dropped(
        "_write",
        "if late or batch.state is not BatchState.SENDING:",
        RUN,
        LATE_SINGLE,
        new="if False:",
    ),
    # What a record showed, and a person gave up meanwhile.
    dropped(
        "_update",
        "leaves |= {BatchState.PLANNED, BatchState.CANCELLED}",
        LOOKUP,
        SHOWN_ORDER,
        new="leaves.add(BatchState.PLANNED)",
    ),
    dropped(
        "_update",
        "if to is BatchState.ACCEPTED:",
        LOOKUP,
        (f"{DIRECT}::test_a_look_up_settles_only_the_doubt_that_it_saw",),
        new="if True:",
    ),
    dropped("_conclude_list", "if found and not lookup.calls(session, batch.id):", LOOK, SHOWN_ORDER, new="if False:"),
    dropped("_found_after_all", "*SENT_BACK", LOOK, SHOWN_SINGLE, new="BatchState.PLANNED"),
    # Whose numbers are stopped at the provider, and how often it is asked.
    dropped("of_cancelled", "            col(Campaign.status) == CampaignStatus.CANCELLED,\n", LEFT, NOBODY),
    dropped("of_cancelled", "            col(ProviderCampaign.state) == ProviderCampaignState.OPEN,\n", LEFT, DIED),
    dropped("of_cancelled", "            col(ProviderCampaign.due) > now,\n", LEFT, NO_USE),
    dropped("to_ask_again", "not refused and ", STOP, NO_USE),
    dropped("to_ask_again", "now - since >= min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** len(calls))", STOP, DIED, new="True"),
    dropped("to_ask_again", " if call.call is CallKind.CANCEL", STOP, DIED),
    dropped(
        "cancellable_at_provider",
        " and one.due > now",
        STOP,
        among("test_withdraw", "a_campaign_that_is_done_can_be_cancelled_until_its_text_is_due"),
    ),
    # What came of it.
    dropped(
        "cancel_at_provider",
        "_wait_for_calls(deps, account, campaign_id)",
        STOP,
        among("test_withdraw", "cancelling_waits_for_the_push_in_flight_and_stops_it_too"),
        new="pass",
    ),
    dropped("cancel_at_provider", " and row.state is ProviderCampaignState.OPEN", STOP, REPEATED),
    dropped("record", "if got.answer.outcome is not Outcome.ACCEPTED:", STOP, REPEATED, new="if False:"),
    dropped(
        "record",
        "[batch for batch in taken if batch.provider_ref in got.stopped]",
        STOP,
        among("test_policy_push", "a_cancelled_campaign_gives_back_what_did_not_go_and_what_fpt_stopped"),
        new="taken",
    ),
    dropped(
        "record",
        "if batch.provider_ref in got.stopped:",
        STOP,
        among("test_withdraw", "what_fpt_would_not_stop_stays_accepted_and_is_named"),
        new="if True:",
    ),
    dropped(
        "_name_the_lost",
        "not one_side or ",
        STOP,
        among("test_withdraw", "of_two_references_that_we_never_saw_it_is_not_guessed_which_was_stopped"),
    ),
)
