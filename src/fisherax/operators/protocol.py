"""lineax's protocol: its dispatch functions, registered once for every structure on the abstract base.

lineax asks with functions of its own rather than methods, and raises for a class that it does not know.
"""

import jax.numpy as jnp
import jax.tree_util as jtu
import lineax as lx

from .._types import Any, Array
from .base import Information


@lx.linearise.register(Information)
@lx.materialise.register(Information)
@lx.conj.register(Information)
def _(operator: Information) -> Information:
    # Linear and real already, and nothing is gained by another form of it.
    return operator


@lx.is_symmetric.register(Information)
def _(operator: Information) -> bool:
    return True


@lx.is_positive_semidefinite.register(Information)
def _(operator: Information) -> bool:
    return operator.provenance.positive_semidefinite


@lx.is_negative_semidefinite.register(Information)
@lx.has_unit_diagonal.register(Information)
def _(operator: Information) -> bool:
    return False


@lx.is_diagonal.register(Information)
@lx.is_tridiagonal.register(Information)
@lx.is_lower_triangular.register(Information)
@lx.is_upper_triangular.register(Information)
def _(operator: Information) -> bool:
    return operator.is_diagonal


@lx.diagonal.register(Information)
def _(operator: Information) -> Any:
    return _ravelled(operator.diagonal(), operator)


@lx.tridiagonal.register(Information)
def _(operator: Information) -> tuple[Array, Array, Array]:
    matrix = operator.as_matrix()
    return jnp.diagonal(matrix), jnp.diagonal(matrix, offset=-1), jnp.diagonal(matrix, offset=1)


def _ravelled(tree: Any, operator: Information) -> Array:
    leaves = [jnp.ravel(leaf).astype(operator.dtype) for leaf in jtu.tree_leaves(tree)]
    return jnp.concatenate(leaves) if leaves else jnp.zeros((0,), operator.dtype)
