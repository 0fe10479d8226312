"""Amari and Chentsov's cubic tensor, by which the α-connections differ from Levi-Civita's."""

from typing import Any, Literal, overload

import jax
import jax.numpy as jnp
import jax.tree_util as jtu
from jax.core import Tracer

from .._tree import as_arrays, leading_size
from .._types import Array, Float, Params, PyTree
from ..information.checks import check_arguments, check_params
from ..information.entries import over_entries
from ..information.expectation import Expectation, head_cubic
from ..information.strays import refuse_strays
from ..information.traced import factor_of, times, unknown_inside
from ..models.base import Model
from ..models.family import Family
from ..models.tangent import Tangent
from ..models.unconditional import Unconditional


@overload
def cubic_tensor(
    model: Model, params: Params, data: PyTree | None = None, *, return_error: Literal[False] = False
) -> Float[Array, "p p p"]: ...


@overload
def cubic_tensor(
    model: Model, params: Params, data: PyTree | None = None, *, return_error: Literal[True]
) -> Expectation: ...


def cubic_tensor(
    model: Model, params: Params, data: PyTree | None = None, *, return_error: bool = False
) -> Float[Array, "p p p"] | Expectation:
    """The Amari–Chentsov tensor: the third moments of the score.

        T_ijk = E[∂ᵢℓ ∂ⱼℓ ∂ₖℓ],    Γ⁽ᵅ⁾_ij,k = Γ⁽⁰⁾_ij,k − (α/2) T_ijk

    with ℓ = ln p and Γ⁽⁰⁾ the Levi-Civita connection; α = 1 is the e-connection and α = −1 the m-connection. It is
    symmetric in all of its indices. For an exponential family it is ∇³A(η) in other coordinates; elsewhere it comes
    from a sum over the support, quadrature, or sampling, and then its standard error may be far from negligible.

    Args:
        model: A family, a mixture, or a `Conditional`, whose tensor is averaged over inputs.
        params: θ, a pytree.
        data: Inputs, for a `Conditional`.
        return_error: Return the tensor with its error, entry by entry, and the method used, as `fx.kl` does.

    Returns:
        T (p, p, p), of one observation, in the coordinates of `model.tangent(params)`, as the matrix
        `fx.fisher(...).coordinates_matrix()` is. With `return_error=True` an `Expectation`.

    Raises:
        ValueError: If a parameter is outside its space, the support moves with one, a `Conditional` is given no
            inputs, or the moments do not exist. (Under `jit` and `vmap` they are NaN then.)

    Examples:
        >>> import fisherax as fx, numpyro.distributions as dist
        >>> tensor = fx.cubic_tensor(fx.Family(dist.Normal), {"loc": 0.0, "scale": 2.0})
        >>> [round(float(tensor[index]), 12) for index in [(0, 0, 0), (0, 0, 1), (1, 1, 1)]]  # 0, 2/σ³, 8/σ³
        [0.0, 0.25, 1.0]

    References:
        Amari and Nagaoka (2000), Methods of Information Geometry, eq. 2.20 and section 2.3; Chentsov (1982),
        Statistical Decision Rules and Optimal Inference, section 12.
    """
    check_arguments("cubic_tensor", model=model)
    params = as_arrays(params)
    check_params("cubic_tensor", model, params)
    inside = [unknown_inside(model, params)]
    tangent = model.tangent(params)
    dtype = jnp.result_type(*tangent.dtypes)
    origin = jnp.zeros(tangent.dim, dtype)

    def moved(u: Array) -> Params:
        return jtu.tree_map(jnp.add, params, tangent.unravel(u))

    if isinstance(model, Unconditional):
        if not isinstance(model, Family) or not model.batch_shape(params):
            result = times(factor_of(*inside), head_cubic(model, params))
            return result if return_error else result.value.astype(dtype)
        # Entries of a batch are independent, with zero mean scores: their third moments add up.
        elements = model.elements(params)
        tensors = over_entries(head_cubic, model, params)
        part = model.tangent(jtu.tree_map(lambda leaf: leaf[0], elements))
        jacobians = jax.jacfwd(lambda u: jax.vmap(part.ravel)(model.elements(moved(u))))(origin)
        result = times(factor_of(*inside), _total(model, tensors, jacobians, 1))
        return result if return_error else result.value.astype(dtype)
    if data is None:
        raise ValueError("cubic_tensor: that of a Conditional is an average over inputs: pass them as data.")
    inputs, _ = model.split(data, targets=False)
    count = leading_size(inputs)
    inside.append(refuse_strays("cubic_tensor", model, params, inputs, None))

    def one(x: Any) -> tuple[Expectation, Array]:
        output = model.output(params, x)
        head: Tangent = model.head.tangent(output)
        jacobian = jax.jacfwd(lambda u: head.ravel(model.output(moved(u), x)))(origin)
        return head_cubic(model.head, output), jacobian

    result = times(factor_of(*inside), _total(model, *jax.vmap(one)(inputs), count))
    return result if return_error else result.value.astype(dtype)


def _total(model: Model, tensors: Expectation, jacobians: Float[Array, "n d p"], count: int) -> Expectation:
    """The sum over entries n of T_abc J_ai J_bj J_ck, over `count`; ValueError where it is known to be NaN."""

    def pulled(tensor: Array, jacobian: Array) -> Array:
        return jnp.einsum("nabc,nai,nbj,nck->ijk", tensor, jacobian, jacobian, jacobian) / count

    value = pulled(tensors.value, jacobians)
    if not isinstance(value, Tracer) and bool(jnp.any(jnp.isnan(value))):
        raise ValueError(
            f"cubic_tensor: the third moments of the score of {getattr(model.head, 'name', type(model.head).__name__)} "
            "do not exist for some entry or input, or a parameter is at the boundary of its space."
        )
    error = None if tensors.error is None else pulled(tensors.error, jnp.abs(jacobians))
    return Expectation(value, error, tensors.method)
