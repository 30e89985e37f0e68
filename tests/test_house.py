"""The house stays readable: no import circle, and no module, function or folder that is too large.

Python is read with `ast`, the page's TypeScript with its own compiler (`maps/web/test/house.mjs`).
What is larger than it should be today stands in a list below. A list may be shortened; nothing
may be added to it, and nothing in it may grow.
"""

from __future__ import annotations

import ast
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePosixPath

import pytest

from hatch_build import npm

ROOT = Path(__file__).parents[1]
WEB = ROOT / "maps" / "web"
PACKAGES = ("dezone", "maps", "zones", "geodata")

MODULE_LINES = 600
FUNCTION_LINES = 60  # of code: from the first statement after the docstring to the last
PARAMETERS = 8
MODULES = 15  # of a folder, `__init__.py` left out

# Names of files and functions, not paths: whoever moves one need not change a list.
LARGE_MODULES: dict[str, int] = {}
LONG_FUNCTIONS: dict[str, int] = {}
WIDE_FUNCTIONS = {
    "check": 12,  # public: all that may be known of one incident, by keyword
}
FULL_FOLDERS: dict[str, int] = {}


@dataclass(frozen=True)
class Module:
    """One file: its path from the root, its lines, the modules that it imports, its functions."""

    path: str
    lines: int
    imports: frozenset[str]
    functions: tuple[Function, ...] = field(repr=False)


@dataclass(frozen=True)
class Function:
    """One function or method: lines of its body without the docstring, and parameters."""

    name: str
    lines: int
    parameters: int


# -- reading Python -----------------------------------------------------------------------------


@cache
def python() -> dict[str, Module]:
    """Return the modules of the four packages by dotted name."""
    paths = {_dotted(path): path for name in PACKAGES for path in _sources(ROOT / name, "*.py")}
    return {name: _read(name, path, paths) for name, path in paths.items()}


def _sources(folder: Path, pattern: str) -> Iterator[Path]:
    return (path for path in folder.rglob(pattern) if "node_modules" not in path.parts)


def _dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _read(name: str, path: Path, known: Mapping[str, Path]) -> Module:
    text = path.read_text("utf-8")
    tree = ast.parse(text)
    package = name if path.stem == "__init__" else name.rpartition(".")[0]
    imports = {module for node in ast.walk(tree) for module in _imported(node, package, known)}
    functions = tuple(
        Function(node.name, _length(node), _width(node.args))
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    return Module(
        path.relative_to(ROOT).as_posix(),
        len(text.splitlines()),
        frozenset(imports - {name}),
        functions,
    )


def _imported(node: ast.AST, package: str, known: Mapping[str, Path]) -> Iterator[str]:
    """Yield the modules of ours that a statement imports, wherever it stands."""
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            parts = package.split(".")
            base = ".".join([*parts[: len(parts) - node.level + 1], *base.split(".")]).strip(".")
        names = [f"{base}.{alias.name}" for alias in node.names]
    else:
        return
    for name in names:
        while name and name not in known:
            name = name.rpartition(".")[0]
        if name:
            yield name


def _length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return (node.end_lineno or 0) - body[0].lineno + 1 if body else 0


def _width(arguments: ast.arguments) -> int:
    names = [one.arg for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    return len(names) - (names[:1] in (["self"], ["cls"]))


# -- reading TypeScript -------------------------------------------------------------------------


@cache
def typescript() -> dict[str, Module]:
    """Return the modules of the page by their paths."""
    done = npm("run", "--silent", "house", folder=WEB)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    source = PurePosixPath("maps/web/src")
    return {
        str(source / path): Module(
            str(source / path),
            file["lines"],
            frozenset(str(source / other) for other in file["imports"]),
            tuple(Function(**one) for one in file["functions"]),
        )
        for path, file in json.loads(done.stdout).items()
    }


# -- the rules ----------------------------------------------------------------------------------


def circles(modules: Mapping[str, Module]) -> list[set[str]]:
    """Return the sets of modules each of which imports, in some steps, all the others."""
    reached: dict[str, set[str]] = {}
    for name in modules:
        found, waiting = set(), [name]
        while waiting:
            for other in modules[waiting.pop()].imports - found:
                if other in modules:
                    found.add(other)
                    waiting.append(other)
        reached[name] = found
    rings = {
        frozenset(other for other in found if name in reached[other])
        for name, found in reached.items()
        if name in found
    }
    return [set(ring) for ring in sorted(rings, key=sorted)]


def above(sizes: Iterable[tuple[str, int]], limit: int, today: Mapping[str, int]) -> list[str]:
    """Return what is larger than the limit, and than it is today where it is in that list."""
    return sorted(
        f"{name}: {size} is more than {max(limit, today.get(name, 0))}"
        for name, size in sizes
        if size > max(limit, today.get(name, 0))
    )


def folders_of(modules: Iterable[Module]) -> Counter[str]:
    """Return how many modules each folder holds."""
    return Counter(
        str(PurePosixPath(module.path).parent)
        for module in modules
        if not module.path.endswith("__init__.py")
    )


def stale(sizes: Iterable[tuple[str, int]], limit: int, today: Mapping[str, int]) -> list[str]:
    """Return the names of a list of which nothing is above the limit any more."""
    large = {name for name, size in sizes if size > limit}
    return sorted(today.keys() - large)


@pytest.fixture(params=["python", "typescript"])
def house(request: pytest.FixtureRequest) -> dict[str, Module]:
    return {"python": python, "typescript": typescript}[request.param]()


def test_nothing_imports_itself_through_others(house):
    assert circles(house) == []


def test_no_module_is_too_large_to_be_read_in_one_go(house):
    sizes = [(PurePosixPath(module.path).name, module.lines) for module in house.values()]
    assert above(sizes, MODULE_LINES, LARGE_MODULES) == []


def test_no_function_is_longer_than_a_screen(house):
    sizes = [(one.name, one.lines) for module in house.values() for one in module.functions]
    assert above(sizes, FUNCTION_LINES, LONG_FUNCTIONS) == []


def test_no_function_has_more_parameters_than_one_remembers(house):
    sizes = [(one.name, one.parameters) for module in house.values() for one in module.functions]
    assert above(sizes, PARAMETERS, WIDE_FUNCTIONS) == []


def test_no_folder_has_more_modules_than_one_takes_in_at_a_glance(house):
    assert above(folders_of(house.values()).items(), MODULES, FULL_FOLDERS) == []


def test_no_exception_outlives_what_it_was_made_for():
    modules = [*python().values(), *typescript().values()]
    functions = [one for module in modules for one in module.functions]
    files = [(PurePosixPath(module.path).name, module.lines) for module in modules]
    assert stale(files, MODULE_LINES, LARGE_MODULES) == []
    assert stale([(one.name, one.lines) for one in functions], FUNCTION_LINES, LONG_FUNCTIONS) == []
    assert (
        stale([(one.name, one.parameters) for one in functions], PARAMETERS, WIDE_FUNCTIONS) == []
    )
    assert stale(folders_of(modules).items(), MODULES, FULL_FOLDERS) == []


def _unimported(tree: ast.Module, parts: frozenset[str]) -> Iterator[str]:
    """Yield what is used as `pa.PART` where no import of that part can have run before."""
    outer = [node for node in tree.body if not isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    for top in tree.body:
        nodes = [*ast.walk(top), *(one for node in outer for one in ast.walk(node))]
        named = {name.name for one in nodes if isinstance(one, ast.Import) for name in one.names}
        for node in ast.walk(top):
            match node:
                case ast.Attribute(value=ast.Name(id="pa"), attr=part) if part in parts:
                    if f"pyarrow.{part}" not in named:
                        yield f"{node.lineno}: pa.{part}"


def test_no_part_of_pyarrow_is_used_that_only_another_module_has_imported():
    parts = frozenset(("acero", "compute", "csv", "dataset", "feather", "fs", "json", "parquet"))
    assert [*_unimported(ast.parse("def f():\n    import pyarrow as pa\n    pa.fs"), parts)]
    files = [path for name in PACKAGES for path in sorted((ROOT / name).rglob("*.py"))]
    found = [(path.name, one) for path in files if "node_modules" not in path.parts
             for one in _unimported(ast.parse(path.read_text()), parts)]  # fmt: skip
    assert found == []


# -- the rules can be broken --------------------------------------------------------------------


def test_an_import_within_a_function_or_for_types_closes_a_circle(tmp_path):
    texts = {
        "a": "def late():\n    from b import one\n",
        "b": "if TYPE_CHECKING:\n    import c\n",
        "c": "import a, d\n",
        "d": "import json\n",
    }
    found = {}
    for name, text in texts.items():
        tree = ast.parse(text)
        names = {
            one for node in ast.walk(tree) for one in _imported(node, "", dict.fromkeys(texts))
        }
        found[name] = Module(name, 1, frozenset(names), ())
    assert circles(found) == [{"a", "b", "c"}]


def test_what_is_too_large_is_named_and_what_is_listed_may_not_grow():
    sizes = [("a.py", 601), ("b.py", 700), ("c.py", 601), ("d.py", 600)]
    assert above(sizes, 600, {"b.py": 700, "c.py": 600}) == [
        "a.py: 601 is more than 600",
        "c.py: 601 is more than 600",
    ]
    assert stale(sizes, 600, {"b.py": 700, "d.py": 650, "gone.py": 700}) == ["d.py", "gone.py"]


def test_the_page_is_measured_by_its_own_compiler():
    front = typescript()["maps/web/src/page.ts"]
    assert front.lines > 20
    assert front.imports
    assert any(one.lines and one.parameters for one in front.functions)
