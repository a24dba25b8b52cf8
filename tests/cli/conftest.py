"""One terminal for the folder, with a real embedded PostgreSQL that its commands find running."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal
from worker.engine import embedded

TEXT = "(QC) LOA giam 20% den het thang. Tu choi: soan TC gui 8755"


@pytest.fixture(scope="package")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    folder = tmp_path_factory.mktemp("terminal")
    with embedded.attach(folder / "var", need_redis=False):
        yield Terminal(folder, {})


@pytest.fixture
def people(tmp_path: Path) -> Callable[..., Path]:
    """Writes a list of so many made-up numbers, and whatever cells come after them."""

    def write(count: int, *more: str, name: str = "people.csv") -> Path:
        path = tmp_path / name
        cells = [f"090000{n:04}" for n in range(count)]
        path.write_text("phone\n" + "".join(f"{cell}\n" for cell in (*cells, *more)))
        return path

    return write


@pytest.fixture
def create(terminal: Terminal) -> Callable[..., list[str | Path]]:
    """The words of a good `campaign create`; `changes` replaces options, None leaves one out."""

    def words(list_: Path, **changes: str | None) -> list[str | Path]:
        options = {"provider": "esms", "sender": "LOA", "kind": "ads", "text": TEXT, "list": str(list_), **changes}
        given = [word for name, value in options.items() if value is not None for word in (f"--{name}", value)]
        # These tests share an installation, and many of them the same people and text.
        return ["campaign", "create", *given, "--again"]

    return words
