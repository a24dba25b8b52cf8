"""The house keeps its own rules: what is written down agrees with the code, and stays so."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from sqlalchemy import LargeBinary

from scheduler.app import app as celery
from scheduler.sweeps import SWEEPS
from worker import config
from worker.queues import Queue, send_queue
from worker.services.operations.reseal import STORES
from worker.storage.tables import METADATA
from worker.supervisor import read_procfile

ROOT = Path(__file__).parent.parent
#: Columns of bytes that hold nothing sealed: what providers called back, as it came.
#: What providers sent, and hashes, which nobody opens.
NOT_SEALED = {
    *(("callback", "query"), ("callback", "body"), ("incoming_message", "query"), ("incoming_message", "body")),
    *(("erasure", "hash"), ("otp_code", "hash"), ("upload_piece", "data"), ("form_piece", "data")),
}
SOURCES = sorted([*(ROOT / "worker").rglob("*.py"), *(ROOT / "scheduler").rglob("*.py")])


def test_every_setting_stands_in_the_example_with_its_sentence():
    example = (ROOT / "deploy/env.example").read_text()
    for variable, (_, sentence) in config.variables().items():
        assert re.search(rf"^#? ?{variable}=", example, re.MULTILINE), f"{variable} is not in deploy/env.example"
        assert sentence in example, f"the sentence of {variable} in deploy/env.example is out of date"


def test_every_variable_of_the_example_is_a_setting():
    found = set(re.findall(r"^#? ?(LOA_\w+)=", (ROOT / "deploy/env.example").read_text(), re.MULTILINE))
    assert found == set(config.variables())


def test_every_setting_stands_in_the_reference():
    listed = (ROOT / "docs/reference/settings.md").read_text()
    missing = [variable for variable in config.variables() if f"`{variable}`" not in listed]
    assert missing == []


def test_every_setting_has_a_sentence():
    assert [name for name, (_, sentence) in config.variables().items() if not sentence.endswith(".")] == []


def test_the_queues_of_the_procfile_are_the_queues_of_the_code():
    commands = read_procfile(ROOT / "Procfile").values()
    consumed = [
        queue for command in commands for queue in ",".join(re.findall(r" -Q (\S+)", command)).split(",") if queue
    ]
    assert sorted(consumed) == sorted([*Queue, *map(send_queue, config.load().accounts)])


def test_every_sweep_is_a_task_and_every_task_has_a_name_of_ours():
    celery.loader.import_default_modules()
    ours = {name for name in celery.tasks if not name.startswith("celery.")}
    assert {sweep.task for sweep in SWEEPS} <= ours
    assert all(name.startswith("loa.") for name in ours)


CLOCKS = re.compile(
    r"datetime\.(now|utcnow|today)\(|date\.today\(|time\.time\(|time\.time_ns\(|\bCURRENT_TIMESTAMP\b|\bnow\(\)\s*[-+]|func\.now\("
)


def where(wrong: Callable[[Path], object], allowed: Sequence[str] = ()) -> list[str]:
    """The files of ours, by their path, that are wrong and not allowed to be."""
    paths = [(path, str(path.relative_to(ROOT))) for path in SOURCES]
    return [name for path, name in paths if not name.startswith(tuple(allowed)) and wrong(path)]


def test_only_the_clock_asks_what_time_it_is():
    assert where(lambda path: CLOCKS.search(path.read_text()), ["worker/clock.py"]) == []


def test_a_file_is_short():
    assert where(lambda path: len(path.read_text().splitlines()) > 300) == []


def test_a_file_says_what_it_is_about():
    """By a statement: who looks a file up wants no riddle."""
    asks = re.compile(r"[^.!:;]*\?")
    said = {path: ast.get_docstring(ast.parse(path.read_text())) or "?" for path in SOURCES}
    assert where(lambda path: asks.match(said[path])) == []


def test_nothing_is_left_open():
    left = re.compile(r"\b(TODO|FIXME|XXX|raise NotImplementedError|task_always_eager)\b")
    assert where(lambda path: left.search(path.read_text())) == []


def test_only_wiring_and_its_callers_read_the_environment():
    reads = re.compile(r"os\.environ|getenv")
    assert where(lambda path: reads.search(path.read_text()), ["worker/config/", "worker/cli/"]) == []


def sentence_constants() -> set[str]:
    """The names of all constants that hold a sentence: three words or more, and no SQL, pattern or format."""
    found = set()
    for path in SOURCES:
        for node in ast.parse(path.read_text()).body:
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            value = getattr(node, "value", None)
            if isinstance(value, ast.Constant) and isinstance(value.value, str) and is_sentence(value.value):
                found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return found


def is_sentence(text: str) -> bool:
    words = text.split()
    sql = bool(words) and words[0].isupper() and words[0].isalpha() and len(words[0]) > 3
    return len(words) > 2 and not sql and all(re.fullmatch(r"[\w'’`.,;:()/-]+", word) for word in words)


#: What compares: a query is built of the operators and of these.
COMPARING = frozenset({"in_", "not_in", "like", "ilike", "startswith", "endswith", "contains", "is_", "is_not"})


def compared(tree: ast.AST) -> Iterator[ast.expr]:
    """Everything that stands in a comparison, in Python or in an expression of SQL, and in the patterns of a match."""
    for node in ast.walk(tree):
        match node:
            case ast.Compare():
                sides = [node.left, *node.comparators]
            case ast.Call(func=ast.Attribute(attr=name)) if name in COMPARING:
                sides = list(node.args)
            case ast.MatchValue():
                sides = [node.value]
            case _:
                continue
        for side in sides:
            yield from side.elts if isinstance(side, ast.Tuple | ast.List | ast.Set) else [side]


def test_no_sentence_is_compared():
    """What may be done next is decided by states, never by a sentence for people: rewording one changes no behaviour."""
    names = sentence_constants()
    assert len(names) > 20, "the constants are found at all"

    def by_sentence(node: ast.expr) -> bool:
        match node:
            case ast.Constant(value=str(text)):
                return is_sentence(text)
            case ast.Name(id=name) | ast.Attribute(attr=name):
                return name in names
        return False

    # A migration maps what older versions wrote; the log of PostgreSQL's own programs is read by their words.
    others = ["worker/storage/migrations/", "worker/engine/postgres.py"]
    assert where(lambda path: any(by_sentence(node) for node in compared(ast.parse(path.read_text()))), others) == []


def test_no_sentence_is_compared_in_a_file_of_sql():
    literal = re.compile(r"(?:=|<>|!=|\bIN\b\s*\(|\bLIKE\b)\s*'([^']*)'", re.IGNORECASE)
    files = [path for folder in ("worker", "scheduler") for path in (ROOT / folder).rglob("*.sql")]
    files += [path for path in SOURCES if "migrations" not in path.parts]
    found = {(path.name, text) for path in files for text in literal.findall(path.read_text()) if is_sentence(text)}
    assert found == set()


#: Methods of adapters that cost money or reach a phone.
SENDING = {
    "send_ads", "send_message", "send_template", "create_campaign", "push", "cancel",
    "call_template", "call_record", "call_otp", "send_zalo", "send_viber", "send_multichannel", "send_zalo_bulk",
    "send_code", "check_code",
}  # fmt: skip


def test_only_one_function_calls_what_costs_money():
    """Services reach an adapter's sending methods through `services/calling/call.py` alone; commands by hand hand it over."""
    found = {}
    for source in SOURCES:
        where = str(source.relative_to(ROOT))
        # The client asks Loa by HTTP; its methods only sound alike.
        if where.startswith(("worker/providers/", "worker/sandbox/", "worker/client/")):
            continue
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SENDING:
                found.setdefault(where, set()).add(ast.unparse(node.func))
    assert set(found) == {
        "worker/services/calling/call.py",
        "worker/cli/campaign/commands.py",
        "worker/cli/direct/call.py",
        "worker/cli/direct/messages.py",
        "worker/api/guard.py",
        "worker/api/together.py",
        *(["worker/api/campaigns.py"] if "worker/api/campaigns.py" in found else []),
    }
    # Timers of the event loop.
    assert found["worker/api/guard.py"] == {"self._timer.cancel", "self._reader.cancel"}
    assert found["worker/api/together.py"] == {"late.cancel"}
    # A campaign is cancelled by a service of that name, which is no adapter.
    assert found["worker/cli/campaign/commands.py"] == {"control.cancel"}
    assert found.get("worker/api/campaigns.py", {"control.cancel"}) == {"control.cancel"}
    # Each is a lambda that `services/calling/by_hand.py` is given.
    for where in ("worker/cli/direct/call.py", "worker/cli/direct/messages.py"):
        assert {name.partition(".")[0] for name in found[where]} == {"esms"}


def test_migrations_stand_in_one_line():
    """Two that were written at the same time after the same one would leave a database that cannot be built."""
    found = sorted((ROOT / "worker/storage/migrations/versions").glob("0*.py"))
    told = [
        dict(re.findall(r'^(revision|down_revision) = (?:"(\w+)"|None)', path.read_text(), re.MULTILINE))
        for path in found
    ]
    names = [path.name.partition("_")[0] for path in found]
    assert [one["revision"] for one in told] == names
    assert [one["down_revision"] for one in told] == ["", *names[:-1]]


def test_arrows_point_one_way():
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_the_lock_has_hashes_and_names_no_index():
    lock = (ROOT / "requirements.lock").read_text()
    assert "://" not in lock
    pins = re.findall(r"^[a-z0-9-]+==", lock, re.MULTILINE)
    assert len(pins) > 50
    assert lock.count("--hash=sha256:") >= len(pins)


def test_the_lock_covers_what_the_project_asks_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    locked = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    names = {re.match(r"[A-Za-z0-9-]+", one)[0].lower() for one in asked}
    assert names <= locked


def test_the_kept_list_of_dependencies_is_that_of_the_lock():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    locked = dict(re.findall(r"^([a-z0-9-]+)==([^ ;\\\\]+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    direct = {name: locked[name] for one in asked if (name := re.match(r"[A-Za-z0-9-]+", one)[0].lower())}
    kept = re.findall(
        r"^\| ([a-z0-9-]+) \| ([^ ]+) \| [^ ]+ \| \d{4}-\d{2} \|",
        (ROOT / "docs/dependencies.md").read_text(),
        re.MULTILINE,
    )
    assert dict(kept) == direct, (
        "docs/dependencies.md is out of date: write the version, and when its newest was released"
    )


def test_whatever_is_stored_sealed_is_sealed_anew_when_the_key_changes():
    binary = {
        (table.name, column.name)
        for table in METADATA.sorted_tables
        for column in table.c
        if isinstance(column.type, LargeBinary)
    }
    known = {(store.table.__tablename__, store.column) for store in STORES}
    assert binary - NOT_SEALED == known


def test_the_map_of_the_architecture_is_the_tree():
    drawn = (ROOT / "ARCHITECTURE.md").read_text().partition("## The map")[2].split("```")[1]
    parents: list[str] = []
    mapped = set()
    for line in drawn.strip().splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        names = re.match(r"[\w/.]+(, [\w.]+)*", line.strip())
        assert names, line
        for name in names[0].split(", "):
            parents[depth:] = [name.rstrip("/")]
            path = ROOT.joinpath(*parents)
            assert path.exists() or path.with_suffix(".py").exists(), f"the map has {name}, and the tree has not"
            mapped.add(str(path.relative_to(ROOT)))
    rooms = [ROOT / "scheduler", *(ROOT / "worker").iterdir(), *(ROOT / "worker/services").iterdir()]
    packages = {str(room.relative_to(ROOT)) for room in rooms if (room / "__init__.py").exists()}
    assert packages - mapped == set(), "not on the map"
