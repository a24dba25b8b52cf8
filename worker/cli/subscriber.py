"""One person's data: shown, and erased on request."""

from datetime import timedelta
from typing import Annotated, Any, Final

import typer

from worker.cli import console, files, runtime
from worker.cli.options import Json
from worker.services.operations import failing as failing_numbers
from worker.services.operations import subscribers

#: Numbers that are shown on a screen.
SHOWN: Final = 20
#: What is kept of a number, in words.
KEPT: Final = {
    "campaigns": "campaign",
    "otps": "one-time password",
    "incoming": "message from it",
    "consents": "proof of consent",
    "audiences": "stored list",
    "suppression": "entry of the suppression list",
}
#: What an erasure took, in words.
ERASED: Final = {
    "recipients": "number of a campaign",
    "samples": "plan with a text to it",
    "refused_rows": "refused row",
    "messages": "one-time password",
    "incoming": "message from it",
    "callbacks": "callback",
    "consents": "proof of consent",
    "audiences": "stored list",
    "written_lists": "list of a campaign that is being written",
    "differences": "row of a reconciliation",
    "suppression_ended": "ended entry of the suppression list",
}
#: Words whose plural is not made by an s at the end.
PLURALS: Final = {
    "number of a campaign": "numbers of campaigns",
    "message from it": "messages from it",
    "plan with a text to it": "plans with a text to it",
    "proof of consent": "proofs of consent",
    "row of a reconciliation": "rows of reconciliations",
    "entry of the suppression list": "entries of the suppression list",
    "ended entry of the suppression list": "ended entries of the suppression list",
}

app = typer.Typer(no_args_is_help=True, help="Show what is kept of one number, and erase it on request.")

Phone = Annotated[str, typer.Argument(metavar="PHONE", help="The number, as people write it.")]


@app.command()
def show(phone: Phone, json: Json = False) -> None:
    """Show everything that is kept of a number: campaigns, passwords (never their texts), what it sent, consents, refusals.

    Example: loa subscriber show 0900000001 --json
    """
    with runtime.opened() as loa:
        found = subscribers.show(loa.deps, phone)
    if json:
        console.document(found)
        return
    for name in ("campaigns", "otps", "incoming", "consents", "audiences", "suppression", "erasures"):
        console.answer(f"{name}: {len(found[name])}", style="bold")
        for one in found[name]:
            if name != "erasures":
                console.answer(f"  {_facts(one)}")
                continue
            console.answer(f"  {one['erased_at']}: {_counted(one['counts'], ERASED)} erased")
            for kept in one["kept"]:
                console.answer(f"    kept without the number: {_facts(kept)}")


@app.command()
def erase(
    phone: Phone,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without, what would be erased is only shown.")] = False,
    json: Json = False,
) -> None:
    """Erase a number's data. A number that refused ads stays suppressed; ended entries and consents stay as a keyed hash.

    Example: loa subscriber erase 0900000001 --yes
    """
    with runtime.opened() as loa:
        if not yes:
            found = subscribers.show(loa.deps, phone)
            console.say("Nothing was erased: add --yes to do it.")
            counts = {name: len(found[name]) for name in KEPT}
            console.document(counts) if json else console.answer(f"Kept of it: {_counted(counts, KEPT)}.")
            raise typer.Exit(1)
        done = subscribers.erase(loa.deps, phone)
    if json:
        console.document({"erased": done.counts, "still_suppressed": done.still_suppressed})
        return
    console.answer(f"{_counted(done.counts, ERASED)} erased.".capitalize(), style="bold")
    if done.still_suppressed:
        console.answer("The number stays on the suppression list, so that its refusal is honoured.")


def _facts(one: dict[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in one.items() if value not in (None, "", {}))


def _counted(counts: dict[str, int], words: dict[str, str]) -> str:
    said = [
        console.plural(number, words.get(name, name), PLURALS.get(words.get(name, name), ""))
        for name, number in counts.items()
        if number
    ]
    return ", ".join(said) or "nothing"


@app.command()
def failing(
    days: Annotated[int, typer.Option(min=1, help="Over at least so many days.")] = failing_numbers.SPAN.days,
    times: Annotated[int, typer.Option(min=1, help="At least so often.")] = failing_numbers.TIMES,
    csv: Annotated[str, typer.Option(metavar="FILE", help="Write them to a file; - is stdout.")] = "",
    json: Json = False,
) -> None:
    """Propose numbers for removal: campaigns to them failed for months, so they may belong to somebody else by now.

    Nothing is changed. Example: loa subscriber failing --csv dead.csv
    """
    span = timedelta(days=days)
    with runtime.opened(reads=True) as loa:
        if csv:
            with files.whole(csv) as file:
                lines = failing_numbers.write(loa.deps, file, times, span)
            console.say(f"{console.plural(lines, 'number')} written.")
            return
        found = list(failing_numbers.proposed(loa.deps, times, span))
    if json:
        console.document({"numbers": found})
        return
    console.answer(
        f"{console.plural(len(found), 'number')} failed {times} times or more over {days} days.", style="bold"
    )
    for one in found[:SHOWN]:
        console.answer(
            f"  {one['phone']}  {one['failures']} failures from {one['first_failed']} to {one['last_failed']}"
        )
    if len(found) > SHOWN:
        console.answer("All of them: --csv FILE")
