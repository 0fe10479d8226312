"""Warnings that point at the user's line, however deep inside they arise."""

import inspect
import warnings

_WITHIN = ("fisherax", "jax", "equinox", "jaxtyping", "beartype")
"""Packages whose frames stand between the user's line and the warning."""


def warn(message: str) -> None:
    """Give a UserWarning at the first line outside of this package."""
    frame, level = inspect.currentframe(), 0
    while frame is not None and str(frame.f_globals.get("__name__")).split(".")[0] in _WITHIN:
        frame, level = frame.f_back, level + 1
    warnings.warn(message, UserWarning, stacklevel=level + 1)
