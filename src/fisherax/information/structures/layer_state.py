"""What is added up for one layer, and the block that is made of it."""

import functools
from typing import Literal

import equinox as eqx
import jax.numpy as jnp

from ..._types import Array, Float
from ...capture import Layer, Pairs, Program
from ...operators import Block, DenseBlock, DiagonalBlock, KroneckerBlock, Layout
from .captured import layout_of

Setting = Literal["expand", "reduce"]


class LayerState(eqx.Module):
    """Sums over observations.

    Attributes:
        sums: The input and the output factor, once more for uses with inputs and outputs in each other's places; or
            the one matrix (s, n, n) or diagonal (s, i, o) of a block that is exact.
        layout: Which leaves it is of.
        form: Which of these.
    """

    sums: tuple[Array, ...]
    layout: Layout = eqx.field(static=True)
    form: Literal["kronecker", "dense", "diagonal"] = eqx.field(static=True)

    def block(self) -> Block:
        """The block that averages over observations make."""
        if self.form == "dense":
            return DenseBlock(self.sums[0], self.layout)
        if self.form == "diagonal":
            return DiagonalBlock(self.sums[0], self.layout)
        inputs, outputs = self.sums[:2]
        if len(self.sums) > 2:
            inputs, outputs = _nearest(self.sums)
        return KroneckerBlock(inputs, outputs, self.layout)


def kronecker(program: Program, layer: Layer, pairs: Pairs, setting: Setting) -> LayerState:
    """Σ over observations (a leading axis of `pairs`) of both factors of a layer that is a product."""
    straight = [k for k, turn in enumerate(layer.turned) if not turn]
    turned = [k for k, turn in enumerate(layer.turned) if turn]
    sums = _factors(program, layer, pairs, straight, setting)
    if turned:
        # There the activation is the output side: its second moment is B, and that of the cotangents is A.
        outputs, inputs = _factors(program, layer, pairs, turned, setting)
        sums = (*sums, inputs, outputs)
    return LayerState(sums, layout_of(program, layer), "kronecker")


def _factors(
    program: Program, layer: Layer, pairs: Pairs, which: list[int], setting: Setting
) -> tuple[Array, Array]:
    uses = [program.uses[layer.uses[k]] for k in which]
    activations = [pairs.activations[layer.uses[k]] for k in which]
    cotangents = [_precise(pairs.cotangents[layer.uses[k]]) for k in which]
    positions = sum(use.sizes[1] for use in uses)
    if setting == "reduce":
        total = _sum([jnp.sum(c, axis=3) for c in cotangents])
        outputs = jnp.einsum("nrso,nrsp->sop", total, total)
    else:
        outputs = _sum([jnp.einsum("nrsto,nrstp->sop", c, c) for c in cotangents])
    if all(use.kind == "lookup" for use in uses):
        return _counts(activations, uses[0].sizes[2], positions, setting, outputs.dtype), outputs
    full = [
        _precise(_one_hot(a, use.sizes[2]) if use.kind == "lookup" else a)
        for a, use in zip(activations, uses, strict=True)
    ]
    if layer.has_bias:
        full = [jnp.concatenate([a, jnp.ones((*a.shape[:-1], 1), a.dtype)], axis=-1) for a in full]
    if setting == "reduce":
        mean = _sum([jnp.sum(a, axis=2) for a in full]) / positions
        return jnp.einsum("nsi,nsj->sij", mean, mean), outputs
    inputs = sum(jnp.einsum("nsti,nstj->sij", a, a) for a in full) / positions
    return jnp.asarray(inputs), jnp.asarray(outputs)


def _counts(
    rows: list[Array], size: int, positions: int, setting: Setting, dtype: jnp.dtype
) -> Float[Array, "s i"] | Float[Array, "s i i"]:
    """The second moment of indicators of rows, which is diagonal where positions stand for themselves."""
    every = jnp.concatenate(rows, axis=2)  # (n, s, t)
    if setting == "expand":
        flat = jnp.moveaxis(every, 1, 0).reshape(every.shape[1], -1)
        ones = jnp.zeros((flat.shape[0], size), dtype)
        return ones.at[jnp.arange(flat.shape[0])[:, None], flat].add(1.0 / positions, mode="drop")
    mean = jnp.sum(_one_hot(every, size).astype(dtype), axis=2) / positions
    return jnp.einsum("nsi,nsj->sij", mean, mean)


def _one_hot(rows: Array, size: int) -> Array:
    return (rows[..., None] == jnp.arange(size)).astype(jnp.float32)


def _nearest(sums: tuple[Array, ...]) -> tuple[Array, Array]:
    """One product A ⊗ B for A₁ ⊗ B₁ + A₂ ⊗ B₂: the factors are added after their traces are balanced."""
    (a, b, c, d) = sums
    if a.ndim < c.ndim:  # a diagonal beside a matrix
        a = a[..., None] * jnp.eye(a.shape[-1], dtype=a.dtype)
    inputs, outputs = jnp.zeros_like(a), jnp.zeros_like(b)
    for left, right in ((a, b), (c, d)):
        traces = [jnp.trace(m, axis1=1, axis2=2) for m in (left, right)]
        ratio = jnp.where(
            (traces[0] > 0) & (traces[1] > 0), traces[1] / jnp.where(traces[0] > 0, traces[0], 1.0), 1.0
        )
        balance = jnp.sqrt(ratio)[:, None, None]
        inputs, outputs = inputs + left * balance, outputs + right / balance
    return inputs, outputs


def exact(gradients: Float[Array, "n r s i o"], layout: Layout, dense_up_to: int) -> LayerState:
    """The exact block of a leaf, from its gradients."""
    _, _, s, i, o = gradients.shape
    if i * o <= dense_up_to:
        rows = jnp.reshape(gradients, (-1, s, i * o))
        return LayerState((jnp.einsum("msa,msb->sab", rows, rows),), layout, "dense")
    return LayerState((jnp.sum(jnp.square(gradients), axis=(0, 1)),), layout, "diagonal")


def _precise(array: Array) -> Array:
    return array.astype(jnp.promote_types(array.dtype, jnp.float32))


def _sum(arrays: list[Array]) -> Array:
    return functools.reduce(jnp.add, arrays)
