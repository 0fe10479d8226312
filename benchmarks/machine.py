"""What the figures were measured on."""

import datetime
import importlib.metadata
import os
import platform


def describe() -> str:
    versions = ", ".join(
        f"{name} {importlib.metadata.version(name)}"
        for name in ("jax", "numpy", "scipy", "statsmodels", "iminuit")
    )
    load = f"load average {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "load not known"
    return (
        f"{datetime.date.today()}, {os.cpu_count()} cores, {platform.machine()}, {load}; "
        f"Python {platform.python_version()}, {versions}"
    )
