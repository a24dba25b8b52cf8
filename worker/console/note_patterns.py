"""The sentences that services store with a campaign, by code, with names in braces where values stand; `notes.py` reads them."""

from collections.abc import Mapping
from typing import Final

NOTES: Final[Mapping[str, str]] = {
    # of the clock
    "clock_set_back": "The clock was set back: {count} of its batches carry times up to {latest}, and it is {now} now.",
    "clock_goes_on": "The clock was set back: {count} of its batches carry times up to {latest}, and it is {now} now. It goes on "
    "by itself from {turn} on; set the clock right, and it goes on at once.",
    # of the text
    "accents_joined": "Accents were joined with their letters (NFC), the first at position {position}.",
    "blanks_dropped": "Blanks at the start or the end were dropped.",
    "line_ends": "{count} line end{s} written as a line feed, the first ({character}) at position {position}.",
    "spaces": "{count} unusual space{s} made a plain one, the first ({character}) at position {position}.",
    "invisible": "{count} invisible character{s} removed, the first ({character}) at position {position}.",
    "unicode_slip": "A part holds 70 characters instead of 160, only because of {characters}.",
    "unfilled": 'The text says "{written}", which looks like a placeholder of another tool and names no column: it is not '
    "filled.",
    "noughts": "{count} rows have 0 for {variable}, and most others have words, the first of them row {row}: a formula shows so "
    "what it finds in an empty cell.",
    "lost_letters": '{count} rows have values that have lost letters, the first of them row {row}: "{word}".',
    "web_signs": '{count} rows have values with signs of a web page, the first of them row {row}: "{sign}". They are sent as '
    "they stand.",
    "written_plain": "{count} × {character} is written {substitute}.",
    # of the list
    "each_cell": "Each cell is a number of its own: a line with several numbers is as many rows.",
    "one_sheet": "Of {sheets} sheets only {sheet} has phone numbers.",
    "hidden_sheet": "Sheet {sheet} is hidden, and the only one with data.",
    "rows_wider": "Most rows have more cells than the heading; what stands right of column {number} is in no text.",
    "hidden_rows": "{count} hidden rows are {does}.",
    "column_passed": "{other} is not read; {column} is.",
    "column_empty": "No mobile number was found in {other}; {column} is read.",
    "column_by_values": "No heading speaks of phones; {column} holds the numbers.",
    "above_heading": "The number in row {row} stands above the heading and gets no message.",
    "many_above_heading": "The numbers in rows {rows} stand above the heading and get no message.",
    "more_above_heading": "The numbers in rows {rows} and {more} more stand above the heading and get no message.",
    "below_list": 'Row {row} says "{words}" beside its number: it is taken for a note below the list and gets no message.',
    "numbers_apart": "What stands apart below the list, with fewer cells than the others, gets a message too: row {rows}.",
    "format_unknown": "Numbers in the format {format} are written as they are stored, such as {value}: it is not known here.",
    "column_hidden": "{column} is hidden in the workbook, and its numbers are read.",
    # of the times
    "order_placed_now": "The order is placed at {provider} now; phones may ring from {due}.",
    "order_placed": "The order is placed at {provider} at {at}; phones may ring from {due}.",
    "moved": "{texts} may leave at {windows} only: moved from {asked} to {opening}.",
    "law_changes": "From {day} on another rule holds ({decree}): ads reach phones at {windows}, a number gets {most} in {hours} "
    "hours, and they begin with {labels}. What leaves then follows it.",
    "computed_days": "It is planned across days that are computed and not decided: {days}. {opens} and {closes} correct them.",
    "will_not_finish": "It will not finish in time: the last text is expected at {finish}, and nothing leaves after {until}.",
    # of the numbers
    "converted": "{count} old 11-digit numbers were given their new prefix.",
    "strange_prefixes": "{count} numbers begin with digits that no carrier is known to have: they will probably reach nobody.",
    "consents_unread": "{count} rows name a consent that is no proof: consent_at is a past time, consent_source where it was "
    "given.",
    # of the sender
    "sender_unread": "{provider}'s list of senders could not be read, so the sender {sender} was not compared with it.",
    "sender_unread_because": "{provider}'s list of senders could not be read ({why}), so the sender {sender} was not "
    "compared with it.",
    "sender_kind": "{provider} lists {sender} for {kinds} only: it may refuse {kind} by it.",
    "sender_case": "{provider} lists the sender as {alike}: it may not take {sender}.",
    "sender_not_in_list": "{provider}'s list of senders is {how}: {sender} is not in it.",
    "sender_never_used": "{provider} tells no list of its senders, and no {kind} campaign by {sender} was finished there yet: "
    "check how it is spelled.",
    # of a template
    "zalo_fills": "Zalo template {template} of official account {account}",
    "zalo_else": "Else a text by {sender}: {text}",
    # of the cost
    "markup": "{provider}'s web server refuses a text with < before a letter, or with &#: it will be rejected.",
    "typographic_values": "The values of {rows} rows, the first row {row}, have typographic characters that make their texts "
    "Unicode: {parts} parts more, about {cost} VND. --plain writes them as plain ones.",
    "accents_cost": "Without accents each text has {saved} parts less: {parts} in all, about {cost} VND.",
    "price_not_told": "{provider} told no price beforehand: {why}.",
    "price_receivers": "{provider} counts {found} receivers for the first {numbers} numbers, not {again}.",
    "price_other": "{provider} asks {theirs} VND for the first {count} texts, and the estimate here makes them {ours}: set "
    "{setting} to {each}.",
    "zalo_unread": "{provider} did not tell the values of Zalo template {template} ({why}): compare them.",
    "zalo_order": "Zalo template {template} has its values in another order at {provider} ({names}): those of the campaign "
    "would be exchanged.",
    "zalo_values": "Zalo template {template} has other values at {provider} ({names}) than the campaign ({ours}).",
    "of_campaign_unreached": "It goes to those whom Zalo did not reach of campaign {id} ({name}).",
    "care_unread": "{provider}'s care templates could not be read ({why}), so the text was not compared with them.",
    "care_misfit": "The text of row {row} fits no template that {provider} lists for {sender} at {networks}: it may be refused "
    "there (146).",
    "key_used": "This key was used before for the same campaign; nothing new was created.",
    # reasons of a status
    # of a provider's refusal
    "halt_template": "{said}. Paused is this text by {sender} alone (scope: template). Have its template or official account "
    "registered at {provider} and resume, or cancel and create it with another text.",
    "halt_sender": "{said}. Paused are {kind} campaigns by {sender} alone (scope: sender). Have {again} registered for {same} at "
    "{provider} and resume, or cancel and create it with a registered sender.",
    "halt_sender_listed": "{said}. Paused are {kind} campaigns by {sender} alone (scope: sender). Have {again} registered for "
    "{same} at {provider} and resume, or cancel and create it with a registered sender (`loa provider senders {account}` lists "
    "them).",
    "halt_kind": "{said}. Paused are {kind} campaigns at {provider} alone (scope: kind). Ask {again} to open {same} for this "
    "account, then resume each.",
    "halt_account": "{said}. Paused are all campaigns at {provider} (scope: account). Mend it there or here, then resume each.",
    "no_room": "{said}. {provider} has no room left in its campaign {name}, and no push of ours explains it. Ask {again} what it "
    "counted there, then resume, or cancel and create it again.",
    # of a call without a whole answer
    "no_connection": "no connection ({error})",
    "no_connection_in_time": "no connection in time ({error})",
    "no_free_connection": "no free connection in time ({error})",
    "bad_address": "the address is not http or https ({error})",
    "bad_compression": "the answer's compression is broken ({error})",
    "read_timeout": "read timeout ({error})",
    "write_timeout": "write timeout ({error})",
    "cut_off": "the connection ended before a whole answer ({error})",
    "broke_off": "the call broke off ({error})",
    "no_whole_answer": "no whole answer within {seconds} s",
    # of a number that was left out
    "barred": "suppressed: the number must not get ads",
    "had_enough": "frequency: the number had as many ads in 24 hours as are allowed",
    # of an unknown call
    "no_single_record": "{provider} keeps no record of single orders: a person has to say what became of it",
    "record_unread": "{provider}'s record was not to be read in time: a person has to say what became of it",
    "too_old": "it may have been taken, and is too old to be repeated under its key: a person has to say what "
    "became of it",
    "unknown_and_too_few": "it may have been taken, and too few are left to repeat it: a person has to say what became of it",
    "called_elsewhere": "it was called by another account, in whose record alone it can stand: a person has to say what became "
    "of it",
    "absent_no_key": "it does not stand in the provider's record, and {provider} takes no key that would make a repeat "
    "safe: a person has to say what became of it",
    "absent_known": "it does not stand in the provider's record, and yet {provider} says that it had this RequestId "
    "before: a person has to say what became of it",
    "absent_had": "it does not stand in the provider's record, and {provider} says that it had it before: a person has "
    "to say what became of it",
    "absent_too_old": "it does not stand in the provider's record, and it is too old to be repeated under its key: a "
    "person has to say what became of it",
    "absent_repeated": "it does not stand in the provider's record after {times} repeats: a person has to say what became "
    "of it",
    "absent_elsewhere": "some of its numbers stand in the provider's record with another order of the campaign: a person has "
    "to say what became of it",
    "ambiguous": "more than one order in {provider}'s record could be this one ({refs}): a person has to say what "
    "became of it",
    "absent_again": "it does not stand in the provider's record: it goes again under {which} key",
    "absent_cancelled": "it does not stand in the provider's record, and the campaign is cancelled",
    "found_in_record": "its answer was lost, but it stands in the provider's record",
    "by_hand": "an operator said that it was {verdict}",
    "worker_stopped": "the worker stopped before an answer was recorded",
    "not_begun": "the call was not begun in time, so it was not made",
    "turned_away_long_ago": "it was turned away without a code of the provider's own, so long ago that its key may be forgotten: "
    "it is looked up first",
    "still_unknown": "repeated, and still unknown: {words}",
    # of numbers that may not get an ad when it was to leave
    "below_minimum": "{rule}: {left} numbers are left of {size} after suppression, and {provider} takes ads for {least} "
    "or more",
    "nobody_left": "{rule}: when the text was to leave, none of the numbers might get an ad",
    "ad_label_missing": "{rule}: from {day} on an ad must begin with {labels} ({decree})",
    "goes_with": "too few were left for an order: they go with batch {batch}",
    "go_with_others": "too few were left for a push: they go with the others",
    "turned_away_and_too_few": "too few are left for an order, and it was turned away without a code of the provider's own: it "
    "is looked up before they go with another",
    # of a campaign's end
    "paused_by_hand": "paused by an operator",
    "cancelled_by_hand": "cancelled by an operator",
    "restored_and_paused": "restored from a backup: if it was cancelled since then, or sent at an earlier time, cancel it; else "
    "resume it",
    "kept_by_provider": "{count} numbers are with the provider, which did not stop them",
    "perhaps_kept_by_provider": "{count} numbers are with the provider, which did not say whether it stopped them: cancel again "
    "to ask again",
    "perhaps_sent": "{count} numbers may or may not be with the provider",
    "unknown_waits": "{count} numbers may or may not be with the provider; nothing is sent again before that is known",
    "nothing_again": "nothing is sent again before that is known",
    "needs_operator": "batch {batches} waits for `loa campaign resolve {id} --batch {batch}`",
    "rejected_numbers": "{count} numbers were rejected ({words})",
    "never_reported": "the provider never reported on {count} numbers",
    "pushes_lost": "the answers to {count} pushes were lost; resume once {provider} answers again. The latest ended with: "
    "{words}",
    "creations_lost": "the answers to {count} creations of a campaign at {provider} were lost, which stay empty there: find out "
    "what {again} answers, then resume",
    "not_opened_yet": "{provider} has not opened its campaign yet, and is asked again: {words}",
    "placed_later": "{count} numbers could not be placed at {provider} in time for their hour: they are placed from {at}, and "
    "their phones may ring from {due}",
    "until_passed": "Its last moment, {until}, has passed: {count} numbers did not leave.",
    "numbers_deleted": "its numbers were deleted on {day}, the counts are kept",
    "declined": "declined by {who}: {comment}",
    "left_out": "{count} numbers of {audience} are left out, because they are in {other}.",
    "of_campaign_failed": "It goes to those without a delivery of campaign {id} ({name}).",
    "of_campaign_all": "It goes to the numbers of campaign {id} ({name}).",
    "not_the_same_day": "It will not finish on the day that it begins: the last one is expected at {finish}.",
    "calls_ahead": "{count} calls of other campaigns that run already share the rate of {provider}.",
    "not_in_time": "It will not finish in time: nothing leaves after {until}.",
    "audience_gone": "There is no audience {id}.",
    # of a comparison with a provider's record
    "no_record": "{provider} keeps no record that can be read",
    "record_not_told": "{provider} did not tell its record: {why}",
    "comparison_stopped": "it was stopped before it was done",
    "comparison_silent": "whoever ran it stopped before it was done",
    "comparison_no_keys": "there are no keys of {provider} any more",
    "record_moves": "the record from {begin} on brought new rows each of {times} times",
    "balance_unread": "the balance could not be read: {why}",
    "totals_unread": "the totals could not be read: {why}",
    "erased_left_out": "what was erased here on request is not compared ({count} number{s} in the record), and so money is not",
    "money_two_balances": "money cannot be compared: fewer than two balances were read in that time",
    "money_top_up": "money cannot be compared: the balance rose by {at}, as a top-up makes it do",
    "totals_two": "totals cannot be compared: fewer than two were read in that time",
    "at_an_edge": "{count} numbers were being sent while the account was read: they may be on either side",
    "money_ours": "{amount} {unit} for what was accepted from {begin} to {end}",
    "money_theirs": "{amount} {unit} left the account",
    "totals_ours": "{count} accepted from {begin} to {end}",
    "totals_ours_unknown": "{count} accepted from {begin} to {end}, {unknown} may or may not be with it",
    "totals_theirs": "{count} more in all",
    "quota_ours": "{count} pushed of a quota of {quota}",
    "quota_theirs": "{count} left",
    "plan_gave_up": "The list could not be planned in {tries} tries; the log of worker-plan tells why.",
}
