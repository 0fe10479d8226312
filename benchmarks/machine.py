"""What the figures were measured on."""

import importlib.metadata
import os
import platform


def describe() -> str:
    versions = ", ".join(
        f"{name} {importlib.metadata.version(name)}"
        for name in ("jax", "numpy", "scipy", "statsmodels", "iminuit")
    )
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}; {versions}"
