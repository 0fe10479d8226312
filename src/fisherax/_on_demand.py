"""A package whose public names are imported when the first of them is asked for (PEP 562)."""

import importlib
import importlib.util
import sys
from collections.abc import Callable
from typing import Any


def on_demand(package: str, home: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` for a package whose names stand in its module `home`.

    Args:
        package: The package's name.
        home: The module in it that imports all public names.
    """

    def names() -> dict[str, Any]:
        module = importlib.import_module(f"{package}.{home}")
        return {name: value for name, value in vars(module).items() if not name.startswith("_")}

    def find(name: str) -> Any:
        # Python asks for __path__, __wrapped__ and their like.
        if not name.startswith("_"):
            # A submodule is that, whoever asks: `from . import words` in one that the names are imported from, too.
            if importlib.util.find_spec(f"{package}.{name}") is not None:
                return importlib.import_module(f"{package}.{name}")
            public = names()
            if name in public:
                setattr(sys.modules[package], name, public[name])
                return public[name]
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    def listed() -> list[str]:
        return sorted(names())

    return find, listed
