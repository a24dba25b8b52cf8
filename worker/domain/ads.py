"""Rules for the text of an ad: the length a provider takes, and the label the law wants at the start.

With variables the label is looked for in the template, and the length is that of each filled text: what counts is what a
recipient gets.
The labels are those of the dated policy (policy.toml); the length is eSMS's code 131 (manual II.2: 422 characters).
"""

from dataclasses import dataclass

from worker.domain.policy import OURS, Channel, Policy
from worker.domain.text import utf16_units
from worker.errors import Refused


@dataclass(frozen=True, slots=True)
class AdRules:
    """What a provider wants of the text of an ad; `max_characters` are UTF-16 units, as in `Measure.characters`."""

    max_characters: int
    #: Those of the newest rule, where nobody asks about a day (`Account.ads_on`).
    labels: tuple[str, ...] = OURS.of(Channel.SMS)[-1].labels


def check_label(text: str, rules: AdRules) -> None:
    """Refuse a text that does not begin with a label, or that says nothing behind it."""
    if not text:
        raise Refused("text_empty", "The text is empty: write what the ad says, behind its label.", {"position": 1})
    label = next((label for label in rules.labels if text.startswith(label)), None)
    if label is None:
        raise _label_missing(text, rules.labels)
    if not text[len(label) :].strip():
        sentence = f'The text ends with its label "{label}": write what the ad says behind it.'
        raise Refused("text_empty", sentence, {"position": len(label) + 1})


def check_no_consent_request(text: str, policy: Policy) -> None:
    """Refuse a text that begins with the label of a request for consent: a number may get one of them ever.

    Loa does not know who was asked before, so it sends none by any door, under the label of whatever rule.
    """
    asks = [rule.consent_request for rule in policy.of(Channel.SMS) if rule.consent_request is not None]
    begins = text.lstrip().casefold()
    found = next((one for one in asks if begins.startswith(one.label.casefold())), None)
    if found is not None:
        raise Refused(
            "consent_request",
            f"{found.label} at the start makes it a request for consent, of which a number may get {found.most_ever} ever "
            f"({found.decree}): Loa does not know who was asked before, and sends none.",
            {"label": found.label, "most": found.most_ever, "decree": found.decree},
        )


def check_length(text: str, rules: AdRules, provider: str) -> None:
    """Refuse a text that is longer than `provider` takes."""
    characters = utf16_units(text)
    limit = rules.max_characters
    if characters <= limit:
        return
    # The limit counts UTF-16 units, but a person finds the place by characters; they differ behind an emoji.
    end = len(text.encode("utf-16-le")[: 2 * limit].decode("utf-16-le", "ignore"))
    sentence = (
        f"The text has {characters} characters, {characters - limit} over the {limit} that {provider} takes: "
        f"it must end at position {end}."
    )
    raise Refused("ad_too_long", sentence, {"characters": characters, "max_characters": limit, "position": end})


def _label_missing(text: str, labels: tuple[str, ...]) -> Refused:
    begins = text[:20].partition("\n")[0]
    choice = " or ".join(f'"{label}"' for label in labels)
    details: dict[str, object] = {"position": 1, "begins": begins, "labels": list(labels)}
    other_case = next((label for label in labels if text.casefold().startswith(label.casefold())), None)
    later = min(((text.find(label), label) for label in labels if label in text), default=None)
    hint = ""
    if other_case:
        hint = f'; write it as "{other_case}"'
    elif later:
        details["found_at"] = later[0] + 1
        hint = f'; "{later[1]}" stands at position {later[0] + 1}, move it to the start'
    sentence = f'An ad must begin with {choice}, but position 1 reads "{begins}"{hint}.'
    return Refused("ad_label_missing", sentence, details)
