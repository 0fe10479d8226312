"""Sums over observations, in constant memory: never an array of n × p × p, nor of n × r × p at once."""

import functools
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.tree_util as jtu

from .._types import Array, Float, Int, Params, PRNGKeyArray, PyTree, Scalar
from ..capture import Pairs, Program, layers, pairs, trace
from ..models.base import Model
from ..models.tangent import Tangent
from .estimators import Estimator, ProductEstimator
from .strays import strays
from .structures import COLUMNS, Captured, Structure

ROWS_BUDGET = 2**22
"""Entries of JᵀL held at once: 32 MB in float64."""


class Sums(eqx.Module):
    """What one pass over observations adds up.

    Attributes:
        state: The structure's.
        fourth: Σ‖row‖⁴, for the sampling error.
        strays: The numbers of outputs outside the head's space, and of targets outside the support.
    """

    state: PyTree
    fourth: Scalar
    strays: Int[Array, "2"]

    def __add__(self, other: "Sums") -> "Sums":
        return jtu.tree_map(jnp.add, self, other)


def observation_rows(
    model: Model,
    estimator: ProductEstimator,
    tangent: Tangent,
    params: Params,
    x: Any,
    y: Array | None,
    key: PRNGKeyArray | None,
) -> Float[Array, "r p"]:
    """LᵀJ for one observation: each row of Lᵀ pulled back through f = apply(θ, x)."""
    f, pullback = jax.vjp(lambda params: model.output(params, x), params)
    head_tangent = model.head.tangent(f)
    cotangents = estimator.cotangents(model.head, f, y, key)
    return jax.vmap(lambda c: tangent.ravel(pullback(head_tangent.unravel(c))[0]))(cotangents)


def accumulate(
    model: Model,
    estimator: Estimator,
    structure: Structure,
    tangent: Tangent,
    params: Params,
    batch: PyTree,
    size: int,
) -> Sums:
    """The sums over one batch; `batch` is (inputs, targets, keys) with None for what is not there."""

    def chunk_sums(chunk: PyTree) -> Sums:
        x, y, keys = chunk
        stray = jnp.sum(jax.vmap(functools.partial(strays, model, estimator, params))(x, y), axis=0)
        if isinstance(structure, Captured):
            state = captured_sums(model, estimator, structure, params, chunk)
            return Sums(state, jnp.full((), jnp.nan), stray)
        if isinstance(estimator, ProductEstimator):
            rows = jax.vmap(functools.partial(observation_rows, model, estimator, tangent, params))(
                x, y, keys
            )
            fourth = jnp.sum(jnp.sum(rows**2, axis=-1) ** 2)
            return Sums(structure.from_rows(jnp.reshape(rows, (-1, tangent.dim)), tangent), fourth, stray)
        origin = tangent.ravel(jtu.tree_map(jnp.zeros_like, params))

        def negative_log_likelihood(u: Array) -> Array:
            moved = jtu.tree_map(jnp.add, params, tangent.unravel(u))
            terms = jax.vmap(lambda x, y: model.head.log_prob(model.output(moved, x), y))(x, y)
            return -jnp.sum(terms)

        gradient = jax.grad(negative_log_likelihood)
        product = lambda v: jax.jvp(gradient, (origin,), (v,))[1]  # noqa: E731
        return Sums(structure.from_products(product, tangent, origin), jnp.zeros((), origin.dtype), stray)

    length = _chunk_length(model, estimator, structure, tangent, params, batch, size)
    whole, rest = divmod(size, length)
    if whole == 0:
        return chunk_sums(batch)
    stacked = jtu.tree_map(
        lambda a: jnp.reshape(a[: whole * length], (whole, length, *jnp.shape(a)[1:])), batch
    )
    first = jtu.tree_map(lambda a: a[0], stacked)
    if whole == 1:
        total = chunk_sums(first)
    else:
        others = jtu.tree_map(lambda a: a[1:], stacked)
        total, _ = jax.lax.scan(
            lambda sums, chunk: (sums + chunk_sums(chunk), None), chunk_sums(first), others
        )
    if rest:
        total = total + chunk_sums(jtu.tree_map(lambda a: a[whole * length :], batch))
    return total


def captured_sums(
    model: Model, estimator: Estimator, structure: Captured, params: Params, chunk: PyTree
) -> PyTree:
    """The sums over some observations, from the layers of the model's program."""
    if not isinstance(estimator, ProductEstimator):
        raise ValueError(
            f"The {estimator.name} information is no product JᵀL LᵀJ, of which alone a {structure.name} is made: use "
            "Exact(), MonteCarlo(key) or Empirical(), or structure=Dense()."
        )
    program, found = observed_pairs(model, estimator, params, chunk)
    return structure.from_pairs(program, layers(program), found)


def observed_pairs(
    model: Model, estimator: ProductEstimator, params: Params, chunk: PyTree
) -> tuple[Program, Pairs]:
    """The program of the model, and the pairs of some observations, along a leading axis."""
    x = jax.eval_shape(lambda chunk: jtu.tree_map(lambda a: a[0], chunk[0]), chunk)
    program = trace(model.output, params, x)

    def one(row: PyTree) -> Pairs:
        x, y, key = row

        def cotangents(f: PyTree) -> PyTree:
            tangent = model.head.tangent(f)
            return jax.vmap(tangent.unravel)(estimator.cotangents(model.head, f, y, key))

        return pairs(program, params, x, cotangents)[1]

    return program, jax.vmap(one)(chunk)


def _chunk_length(
    model: Model,
    estimator: Estimator,
    structure: Structure,
    tangent: Tangent,
    params: Params,
    batch: PyTree,
    size: int,
) -> int:
    """How many observations at once: as many as keep LᵀJ within the budget.

    Without an LᵀJ the Hessian's products are what is held, a gradient's worth of numbers for each of them.
    """
    rows = min(COLUMNS, tangent.dim)
    if isinstance(structure, Captured) and isinstance(estimator, ProductEstimator):
        held = jax.eval_shape(lambda b: observed_pairs(model, estimator, params, b)[1], batch)
        return max(1, min(size, ROWS_BUDGET * size // max(1, sum(a.size for a in jtu.tree_leaves(held)))))
    if isinstance(estimator, ProductEstimator):
        one = jax.eval_shape(lambda b: jtu.tree_map(lambda a: a[0], b), batch)
        shape = jax.eval_shape(
            lambda params, b: observation_rows(model, estimator, tangent, params, *b), params, one
        )
        rows = shape.shape[0]
    return max(1, min(size, ROWS_BUDGET // max(1, rows * tangent.dim)))
