"""What the README and the docstrings show is what happens."""

import doctest
import functools
import importlib
import inspect
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


# --- Every public name says what it takes, what it gives, and shows it. ---

PLACES = {
    "fx": fisherax,
    "fx.heads": fisherax.heads,
    "fx.links": fisherax.links,
    "fx.plot": fisherax.plot,
}
WITH_METHODS = {
    "fx.Fit": fisherax.Fit,
    "fx.Information": fisherax.Information,
    "fx.JeffreysPrior": fisherax.JeffreysPrior,
    "fx.Metric": fisherax.Metric,
}
CALLED = ("__call__",)
"""Methods that are public though their names begin with an underscore."""


def public_names():
    """Each public function, class and method by its name, and the class whose method it is."""
    found = {
        f"{place}.{name}": (thing, None)
        for place, module in PLACES.items()
        for name, thing in vars_of(module)
        if inspect.isfunction(thing) or inspect.isclass(thing)
    }
    for prefix, owner in WITH_METHODS.items():
        for name in dir(owner):
            if name.startswith("_") and name not in CALLED:
                continue
            thing = inspect.getattr_static(owner, name)
            home = next(base for base in owner.__mro__ if name in vars(base))
            if home.__module__.startswith("fisherax.") and is_documentable(thing):
                found[f"{prefix}.{name}"] = (thing, owner)
    return found


def vars_of(module):
    return [(name, getattr(module, name)) for name in dir(module) if not name.startswith("_")]


def is_documentable(thing):
    return inspect.isroutine(unwrapped(thing)) or is_property(thing)


def is_property(thing):
    return isinstance(thing, property | functools.cached_property)


def unwrapped(thing):
    """The function of a method that equinox or a decorator has wrapped."""
    return inspect.unwrap(getattr(thing, "method", thing))


def sections(doc):
    """The text of each section of a Google-style docstring, by its title."""
    parts = re.split(
        r"^(Args|Attributes|Returns|Yields|Raises|Warns|Examples|References):\n", doc, flags=re.MULTILINE
    )
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def named_in(*texts):
    """The parameters that sections describe; `a, b: ...` describes two."""
    entries = [entry for text in texts for entry in re.findall(r"^    (\w[\w, ]*):", text, re.MULTILINE)]
    return {name.strip() for entry in entries for name in entry.split(",")}


def parameters(thing):
    """The names of what a function, a method or a class takes."""
    taken = inspect.signature(thing).parameters
    return {name for name in taken if name not in ("self", "args", "kwargs")}


def faults(thing, owner=None):
    """What is missing in a docstring."""
    if is_property(thing):
        thing = thing.fget if isinstance(thing, property) else thing.func
        return [] if summary_of(thing) else ["no one-line summary"]
    thing = thing if inspect.isclass(thing) else unwrapped(thing)
    found = [] if summary_of(thing) else ["no one-line summary"]
    said = sections(inspect.getdoc(thing) or "")
    missing = parameters(thing) - named_in(said.get("Args", ""), said.get("Attributes", ""))
    if missing:
        found.append(f"Args: without {', '.join(sorted(missing))}")
    returns = inspect.isclass(thing) or inspect.signature(thing).return_annotation is None
    if not returns and not said.get("Returns", "").strip():
        found.append("no Returns:")
    shown = said.get("Examples", "")
    if owner is not None and f".{thing.__name__}(" in sections(inspect.getdoc(owner)).get("Examples", ""):
        shown = ">>>"
    if ">>>" not in shown:
        found.append("no Examples:")
    return found


def summary_of(thing):
    """The first paragraph of a docstring of its own, if it is one line; None if not."""
    doc = thing.__doc__ or ""
    first = inspect.cleandoc(doc).split("\n\n")[0]
    return first if first and "\n" not in first else None


@pytest.mark.parametrize("name", public_names())
def test_every_public_name_is_documented(name):
    assert faults(*public_names()[name]) == [], name


def test_a_docstring_without_its_sections_is_found_out():
    def half(a, b):
        """One line.

        Args:
            a: The first.
        """

    assert faults(half) == ["Args: without b", "no Returns:", "no Examples:"]


def test_the_public_names_are_those_that_one_thinks_of():
    names = set(public_names())
    assert {
        "fx.fit",
        "fx.Metric.__call__",
        "fx.Fit.profile",
        "fx.Information.solve",
        "fx.links.Logit",
    } <= names
    assert {
        "fx.plot.balls",
        "fx.heads.Gamma",
        "fx.Information.coordinates_matrix",
        "fx.Fit.deviance",
    } <= names


def test_links_are_all_that_their_module_shows():
    shown = dict(vars_of(fisherax.links))
    shown.pop("jaxtyping", None)  # put there by the import hook of the tests
    functions = {"as_link", "link_names"}
    assert functions <= set(shown)
    for name in set(shown) - functions:
        assert issubclass(shown[name], fisherax.links.Link), name


def test_every_public_name_has_an_entry_in_the_reference():
    text = "\n".join(path.read_text() for path in (ROOT / "docs/reference").glob("*.md"))
    entries = set(re.findall(r"^::: fisherax\.([\w.]+)", text, re.MULTILINE))
    homes = {"fx": "", "fx.heads": "heads.", "fx.links": "links.", "fx.plot": "plotting."}
    for place, module in PLACES.items():
        for name, thing in vars_of(module):
            if inspect.isfunction(thing) or inspect.isclass(thing):
                assert homes[place] + name in entries, f"{place}.{name} has no entry in docs/reference"
