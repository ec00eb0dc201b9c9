"""The shape of the house: what a linter does not know about this code, read from its syntax."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CORE = ROOT / "edgenode" / "core"
MODULE_LINES_MAX = 500  # aim for 150 to 250
FUNCTION_LINES_MAX = 60

# Modules that decide hold whole numbers only: libm differs between ARM and x86, and the node, the
# centre and an examiner must reach the same state.
DECIDING = ("edgenode/model", "edgenode/wire", "edgenode/core")
ESTIMATES = "edgenode/core/estimate/"  # may hold floats: what it proposes, integers decide

# What the pure core may take from outside: arithmetic, containers, types, hashing, text and
# calendars. `random` is for the class Random, seeded and passed in; ruff refuses the rest of it.
CORE_MAY_IMPORT = {
    "abc", "array", "base64", "bisect", "collections", "copy", "dataclasses", "datetime", "enum",
    "fractions", "functools", "hashlib", "heapq", "hmac", "itertools", "json", "math", "operator",
    "random", "re", "shlex", "statistics", "string", "struct", "types", "typing", "zlib",
    "edgenode.core", "edgenode.wire", "edgenode.model",
}  # fmt: skip


def modules(*places: str) -> list[Path]:
    """List the Python files at these places; a place not built yet holds none."""
    found = [ROOT / place for place in places]
    return sorted(p for f in found for p in ([f] if f.is_file() else f.rglob("*.py")))


def name(module: Path) -> str:
    return module.relative_to(ROOT).as_posix()


def nodes(module: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(module.read_text(), name(module)))


def imported(node: ast.AST) -> list[str]:
    match node:
        case ast.Import(names=aliases):
            return [alias.name for alias in aliases]
        case ast.ImportFrom(module=str(module), level=0):
            return [module]
        case ast.ImportFrom():
            return ["."]  # relative: on no list
        case _:
            return []


def is_float(node: ast.AST) -> bool:
    match node:
        case ast.Constant(value=float() | complex()) | ast.Name(id="float" | "complex"):
            return True
        case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
            return True
        case _:
            return False


@pytest.mark.parametrize("module", modules("edgenode", "tools", "tests"), ids=name)
def test_modules_and_functions_fit_on_a_few_screens(module: Path):
    lines = len(module.read_text().splitlines())
    assert lines <= MODULE_LINES_MAX, f"{name(module)} has {lines} lines: split it by noun or verb"
    for node in nodes(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            where = f"{name(module)}:{node.lineno} {node.name}"
            assert length <= FUNCTION_LINES_MAX, f"{where} has {length} lines"


@pytest.mark.parametrize(
    "module", [m for m in modules(*DECIDING) if not name(m).startswith(ESTIMATES)], ids=name
)
def test_modules_that_decide_hold_no_float(module: Path):
    found = [getattr(node, "lineno", 0) for node in nodes(module) if is_float(node)]
    assert not found, (
        f"{name(module)} uses a float or true division in lines {found}: use integers"
    )


@pytest.mark.parametrize("module", modules("edgenode/core"), ids=name)
def test_the_core_imports_only_what_is_pure(module: Path):
    wanted = {taken for node in nodes(module) for taken in imported(node)}
    allowed = {w for w in wanted for may in CORE_MAY_IMPORT if w == may or w.startswith(f"{may}.")}
    assert wanted <= allowed, f"{name(module)} imports {wanted - allowed}, not on the core's list"


@pytest.mark.parametrize("module", modules("edgenode/core"), ids=name)
def test_every_core_module_has_its_test(module: Path):
    if module.name != "__init__.py":
        mirror = ROOT / "tests" / "core" / module.relative_to(CORE).parent / f"test_{module.name}"
        assert mirror.is_file(), f"{name(module)} has no test: write {name(mirror)}"


def test_the_lists_above_name_what_exists():
    foreign = {may for may in CORE_MAY_IMPORT if not may.startswith("edgenode.")}
    assert foreign <= sys.stdlib_module_names
