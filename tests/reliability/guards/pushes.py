"""Guards of provider campaigns and the pushes into them."""

from tests.reliability.guards.base import CREATE, EVIDENCE, PUSH, RETRY_LAST, among, dropped

#: Campaigns of the provider's own, and the pushes into them.
GUARDS = (
    dropped(
        "record",
        "if latest:",
        PUSH,
        among("test_moments", "a_late_answer_to_an_earlier_call_ends_no_turn_of_the_call_that_is_made_now"),
        new="if True:",
    ),
    dropped(
        "claim",
        "if not campaigns.lock_if_sending(session, place.campaign_id, on.now):",
        PUSH,
        among("test_moments", "a_campaign_that_is_paused_while_a_slot_is_waited_for_is_not_claimed"),
        new="if False:",
    ),
    dropped(
        "claim", "not mine or ", PUSH, among("test_moments", "a_push_whose_turn_has_passed_to_another_is_not_claimed")
    ),
    dropped(
        "in_time",
        "on_time and ",
        PUSH,
        among("test_moments", "an_intake_that_closes_after_the_claim_stops_the_call"),
    ),
    dropped(
        "in_time",
        " and claimed.on.in_time(now)",
        PUSH,
        among("test_moments", "a_machine_that_slept_after_the_claim_of_a_push_does_not_call"),
    ),
    dropped(
        "record",
        "if answer.outcome is not Outcome.UNKNOWN:",
        PUSH,
        among("test_push", "nothing_follows_a_lost_push_before_its_lease_is_over"),
        new="if True:",
    ),
    dropped(
        "record",
        ">= MOST_UNKNOWN",
        PUSH,
        among("test_push", "three_lost_answers_pause_the_campaign_instead_of_spending_the_list_on_a_broken_line"),
        new=">= 999",
    ),
    dropped(
        "record",
        "if moved and unexplained:",
        PUSH,
        among("test_push", "a_push_without_room_that_is_recorded_once_more_pauses_nobody"),
        new="if unexplained:",
    ),
    dropped(
        "record",
        "in_turn and ",
        PUSH,
        among("test_moments", "the_room_that_a_late_answer_tells_settles_no_push_that_came_after_it"),
    ),
    dropped(
        "record",
        "halts.pause(session, account, place.campaign_id, attempt.began_at, answer)",
        PUSH,
        among("test_push", "a_fault_of_the_account_pauses_and_fails_nobody"),
        new="pass",
    ),
    dropped(
        "from_remaining",
        " if batch.id != own",
        EVIDENCE,
        among("test_push", "an_answer_that_contradicts_itself_leaves_its_own_push_in_doubt"),
    ),
    dropped(
        "claim",
        "if not campaigns.lock_if_sending(session, place.campaign_id, on.now):",
        CREATE,
        among("test_moments", "a_campaign_that_is_paused_while_a_slot_is_waited_for_is_not_claimed"),
        new="if False:",
    ),
    dropped(
        "claim",
        "if not may_place(account, row, on.now):",
        CREATE,
        among("test_moments", "an_intake_that_closes_while_a_slot_is_waited_for_takes_no_creation"),
        new="if False:",
    ),
    dropped(
        "in_time",
        " and claimed.on.in_time(now)",
        CREATE,
        among("test_moments", "a_machine_that_slept_after_the_claim_of_a_creation_does_not_call"),
    ),
    dropped(
        "in_time",
        "may_place(self.account, self._row, now) and ",
        CREATE,
        among("test_moments", "an_intake_that_closes_after_the_claim_stops_the_creation"),
    ),
    dropped(
        "record",
        "row.state is not ProviderCampaignState.CREATING or ",
        CREATE,
        among("test_moments", "a_refusal_that_comes_when_its_creation_is_in_doubt_gives_no_ads_back"),
    ),
    dropped(
        "record",
        " or row.attempts != self._tries",
        CREATE,
        among("test_moments", "a_refusal_that_comes_when_another_creates_leaves_it_to_that_one"),
    ),
    dropped(
        "_consequence",
        "if taken and answer.outcome is not Outcome.UNKNOWN:",
        CREATE,
        among("test_push", "a_lost_answer_to_the_creation_leaves_an_orphan_and_uses_another_name"),
        new="if False:",
    ),
    dropped(
        "_consequence",
        "self._maybe_taken or ",
        CREATE,
        among("test_push", "a_creation_in_doubt_stays_in_doubt_when_its_repeat_is_refused_for_now"),
    ),
    dropped(
        "claim",
        "not alone or ",
        RETRY_LAST,
        among("test_push", "a_last_push_whose_answer_came_meanwhile_is_not_claimed"),
    ),
    dropped(
        "claim",
        "not create.may_place(account, row, on.now)",
        RETRY_LAST,
        among("test_push", "a_last_push_is_not_claimed_when_its_intake_closed_meanwhile"),
        new="False",
    ),
    dropped(
        "claim",
        "len(phones) == size and quota.may_repeat(ledger, size, row.remaining)",
        RETRY_LAST,
        among("test_push", "a_last_push_is_not_repeated_when_the_room_left_is_not_exactly_its_own"),
        new="True",
    ),
    dropped(
        "claim",
        " or suppression.among(session, phones)",
        RETRY_LAST,
        among("test_policy_push", "a_last_push_is_not_repeated_for_who_opted_out_since"),
    ),
    dropped(
        "record",
        " and got.remaining in (None, 0, pushed - taken)",
        RETRY_LAST,
        among("test_push", "a_repeat_that_contradicts_the_quota_is_for_a_person_and_not_repeated_again"),
    ),
)
