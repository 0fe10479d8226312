"""Tests run in float64, with every annotated shape checked by beartype, and warnings as errors."""

import jax
from jaxtyping import install_import_hook

jax.config.update("jax_enable_x64", True)

with install_import_hook("fisherax", "beartype.beartype"):
    import fisherax._public  # noqa: F401  (the package itself imports its names on demand)
