"""Tests run in float64, with every annotated shape checked by beartype, and warnings as errors."""

import jax
from jaxtyping import install_import_hook

jax.config.update("jax_enable_x64", True)

# The public names are imported on demand, so they are asked for here, where the hook sees them.
with install_import_hook("fisherax", "beartype.beartype"):
    import fisherax
    import fisherax._public  # noqa: F401
