"""Guards of campaigns over Zalo: each channel has rules, counts and a record of its own."""

from tests.reliability.guards.base import BATCHES, CAMPAIGNS, RESOLVE, RUN, Mutation, among, dropped

ACCOUNT, POLICY = "worker/services/account.py", "worker/services/sending/ad_policy.py"
CONTACTS = "worker/storage/sending/contacts.py"
RECORD, COMPARED = "worker/providers/esms/zalo_campaigns.py", "worker/storage/reconcile/runs.py"

FALLBACK, FALLBACKS = "worker/services/sending/fallback.py", "worker/storage/sending/fallbacks.py"


def zalo(*names: str) -> tuple[str, ...]:
    """Some of the tests of Zalo campaigns."""
    return among("test_zalo_campaigns", *names)


def follows(*names: str) -> tuple[str, ...]:
    """Some of the tests of texts that follow a Zalo campaign."""
    return among("test_fallback", *names)


UNPROVEN = follows("our_rows_alone_are_no_proof_that_it_failed")

GUARDS: tuple[Mutation, ...] = (
    # Hours, and what a halt speaks of.
    dropped(
        "over",
        "            windows=replace(ALWAYS, limits=self.policy.hours(channel)),\n",
        ACCOUNT,
        zalo("an_ad_that_waited_past_its_hours_does_not_leave"),
        new="            windows=ALWAYS,\n",
    ),
    dropped(
        "postpone_due",
        ", col(Batch.channel) == channel",
        BATCHES,
        zalo("the_hours_of_ads_by_text_hold_up_no_ad_over_zalo"),
    ),
    Mutation(
        "halt: the channel of a kind",
        CAMPAIGNS,
        "_IN_COMMON",
        "    (HaltScope.KIND, col(Campaign.channel)),\n",
        "",
        zalo("a_halt_over_zalo_stops_no_text"),
    ),
    # Each channel's ads are counted for themselves.
    dropped(
        "limit",
        " or account.channel is not Channel.SMS",
        POLICY,
        zalo("the_setting_of_ads_a_day_speaks_of_texts"),
    ),
    dropped(
        "allowed",
        "contacts.reserve(session, batch.channel, ",
        POLICY,
        zalo("ads_over_zalo_are_counted_for_themselves"),
        new="contacts.reserve(session, Channel.SMS, ",
    ),
    dropped(
        "count_called",
        "batch.channel, ",
        CONTACTS,
        zalo("the_repeat_of_a_lost_ad_counts_as_of_its_repeat"),
        new="Channel.SMS, ",
    ),
    dropped(
        "count_called",
        "give_back_called(session, batch, phones)",
        CONTACTS,
        zalo("the_repeat_of_a_lost_ad_counts_as_of_its_repeat"),
        new="pass",
    ),
    dropped(
        "count_taken",
        " AND counted_at IS NULL",
        CONTACTS,
        zalo("an_ad_that_was_counted_is_not_counted_anew_when_it_is_found"),
    ),
    dropped(
        "_conclude_singles",
        "contacts.count_taken(session, batch, taken, unknown.calls[-1][0])",
        "worker/services/unknown/lookup.py",
        zalo("an_ad_that_a_gateway_turned_away_and_that_was_taken_is_counted[a look-up]"),
        new="pass",
    ),
    dropped(
        "_singles",
        "contacts.count_taken(session, batch, unknown, max(attempts.began(session, batch.id), default=now))",
        RESOLVE,
        zalo("an_ad_that_a_gateway_turned_away_and_that_was_taken_is_counted[a person]"),
        new="pass",
    ),
    dropped(
        "_whole",
        "ad_policy.count_anew(session, members, [], max(attempts.began(session, batch.id), default=now))",
        RESOLVE,
        among("test_lookup", "an_order_that_a_gateway_turned_away_and_that_a_person_says_was_sent_is_counted"),
        new="pass",
    ),
    dropped(
        "give_back_called",
        "ad_counts if batch.channel is Channel.SMS else channel_counts",
        CONTACTS,
        zalo("a_persons_word_gives_an_ad_back"),
        new="ad_counts",
    ),
    dropped(
        "give_back_called",
        "mark_counted(session, batch, phones, None)",
        CONTACTS,
        zalo("an_ad_that_a_gateway_turned_away_is_given_back_once"),
        new="pass",
    ),
    dropped(
        "_write",
        "contacts.give_back_called(session, batch, refused)",
        RUN,
        zalo("a_definite_refusal_gives_back_the_ad_of_that_number_alone"),
        new="pass",
    ),
    dropped(
        "_singles",
        "contacts.give_back_called(session, batch, unknown)",
        RESOLVE,
        zalo("a_persons_word_gives_an_ad_back"),
        new="pass",
    ),
    # What a record without a row may be concluded from.
    dropped(
        "records",
        'TYPES if self._esms.account.sent_data == "v2" else TYPES[:1]',
        RECORD,
        zalo("the_record_is_read_under_both_types_of_zalo"),
        new="TYPES[:1]",
    ),
    dropped(
        "_look_up",
        "(one.batch.channel, one.kind) == (way.channel, purpose)",
        "worker/services/unknown/lookup.py",
        zalo("a_lost_answer_is_found_in_the_record"),
        new='(way.channel, one.kind) == ("sms", purpose)',
    ),
    dropped(
        "of_campaigns",
        " if not row.keyed or row.key in ours",
        COMPARED,
        zalo("what_was_sent_by_hand_over_zalo_is_not_compared"),
    ),
    # What is approved.
    dropped(
        "facts_of",
        "FROZEN if campaign.channel is Channel.SMS else (*FROZEN, *OF_ZALO)",
        "worker/services/planning/gate.py",
        zalo("the_template_is_part_of_what_is_approved_and_of_what_is_a_repetition"),
        new="FROZEN",
    ),
    # A text follows once, and only what certainly failed.
    dropped(
        "_move_on",
        "            col(Campaign.fallback_seq) == after,\n",
        FALLBACKS,
        follows("two_who_decide_at_once_decide_once"),
    ),
    dropped(
        "_move_on", "            col(Campaign.status).in_(OVER),\n", FALLBACKS, follows("only_what_is_over_is_decided")
    ),
    dropped(
        "undecided",
        "        (col(Campaign.until).is_(None)) | (col(Campaign.until) > now),\n",
        FALLBACKS,
        follows("past_its_last_moment_nothing_follows"),
    ),
    dropped(
        "undecided",
        "        col(Campaign.finished_at) <= over_since,\n",
        FALLBACKS,
        follows("the_record_gets_its_time"),
    ),
    dropped(
        "_is_certain", "row.ref == one.ref and ", FALLBACK, follows("a_failed_message_under_another_id_is_no_proof")
    ),
    dropped("_is_certain", " and row.state in FAILED", FALLBACK, UNPROVEN),
    dropped("_is_certain", "return not mine", FALLBACK, UNPROVEN, new="return True"),
    dropped(
        "_is_certain", "bool(mine) and ", FALLBACK, follows("a_message_that_the_record_does_not_have_gets_no_text")
    ),
    dropped(
        "_follow",
        '        key=f"fallback:{due.campaign_id}",\n',
        FALLBACK,
        follows("whoever_dies_between_two_steps_makes_no_second_campaign"),
    ),
    Mutation(
        "_FROM: those who were marked",
        "worker/storage/sending/earlier.py",
        "_FROM",
        " AND (NOT :unreached OR r.next_call = 'fall_back')",
        " AND (NOT :unreached OR true)",
        follows("two_who_decide_at_once_decide_once"),
    ),
    dropped(
        "mark_unknown",
        "WHERE fallback_text IS NOT NULL AND fallback_id IS NULL",
        "worker/storage/operations/after_restore.py",
        follows("after_a_restore_nothing_follows"),
        new="WHERE false",
    ),
    dropped(
        "_refuse_if_all_left",
        "if campaign.fallback_text is not None:",
        "worker/services/operations/control.py",
        follows("a_cancelled_campaign_is_followed_by_nothing"),
        new="if False:",
    ),
    dropped(
        "request",
        "if failed_only and source.fallback_text is not None:",
        "worker/services/approval/copies.py",
        follows("a_copy_to_those_who_failed_would_be_a_second_text"),
        new="if False:",
    ),
)
