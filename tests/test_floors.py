"""The house of DESIGN.md: imports only run downwards, neighbours do not know each other, nothing runs strange code."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "striate"
FLOORS: tuple[tuple[str, ...], ...] = (
    ("errors", "kinds"),
    ("notation", "records", "recipe", "runtime"),
    ("recipes", "reference", "kernels", "report"),
    ("layers", "data"),
    ("models", "tasks"),
    ("checkpoint",),
    ("predict", "evaluate", "explain", "export"),
    ("train",),
    ("tune", "scale"),
    ("serve",),
    ("cli",),
    ("__init__",),
    ("__main__",),
)
FLOOR_OF = {part: floor for floor, parts in enumerate(FLOORS) for part in parts}
FILES = sorted(PACKAGE.rglob("*.py"))
VERSION = "__version__"  # a fact about the whole house, which every floor may read
TORCHLESS = ("errors", "kinds", "notation", "records", "recipe", "recipes", "report")
VAGUE = {"utils", "util", "common", "base", "helpers", "helper", "misc"}
UNSAFE_MODULES = {"pickle", "cPickle", "_pickle", "cloudpickle", "dill", "joblib", "shelve", "marshal"}
UNSAFE_FUNCTIONS = {"torch.load", "torch.save"}  # safe only in full, where their words can be seen
UNSAFE_NAMES = {"eval", "exec", "compile", "__import__"}
each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def part_of(path: Path) -> str:
    """The part of the house that a file belongs to: the name right below striate."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Every module that a file imports, anywhere in it, with the line: absolute, `from a import b` as `a.b`."""
    package = ("striate", *path.relative_to(PACKAGE).parts[:-1])
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) + 1 - node.level] if node.level else ()
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{module}.{name.name}") for name in node.names)


def calls(path: Path) -> Iterator[tuple[ast.Call, str]]:
    """Every call in a file with what is called, as it is written: `print`, `torch.load`."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            yield node, ast.unparse(node.func)


def houses(path: Path) -> Iterator[tuple[int, str]]:
    """The parts of the house that a file imports, with the line; its own part left out."""
    for line, module in imports(path):
        top, _, rest = module.partition(".")
        if top == "striate" and rest != VERSION:
            part = rest.partition(".")[0]
            part = part if part in FLOOR_OF else "__init__"  # a name that only the facade can give
            if part != part_of(path):
                yield line, part


def test_every_part_has_a_floor() -> None:
    found = {part_of(path) for path in FILES}
    assert found <= set(FLOOR_OF), f"give {found - set(FLOOR_OF)} a floor, here and in DESIGN.md"


@each_file
def test_imports_run_downwards(path: Path) -> None:
    floor = FLOOR_OF[part_of(path)]
    wrong = [f"line {line}: {part}" for line, part in houses(path) if FLOOR_OF[part] >= floor]
    assert not wrong, f"{part_of(path)} stands on floor {floor} and may not import {wrong}"


def test_the_check_sees_what_it_must_see(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Upward, sideways, relative, inside functions, through the facade; and only those."""
    monkeypatch.setitem(globals(), "PACKAGE", tmp_path)
    file = tmp_path / "layers" / "new.py"
    file.parent.mkdir()
    file.write_text(
        "import striate.train\n"
        "from striate import data, __version__\n"
        "def f():\n"
        "    from ..models import zoo\n"
        "    from striate import load\n"
        "from . import table\n"
        "from striate.layers.table import make\n"
        "import numpy.striate\n"
    )
    assert sorted(houses(file)) == [(1, "train"), (2, "data"), (4, "models"), (5, "__init__")]


@pytest.mark.parametrize("part", TORCHLESS)
def test_parts_that_draw_or_describe_import_no_torch(part: str) -> None:
    for path in [path for path in FILES if part_of(path) == part]:
        wrong = [line for line, module in imports(path) if module.partition(".")[0] in ("torch", "torchvision")]
        assert not wrong, f"{path} imports torch in lines {wrong}"


@each_file
def test_files_stay_readable(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400
    assert not VAGUE & set(path.relative_to(PACKAGE).with_suffix("").parts), "a helper earns a noun's name"


@each_file
def test_modules_say_what_they_are(path: Path) -> None:
    assert ast.get_docstring(tree(path))


@each_file
def test_nothing_can_run_code_from_a_file(path: Path) -> None:
    wrong = [f"line {line}: {name}" for line, name in imports(path) if name.partition(".")[0] in UNSAFE_MODULES]
    wrong += [f"line {line}: {name}" for line, name in imports(path) if name in UNSAFE_FUNCTIONS]
    wrong += [f"line {node.lineno}: {name}" for node, name in calls(path) if _is_unsafe(node, name)]
    assert not wrong


def _is_unsafe(node: ast.Call, name: str) -> bool:
    given = {word.arg: ast.unparse(word.value) for word in node.keywords}
    if name == "torch.load":
        return given.get("weights_only") != "True"
    return name in UNSAFE_NAMES or name == "torch.save" or given.get("allow_pickle", "False") != "False"


@pytest.mark.parametrize(
    ("text", "unsafe"),
    [
        ("eval(x)", True),
        ("model.eval()", False),
        ("re.compile(x)", False),
        ("exec(x)", True),
        ("torch.load(x)", True),
        ("torch.load(x, weights_only=False)", True),
        ("torch.load(x, weights_only=True)", False),
        ("torch.save(x, y)", True),
        ("np.load(x, allow_pickle=True)", True),
        ("np.load(x, allow_pickle=False)", False),
        ("np.load(x)", False),
    ],
)
def test_unsafe_calls_are_told_from_safe_ones(text: str, unsafe: bool) -> None:
    call = ast.parse(text, mode="eval").body
    assert isinstance(call, ast.Call)
    assert _is_unsafe(call, ast.unparse(call.func)) == unsafe


@each_file
def test_only_the_command_line_prints(path: Path) -> None:
    if part_of(path) in ("cli", "__main__"):
        return
    wrong = [node.lineno for node, name in calls(path) if name in ("print", "sys.stdout.write", "pprint.pprint")]
    assert not wrong, f"prints in lines {wrong}"


@pytest.mark.parametrize("module", ["striate", *(f"striate.{part}" for part in TORCHLESS)])
def test_import_loads_no_torch(module: str) -> None:
    code = f"import sys, {module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
