"""What the README and the docstrings show is what happens."""

import doctest
import importlib
import pathlib
import pkgutil
import re

import pytest

import fisherax

ROOT = pathlib.Path(__file__).parents[1]
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def modules():
    for info in pkgutil.walk_packages(fisherax.__path__, "fisherax."):
        if not info.name.endswith("__main__"):
            yield info.name


def examples(name):
    module = importlib.import_module(name)
    return [test for test in doctest.DocTestFinder(recurse=True).find(module, name) if test.examples]


@pytest.mark.parametrize("name", sorted(modules()))
def test_the_examples_of_docstrings_run(name):
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    for test in examples(name):
        if test.globs.get("__name__") == name:
            out = []
            runner.run(test, out=out.append)
            assert runner.summarize(verbose=False).failed == 0, "".join(out)


def test_the_readme_runs():
    text = (ROOT / "README.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert blocks
    source = "\n".join(blocks)
    test = doctest.DocTestParser().get_doctest(source, {}, "README", str(ROOT / "README.md"), 0)
    assert len(test.examples) >= 8
    out = []
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    runner.run(test, out=out.append)
    assert runner.summarize(verbose=False).failed == 0, "".join(out)


def test_the_readme_names_files_that_exist():
    text = (ROOT / "README.md").read_text()
    for target in re.findall(r"\]\(((?!https?:)[^)#]+)", text):
        assert (ROOT / target).exists(), f"README links to {target}, which is not there"


def test_the_makefile_has_the_targets_that_the_readme_names():
    makefile = (ROOT / "Makefile").read_text()
    for target in set(
        re.findall(r"^make (\w+)|`make (\w+)`", (ROOT / "README.md").read_text(), re.MULTILINE)
    ):
        name = "".join(target)
        assert re.search(rf"^{name}:", makefile, re.MULTILINE), f"no target {name}"
