"""Why a verb does not apply to an information made of blocks, in words, without its matrix."""

from typing import TYPE_CHECKING

import jax.numpy as jnp
import numpy as np

from .identifiability import combination

if TYPE_CHECKING:
    from .blockwise import BlockwiseOperator

SHOWN = 3
"""How many combinations a message names; a dead input of a layer makes one for each of its outputs."""


def reason(operator: "BlockwiseOperator", *, needs_definite: bool) -> str:
    """One clause for an error message."""
    tangent = operator.tangent
    for block in operator.blocks:
        if not bool(jnp.all(jnp.isfinite(block.mv(jnp.ones(block.layout.shape, block.dtype))))):
            leaves = ", ".join(tangent.names[leaf] for leaf in block.layout.leaves)
            return (
                f"the information is not finite in {leaves}: check the parameters and the data "
                "(an overflow, or a missing value)"
            )
    directions = operator._null_directions(limit=SHOWN)[:SHOWN]
    if len(directions):
        words = ", and of ".join(combination(tangent, direction) for direction in directions)
        more = max(tangent.dim - int(operator.rank()) - len(directions), 0)
        words += f", and of {more} more" if more else ""
        return (
            f"the information is singular: the data do not determine the combination {words}; damp the operator "
            "with `damped` or `factored_damping`, fix or drop a parameter of it, or collect data that tell them apart"
        )
    values = np.asarray(operator.eigenvalues())
    if needs_definite and values.size and values[0] < 0:
        return (
            f"the information is not positive semidefinite: its smallest eigenvalue is {values[0]:.3g}; use the "
            "expected information, or evaluate at a maximum of the likelihood"
        )
    sizes = np.abs(values)
    with np.errstate(divide="ignore"):
        condition = sizes.max() / sizes.min()
    return (
        f"the information is too badly conditioned for this (its condition number is {condition:.1e}): damp it with "
        "`damped`, or work in the precision of float64"
    )
