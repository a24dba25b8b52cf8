"""Why a row of a list gets no message, as a sentence for a person."""

from worker.domain import phone

SENTENCES = {
    "duplicate": "The number stands in an earlier row.",
    "suppressed": "The number is on the suppression list: it must not get ads.",
    "row_too_wide": "The row has more cells than the heading: an unquoted comma or the like moved its values to other columns.",
    "ad_too_long": "The text is too long once its variables are filled.",
    "consent_missing": "Its consent is not proved: fill consent_at (when) and consent_source (where), or leave the number out.",
    "consent_unreadable": "consent_at cannot be read: write 2026-03-02 or 02/03/2026 09:00.",
    "consent_in_future": "consent_at lies in the future: correct it.",
    "text_too_long": "The text has too many parts once its variables are filled.",
}
#: Those that name a variable.
OF_VALUES = {
    "text_blank_value": "There is no value for {name}.",
    "text_missing_value": "The value for {name} says that there is none, such as #N/A or NULL.",
    "text_control_character": "The value for {name} has a control character: delete it.",
    "text_broken_character": "The value for {name} has half a character: save the list as UTF-8 and try again.",
}


def explain(reason: str) -> str:
    """A refusal's reason as a sentence; `text_blank_value: city` names the variable."""
    rule, _, variable = reason.partition(": ")
    if rule in set(phone.Fault):
        return phone.Fault(rule).sentence
    if rule in OF_VALUES:
        return OF_VALUES[rule].format(name="{" + variable + "}" if variable else "a variable")
    return SENTENCES.get(rule) or f"The row breaks the rule {rule.replace('_', ' ')}."
