"""Is every guard needed? Dropped in a copy of the tree, each has to turn a test red: `python -m tests.reliability.mutations`.

A mutation is one term of a WHERE, or one condition, written so that it no longer guards. Prints a table of guard, and of the
first test that noticed; exit code 1 when one survives. Words choose: `... mutations claim halt` tries those alone.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
BATCHES, CAMPAIGNS = "worker/storage/batches.py", "worker/storage/campaigns.py"
SINGLES, PLACEMENTS = "worker/storage/singles.py", "worker/storage/placements.py"
FREQUENCY, LOOKUP = "worker/storage/frequency.py", "worker/storage/lookup.py"
TURNS = "worker/storage/turns.py"
SEND, WIRE = "worker/services/send.py", "worker/providers/wire.py"
#: Each guard alone; then what each area has besides.
DIRECT = "tests/reliability/test_guards.py"
LISTS = ("tests/services/test_send.py", "tests/services/test_states_machine.py")
CALLS = ("tests/services/test_singles.py", "tests/services/test_states_machine.py")
PUSHES = ("tests/services/test_push.py",)
RULES = ("tests/services/test_policy.py", "tests/services/test_suppress.py")
CALLED = ("tests/providers/test_wire.py", "tests/providers/test_no_repeats.py")
DOUBTS = ("tests/services/test_lookup.py", "tests/services/test_states_machine.py", "tests/services/test_faults.py")


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


MUTATIONS = (
    # The claim, and what is asked before it.
    dropped("claim", "            col(Batch.state).in_(sources(BATCH_NEXT, BatchState.SENDING)),\n"),
    dropped("claim", "            col(Batch.not_before) <= now,\n"),
    dropped("lock_due", "col(Batch.state) == BatchState.PLANNED, "),
    dropped("lock_due", ", col(Batch.not_before) <= now"),
    dropped("lock_due", "skip_locked=True"),
    dropped("hold_sending", ", col(Campaign.status) == CampaignStatus.SENDING", CAMPAIGNS),
    dropped("hold_sending", ".with_for_update(read=True)", CAMPAIGNS, tests=("tests/services/test_send.py",)),
    dropped("send_list", " and account.hours(seen.kind).contains(now)", SEND),
    dropped("send_list", "now <= attempt.began_at + CALL_WITHIN and ", SEND),
    dropped("_claim", "if not wait_for_window(deps, account, seen.kind):", SEND, new="if False:"),
    # The record of an answer.
    dropped("record", "col(Batch.attempts) == attempt.number, "),
    dropped("record", ", col(Batch.state).in_(movable)"),
    dropped("move", ", col(Batch.state).in_(sources(BATCH_NEXT, to))"),
    dropped("doubted", "            col(Attempt.number) < before,\n"),
    dropped("doubted", "col(Attempt.outcome).is_(None), "),
    dropped(
        "_write",
        "if outcome in DEFINITE_REFUSALS and batches.doubted(session, attempt.batch_id, attempt.number):",
        SEND,
        new="if False:",
    ),
    # Sweeps.
    dropped("expired", "col(Batch.state) == BatchState.SENDING, "),
    dropped("expired", ", col(Batch.lease_until) < now"),
    dropped("due", "and_(col(Batch.state) == BatchState.PLANNED, ", TURNS, new="and_("),
    dropped("due", ", col(Batch.not_before) <= now", TURNS),
    dropped("due", ", silent)", TURNS, new=")"),
    dropped("due", "        col(Campaign.status) == CampaignStatus.SENDING,\n", TURNS),
    dropped(
        "postpone_due",
        ", col(Batch.not_before) <= now, col(Batch.campaign_id).in_(mine)",
        new=", col(Batch.campaign_id).in_(mine)",
    ),
    dropped("to_poll", "col(Batch.state) == BatchState.ACCEPTED, "),
    dropped("cancel_planned", ", col(Batch.state) == BatchState.PLANNED"),
    dropped("forget_rings", ", col(Batch.state) == BatchState.PLANNED"),
    # Campaigns.
    dropped("advance", ", col(Campaign.status).in_(allowed)", CAMPAIGNS),
    dropped("advance", "if only_from is not None:", CAMPAIGNS, new="if False:"),
    dropped("halt", "            col(Campaign.provider) == provider,\n", CAMPAIGNS),
    dropped(
        "halt",
        "            or_(col(Campaign.resumed_at).is_(None), col(Campaign.resumed_at) < call_began),\n",
        CAMPAIGNS,
    ),
    dropped("begin_due", "            due,\n", CAMPAIGNS),
    # Numbers that are called one by one.
    dropped("keep_claim", ", col(Batch.attempts) == number", SINGLES, CALLS),
    dropped("keep_claim", ", col(Batch.state) == BatchState.SENDING", SINGLES, CALLS),
    dropped("intend", " AND state IS NULL", SINGLES, CALLS),
    dropped("uncalled", "\n        .where(col(Recipient.state).is_(None))", SINGLES, CALLS),
    dropped("note", " AND r.state IN ('sending', 'unknown')", SINGLES, CALLS),
    dropped("abandon", "\n            \" AND state = 'sending'\"", SINGLES, CALLS),
    dropped("cancel_left", '\n                " AND state IS NULL"', SINGLES, CALLS),
    dropped("note_told", " AND r.state IN ('accepted', 'failed')", SINGLES, CALLS),
    # Pushes.
    dropped(
        "take_turn",
        "or_(col(Placement.pushing).is_(None), col(Placement.lease_until) < now)",
        PLACEMENTS,
        PUSHES,
        new="True",
    ),
    dropped("end_turn", ", col(Placement.pushing) == batch_id", PLACEMENTS, PUSHES),
    dropped("advance", ", col(Placement.state).in_(sources(PLACEMENT_NEXT, to))", PLACEMENTS, PUSHES),
    dropped("doubt_expired", ", col(Placement.lease_until) < now", PLACEMENTS, PUSHES),
    dropped("repeat", ", col(Batch.state) == BatchState.UNKNOWN", PLACEMENTS, PUSHES),
    dropped("lone_doubts", "            col(Placement.push_by) > now,\n", PLACEMENTS, PUSHES),
    dropped("lone_doubts", "            col(Batch.state) == BatchState.UNKNOWN,\n", PLACEMENTS, PUSHES),
    # How many ads a number gets.
    dropped(
        "_RESERVE",
        " WHERE (SELECT count(*) FROM unnest(known.times) AS t WHERE t > :after AND t < :before) < :most",
        FREQUENCY,
        RULES,
    ),
    dropped("_RESERVE", "t > :after AND ", FREQUENCY, RULES),
    dropped("_RESERVE", " AND t < :before", FREQUENCY, RULES),
    # Doubts that are looked up.
    dropped("take", ", ~fresh, recent", LOOKUP, DOUBTS, new=", recent"),
    dropped("take", "col(Batch.state) == BatchState.UNKNOWN, ", LOOKUP, DOUBTS),
    dropped("_update", "\n        .where(col(Batch.attempts) == doubt.attempts)", LOOKUP, DOUBTS),
    dropped("_update", ", col(Batch.state) == BatchState.UNKNOWN", LOOKUP, DOUBTS),
    dropped("call_again", " AND state = 'unknown'", LOOKUP, DOUBTS),
    dropped("_may_go", "if may_repeat(doubtful[0][0], now):", SEND, DOUBTS, new="if True:"),
    # Calls.
    dropped("_once", "raise _translated(error) from None", WIRE, CALLED, new="raise"),
    dropped("_hear_of_ends", "await asyncio.sleep(0)", WIRE, CALLED, new="pass"),
)


def mutate(source: str, mutation: Mutation) -> str:
    """The source with that guard gone; raises LookupError when it does not stand there (any more)."""
    found = re.search(
        rf"^(?:(?:async )?def {mutation.function}\(|{mutation.function}: Final).*?(?=^(?:async def|def|class|@|#|[A-Z_])|\Z)",
        source,
        re.MULTILINE | re.DOTALL,
    )
    if found is None or mutation.old not in found[0]:
        raise LookupError(f"{mutation.file} has no {mutation.guard!r}")
    changed = found[0].replace(mutation.old, mutation.new, 1)
    return source[: found.start()] + changed + source[found.end() :]


def noticed(tree: Path, tests: tuple[str, ...]) -> str:
    """The first test that turns red in a tree; empty when none does."""
    present = [test for test in (DIRECT, *tests) if (tree / test).exists()]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider", "--tb=no", "-rfE", "--durations=0", *present],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        check=False,
        timeout=1200,
    )
    red = re.search(r"^(?:FAILED|ERROR) \S*?::(\S+)", done.stdout, re.MULTILINE)
    if done.returncode and not red:
        raise RuntimeError(done.stdout[-2000:] + done.stderr[-2000:])
    return red[1] if red else ""


def main(words: list[str]) -> int:
    """Try the chosen mutations; how the process ends."""
    survived = 0
    chosen = [one for one in MUTATIONS if not words or one.function in words]
    sys.stdout.write("| guard dropped | noticed by |\n|---|---|\n")
    with tempfile.TemporaryDirectory(prefix="mutations-") as folder:
        tree = Path(folder) / "loa"
        left_out = shutil.ignore_patterns(".venv", ".git", "__pycache__", "var", ".*_cache", ".hypothesis")
        shutil.copytree(ROOT, tree, ignore=left_out)
        for mutation in chosen:
            path = tree / mutation.file
            whole = path.read_text(encoding="utf-8")
            try:
                path.write_text(mutate(whole, mutation), encoding="utf-8")
                red = noticed(tree, mutation.tests)
            except LookupError as gone:
                red = f"**{gone}**"
                survived += 1
            finally:
                path.write_text(whole, encoding="utf-8")
            survived += not red
            sys.stdout.write(f"| `{mutation.guard}` | {red or '**nobody**'} |\n")
            sys.stdout.flush()
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
