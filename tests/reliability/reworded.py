"""Every sentence of Loa is another one: `pytest -p tests.reliability.reworded ...` runs any test so.

Where something is decided (services, storage, domain) each string that a person would read is changed while its module is
imported: constants, literals and the parts of f-strings, as an upgrade or a translation might. Migrations stay as they are, for
they map what older versions wrote.
"""

import ast
import re
import sys
from collections.abc import Iterator
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader

DECIDES = re.compile(r"worker\.(services|storage|domain)\b(?!.*\.migrations)")
#: SQL is written in capitals, whatever else stands in it.
SQL = re.compile(
    r"\b(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|ANALYZE|FROM|WHERE|SET|AND|OR|IS|NULL|IN|AS|ON|ORDER|GROUP|CASE|JOIN|WITH|FOR"
    r"|AT TIME ZONE|RETURNING|THEN|ELSE|END|BETWEEN|DISTINCT|EXISTS)\b"
)
WORDS = re.compile(r"[^\W\d_]{2,}[,.;:)]*(?:\s+[(]*[^\W\d_]{2,}[,.;:)]*){2,}")
changed: list[str] = []


def reworded(said: str) -> str:
    """The same for a person, another for a machine; what is no sentence stays."""
    if SQL.search(said) or not WORDS.search(said) or "%(" in said or "\\" in said:
        return said
    changed.append(said)
    return f"(nói cách khác) {said} (hết)"


class Rewording(ast.NodeTransformer):
    """Changes the strings of a module, but for its docstrings."""

    def __init__(self, tree: ast.Module) -> None:
        self._kept = {id(node) for node in _docstrings(tree)}

    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        if isinstance(node.value, str) and id(node) not in self._kept:
            node.value = reworded(node.value)
        return node


def _docstrings(tree: ast.Module) -> Iterator[ast.Constant]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value


class Loader(SourceFileLoader):
    """Compiles a module anew each time: what is cached says the old words."""

    def path_stats(self, path: str) -> dict[str, float]:  # type: ignore[override]
        raise OSError(path)

    def source_to_code(self, data, path, *, _optimize=-1):  # type: ignore[no-untyped-def, override]
        tree = ast.parse(data)
        return compile(Rewording(tree).visit(tree), path, "exec", dont_inherit=True, optimize=_optimize)


class Finder(MetaPathFinder):
    """Stands before all others."""

    def find_spec(self, fullname, path, target=None) -> ModuleSpec | None:  # type: ignore[no-untyped-def]
        spec = PathFinder.find_spec(fullname, path, target) if DECIDES.match(fullname) else None
        if spec is not None and spec.origin is not None:
            spec.loader = Loader(fullname, spec.origin)
        return spec


def pytest_report_header() -> str:
    return "every sentence is another one"


def pytest_unconfigure() -> None:
    sys.stdout.write(f"\nreworded sentences: {len(changed)}\n")


assert not any(DECIDES.match(name) for name in sys.modules), "it comes too late"
sys.meta_path.insert(0, Finder())
