"""Say once that numbers want float64."""

import jax.numpy as jnp

from ._warnings import warn

_warned: set[str] = set()


def warn_precision(what: str) -> None:
    """Warn, once for each `what`, that it is computed in float32.

    Args:
        what: In the plural, at the beginning of a sentence: "Statistics".
    """
    if jnp.result_type(float) == jnp.float64 or what in _warned:
        return
    _warned.add(what)
    warn(
        f"{what} are computed in float32: results keep about four digits and small differences none. "
        'Call jax.config.update("jax_enable_x64", True) before any other use of JAX.'
    )
