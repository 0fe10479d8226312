"""The house keeps its own rules: layers, small files, one way in."""

import ast
import importlib
import importlib.util
import pathlib
import subprocess
import sys

import pytest

import fisherax

ROOT = pathlib.Path(fisherax.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
HOUSE = pathlib.Path(__file__).parents[1]
BESIDE = sorted(path for folder in ("tests", "benchmarks") for path in (HOUSE / folder).rglob("*.py"))

# A folder imports only from folders that stand before it.
LAYERS = [
    "_on_demand",
    "_types",
    "_tree",
    "_warnings",
    "_precision",
    "_numbers",
    "models",
    "capture",
    "operators",
    "information",
    "geometry",
    "inference",
    "bayes",
    "selection",
    "optimize",
    "learning",
    "spectrum",
    "plotting",
    "data",
    "report",
    "cli",
]


def layer(path: pathlib.Path) -> str:
    first = path.relative_to(ROOT).parts[0]
    return first.removesuffix(".py")


def imported_modules(path: pathlib.Path) -> list[str]:
    """Absolute dotted names of the fisherax modules that a file imports, anywhere in it."""
    package = ["fisherax", *path.relative_to(ROOT).with_suffix("").parts]
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level] if node.level else []
            module = ".".join([*base, node.module or ""]).rstrip(".")
            found += [f"{module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_folder_imports_only_from_folders_above_it(path):
    here = layer(path)
    if here in ("__init__", "__main__", "_public"):
        return
    assert here in LAYERS, f"{here} has no place in the order of layers"
    for module in imported_modules(path):
        if not module.startswith("fisherax."):
            continue
        there = module.split(".")[1]
        if there in LAYERS and there != here:
            assert LAYERS.index(there) < LAYERS.index(here), f"{path.name} imports upwards: {module}"


def is_one_idea(path):
    text = path.read_text()
    assert len(text.splitlines()) <= 300, "a file over 300 lines is two ideas"
    assert path.stem not in ("utils", "helpers", "misc")
    if text.strip():
        assert ast.get_docstring(ast.parse(text)), "every file says what it is"


@pytest.mark.parametrize("path", BESIDE, ids=lambda p: str(p.relative_to(HOUSE)))
def test_a_test_is_one_idea_too(path):
    is_one_idea(path)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_is_one_idea(path):
    is_one_idea(path)
    text = path.read_text()
    assert "jax._src" not in text
    if path.name != "_types.py":
        assert "__all__" not in text


def test_the_public_names_of_the_contract_exist():
    names = (
        "Family Mixture Conditional heads fisher Metric pullback kl Exact MonteCarlo Empirical Observed Dense "
        "Diagonal BlockDiagonal ScoreForm HessianForm KLForm fit cramer_rao_bound"
    ).split()
    assert [name for name in names if not hasattr(fisherax, name)] == []


FIRST = """
import importlib, sys
for module in ("build",):
    for name in [name for name in sys.modules if name.split(".")[0] == "fisherax"]:
        del sys.modules[name]
    importlib.import_module(f"fisherax.report.{module}")
"""


def test_a_module_may_be_the_first_that_is_imported():
    """Of the package whose names are imported on demand from modules that import each other."""
    done = subprocess.run([sys.executable, "-c", FIRST], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_public_name_of_a_module_is_that_module():
    for package in (fisherax, fisherax.data, fisherax.report):
        public = importlib.import_module(f"{package.__name__}._public")
        for name in dir(package):
            if importlib.util.find_spec(f"{package.__name__}.{name}") is not None:
                assert getattr(public, name) is importlib.import_module(f"{package.__name__}.{name}")
