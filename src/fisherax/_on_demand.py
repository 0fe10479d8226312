"""A package whose public names are imported when the first of them is asked for (PEP 562)."""

import importlib
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
        # Python asks for __path__, __wrapped__ and their like; a submodule is found by importing it.
        if not name.startswith("_"):
            try:
                public = names()
            except ImportError:  # asked for by a module that the names come from, while it is being imported
                return importlib.import_module(f"{package}.{name}")
            if name in public:
                setattr(sys.modules[package], name, public[name])
                return public[name]
            if f"{package}.{name}" in sys.modules:  # a folder that importing the names has imported
                return sys.modules[f"{package}.{name}"]
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    def listed() -> list[str]:
        return sorted(names())

    return find, listed
