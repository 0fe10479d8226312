"""JAX as the command line wants it: float64, and compiled programs kept from one run to the next.

A fit's arithmetic takes milliseconds, compiling it seconds; a second run of the same kind of fit finds the
programs where the first one left them. FISHERAX_CACHE names another place, or, empty, none.
"""

import os
import platform
from pathlib import Path

import jax


def prepare() -> None:
    """Switch to float64, and to the cache unless the person has set JAX's own."""
    jax.config.update("jax_enable_x64", True)
    place = _cache_directory()
    if place is None or os.environ.get("JAX_COMPILATION_CACHE_DIR"):
        return
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError:
        return
    if os.access(place, os.W_OK):
        jax.config.update("jax_compilation_cache_dir", str(place))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
        jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


def _cache_directory() -> Path | None:
    given = os.environ.get("FISHERAX_CACHE")
    if given is not None:
        return Path(given).expanduser() if given else None
    home = os.environ.get("XDG_CACHE_HOME")
    try:
        base = Path(home) if home else Path.home() / ".cache"
    except RuntimeError:  # no home directory
        return None
    # Programs are made for one processor; a home directory may be shared by several machines.
    return base / "fisherax" / f"jax-{jax.__version__}-{platform.node() or 'here'}"
