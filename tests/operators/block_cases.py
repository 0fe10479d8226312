"""Operators made of blocks, and the matrices that they stand for, built entry by entry with NumPy.

All have twelve directions, so that what one of them compiles serves the others.
"""

import jax.numpy as jnp
import numpy as np

from fisherax.models.tangent import Simplex, Tangent
from fisherax.operators import (
    BlockwiseOperator,
    DenseBlock,
    DiagonalBlock,
    EigenvalueCorrectedBlock,
    KroneckerBlock,
    Layout,
    LowRankOperator,
    Part,
    Provenance,
    ShiftedKroneckerBlock,
)

RNG = np.random.default_rng(11)
PROVENANCE = Provenance("exact", "Kronecker-factored", "data")


def orthonormal(*shape):
    return np.linalg.qr(RNG.normal(size=shape))[0]


def factors(stacked, size):
    """Positive definite matrices (stacked, size, size) with condition numbers near 3."""
    q = orthonormal(stacked, size, size)
    return (q * RNG.uniform(0.7, 2.0, size=(stacked, 1, size))) @ np.swapaxes(q, 1, 2)


def assembled(*blocks):
    """A matrix with these diagonal blocks."""
    size = sum(len(block) for block in blocks)
    matrix, at = np.zeros((size, size)), 0
    for block in blocks:
        matrix[at : at + len(block), at : at + len(block)] = block
        at += len(block)
    return matrix


def square(tensor):
    """An array with two groups of the same axes as a matrix."""
    size = int(np.sqrt(tensor.size))
    return tensor.reshape(size, size)


def operator(blocks, params, dtype, directions=None):
    params = {name: jnp.asarray(value, dtype) for name, value in params.items()}
    return BlockwiseOperator(blocks, Tangent.of(params, directions), PROVENANCE)


def kronecker(dtype):
    """Three stacked kernels of one output, and an embedding."""
    a, b = factors(3, 2), factors(3, 1)
    groups = Layout((Part.of(0, (2, 3, 1), inputs=(0,), stacked=(1,), outputs=(2,)),))
    tokens, embedded = RNG.uniform(0.5, 2.0, size=(1, 3)), factors(1, 2)
    table = Layout((Part.of(1, (3, 2), inputs=(0,), outputs=(1,)),))
    blocks = [product(a, b, groups, dtype), product(tokens, embedded, table, dtype)]
    matrix = assembled(
        square(np.einsum("saA,sbB,sS->asbASB", a, b, np.eye(3))), np.kron(np.diag(tokens[0]), embedded[0])
    )
    return operator(blocks, {"a": np.zeros((2, 3, 1)), "b": np.zeros((3, 2))}, dtype), matrix


def layers(dtype):
    """A kernel with a bias, and kernels of one row and of one column."""
    a, b = factors(1, 3), factors(1, 2)
    kernel = Part.of(1, (2, 2), inputs=(1,), outputs=(0,))  # stored as outputs × inputs
    layer = Layout((kernel, Part.of(0, (2,), outputs=(0,))))
    row_a, row_b = factors(1, 1), factors(1, 3)
    row = Layout((Part.of(2, (1, 3), inputs=(0,), outputs=(1,)),))
    column_a, column_b = factors(1, 3), RNG.uniform(0.5, 2.0, size=(1, 1))
    column = Layout((Part.of(3, (3,), inputs=(0,)),))
    blocks = [
        product(a, b, layer, dtype),
        product(row_a, row_b, row, dtype),
        product(column_a, column_b, column, dtype),
    ]
    params = {"bias": np.zeros(2), "kernel": np.zeros((2, 2)), "row": np.zeros((1, 3)), "s": np.zeros(3)}
    # The kernel's entry (o, i) has the input i, the bias the input 2, which is always 1.
    inputs, outputs = [2, 2, 0, 1, 0, 1], [0, 1, 0, 0, 1, 1]
    matrix = assembled(
        a[0][np.ix_(inputs, inputs)] * b[0][np.ix_(outputs, outputs)],
        np.kron(row_a[0], row_b[0]),
        column_a[0] * column_b[0],
    )
    return operator(blocks, params, dtype), matrix


def product(a, b, layout, dtype):
    return KroneckerBlock(jnp.asarray(a, dtype), jnp.asarray(b, dtype), layout)


def eigenvalue_corrected(dtype):
    """Three stacked kernels of one output, and an embedding stored as outputs × inputs."""
    qa, qb, v = orthonormal(3, 2, 2), orthonormal(3, 1, 1), RNG.uniform(0.5, 3.0, size=(3, 2, 1))
    three = Layout((Part.of(0, (3, 2, 1), stacked=(0,), inputs=(1,), outputs=(2,)),))
    qc, w = orthonormal(1, 2, 2), RNG.uniform(0.5, 3.0, size=(1, 3, 2))
    table = Layout((Part.of(1, (2, 3), inputs=(1,), outputs=(0,)),))
    arrays = [jnp.asarray(x, dtype) for x in (qa, qb, v, qc, w)]
    blocks = [
        EigenvalueCorrectedBlock(*arrays[:3], three),
        EigenvalueCorrectedBlock(None, *arrays[3:], table),
    ]
    first = [np.kron(qa[s], qb[s]) @ np.diag(v[s].ravel()) @ np.kron(qa[s], qb[s]).T for s in range(3)]
    second = np.einsum("ok,ik,pk,iI->oipI", qc[0], w[0], qc[0], np.eye(3))
    params = {"a": np.zeros((3, 2, 1)), "b": np.zeros((2, 3))}
    return operator(blocks, params, dtype), assembled(*first, square(second))


def shifted(dtype):
    """A Kronecker product plus λ1, and one whose first factor is a diagonal."""
    a, b = factors(1, 3), factors(1, 2)
    c, d = RNG.uniform(0.5, 2.0, size=(1, 3)), factors(1, 2)
    blocks = [
        ShiftedKroneckerBlock(
            jnp.asarray(x, dtype),
            jnp.asarray(y, dtype),
            jnp.asarray(0.3, dtype),
            Layout((Part.of(leaf, (3, 2), inputs=(0,), outputs=(1,)),)),
        )
        for leaf, (x, y) in enumerate(((a, b), (c, d)))
    ]
    matrix = assembled(np.kron(a[0], b[0]), np.kron(np.diag(c[0]), d[0])) + 0.3 * np.eye(12)
    return operator(blocks, {"a": np.zeros((3, 2)), "b": np.zeros((3, 2))}, dtype), matrix


def plain(dtype):
    """A dense block of two leaves, one of them on a simplex, two stacked dense blocks, and a diagonal."""
    joint, two, diagonal = factors(1, 4)[0], factors(2, 2), RNG.uniform(0.5, 2.0, size=4)
    ends = Layout.flat([3, 0], [(2,), (2,)])  # a simplex of three has two free directions
    stacked = Layout((Part.of(1, (2, 2), stacked=(1,), inputs=(0,)),))
    blocks = [
        DenseBlock(jnp.asarray(joint, dtype)[None], ends),
        DiagonalBlock(jnp.asarray(diagonal, dtype)[None, :, None], Layout.flat([2], [(4,)])),
        DenseBlock(jnp.asarray(two, dtype), stacked),
    ]
    params = {"a": np.zeros(2), "b": np.zeros((2, 2)), "c": np.zeros(4), "p": np.full(3, 1 / 3)}
    matrix = assembled(
        joint[2:, 2:], square(np.einsum("saA,sS->asAS", two, np.eye(2))), np.diag(diagonal), joint[:2, :2]
    )
    matrix[:2, 10:], matrix[10:, :2] = joint[2:, :2], joint[:2, 2:]
    return operator(blocks, params, dtype, {"p": Simplex}), matrix


def low_rank(dtype):
    """Two directions of a simplex and a vector, and one value on the others."""
    u, s = orthonormal(12, 2), np.array([3.0, 1.5])
    params = {"a": jnp.zeros(10, dtype), "p": jnp.full((3,), 1 / 3, dtype)}
    tangent = Tangent.of(params, {"p": Simplex})
    arrays = (jnp.asarray(u, dtype), jnp.asarray(s, dtype))
    matrix = (u * (s - 0.7)) @ u.T + 0.7 * np.eye(12)
    return LowRankOperator(*arrays, tangent, Provenance("exact", "low rank", "data"), rest=0.7), matrix


def full_rank(dtype):
    """All directions: no rest is left."""
    u, s = orthonormal(12, 12), np.geomspace(0.5, 3.0, 12)
    tangent = Tangent.of(jnp.zeros(12, dtype))
    arrays = (jnp.asarray(u, dtype), jnp.asarray(s, dtype))
    return LowRankOperator(*arrays, tangent, Provenance("exact", "low rank", "data")), (u * s) @ u.T
