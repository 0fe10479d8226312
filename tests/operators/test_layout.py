"""Leaves become inputs × outputs, and come back."""

import jax.numpy as jnp
import numpy as np
import pytest

from fisherax.models.tangent import Tangent
from fisherax.operators import BlockwiseOperator, DenseBlock, Layout, Part, Provenance

RNG = np.random.default_rng(5)


def random_part(leaf, stacked, outputs, rng):
    """A leaf with these sizes of stacked and output axes, some input axes, all of them shuffled."""
    kinds = [(size, "stacked") for size in stacked] + [(size, "outputs") for size in outputs]
    kinds += [(int(size), "inputs") for size in rng.integers(1, 4, size=rng.integers(0, 3))]
    order = rng.permutation(len(kinds))
    shape = tuple(kinds[k][0] for k in order)
    where = {
        kind: tuple(int(np.flatnonzero(order == k)[0]) for k in range(len(kinds)) if kinds[k][1] == kind)
        for kind in ("stacked", "inputs", "outputs")
    }
    return Part.of(leaf, shape, **where)


@pytest.mark.parametrize("seed", range(8))
def test_gather_and_scatter_undo_each_other(seed):
    rng = np.random.default_rng(seed)
    stacked = tuple(rng.integers(1, 4, size=rng.integers(0, 3)).tolist())
    outputs = tuple(rng.integers(1, 4, size=rng.integers(0, 3)).tolist())
    layout = Layout(tuple(random_part(leaf, stacked, outputs, rng) for leaf in (2, 0, 1)))
    leaves = [rng.normal(size=part.leaf_shape) for part in layout.parts]
    w = layout.gather([jnp.asarray(leaf) for leaf in leaves])
    assert w.shape == layout.shape
    assert layout.shape[0] == np.prod(stacked, dtype=int)
    assert layout.shape[2] == np.prod(outputs, dtype=int)
    for found, leaf in zip(layout.scatter(w), leaves, strict=True):
        np.testing.assert_array_equal(found, leaf)
    assert sorted(np.ravel(w)) == sorted(np.concatenate([leaf.ravel() for leaf in leaves]))


def test_a_kernel_and_its_bias_act_on_the_input_with_a_one():
    kernel, bias, x = RNG.normal(size=(2, 3)), RNG.normal(size=2), RNG.normal(size=3)  # outputs × inputs
    layout = Layout((Part.of(1, (2, 3), inputs=(1,), outputs=(0,)), Part.of(0, (2,), outputs=(0,))))
    w = layout.gather([jnp.asarray(kernel), jnp.asarray(bias)])
    np.testing.assert_allclose(np.append(x, 1.0) @ w[0], kernel @ x + bias, rtol=1e-14)


def test_a_layout_is_static():
    one, other = (Layout((Part.of(0, (2, 3), inputs=(0,), outputs=(1,)),)) for _ in range(2))
    assert one == other
    assert hash(one) == hash(other)
    assert one != Layout((Part.of(0, (2, 3), inputs=(1,), outputs=(0,)),))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Part.of(0, (2, 3), inputs=(0,)), "name every axis as stacked, input or output"),
        (lambda: Part.of(0, (2, 3), inputs=(0, 1), outputs=(1,)), "not each axis of a leaf of shape"),
        (lambda: Part.of(0, (2, 3), inputs=(0, 2), outputs=(1,)), "are not all axes of a leaf"),
        (lambda: Part(0, (2, 3), (0, 1), (1, 2, 2)), "the numbers of entries differ"),
        (lambda: Layout(()), "there is no part"),
        (lambda: Layout.flat([0, 0], [(2,), (2,)]), "a leaf comes twice"),
        (
            lambda: Layout((Part.of(0, (2,), outputs=(0,)), Part.of(1, (3,), outputs=(0,)))),
            "do not stack along the inputs",
        ),
        (lambda: Layout.flat([0], [(2,)]).gather([jnp.zeros(3)]), "where those of the parts are"),
    ],
)
def test_what_does_not_fit_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_window_is_cut_out_and_put_back():
    leaf = jnp.asarray(RNG.normal(size=(4, 6)))
    left, right = (Part(0, (4, 6), (0, 1), (1, 4, 3), (4, 3), ((0, 4), ends)) for ends in ((0, 3), (3, 6)))
    np.testing.assert_array_equal(right.lay(leaf)[0], leaf[:, 3:])
    np.testing.assert_array_equal(jnp.concatenate([p.restore(p.lay(leaf)) for p in (left, right)], 1), leaf)
    with pytest.raises(ValueError, match="not within a leaf"):
        Part(0, (4, 6), (0, 1), (1, 4, 3), (4, 3), ((0, 4), (4, 7)))
    eye = jnp.eye(12)[None]
    provenance = Provenance("exact", "blocks", "data")
    with pytest.raises(ValueError, match="is in no block in part"):
        BlockwiseOperator([DenseBlock(eye, Layout((left,)))], Tangent.of(leaf), provenance)
    with pytest.raises(ValueError, match="is in 2 blocks in part"):
        BlockwiseOperator(
            [DenseBlock(jnp.eye(24)[None], Layout.flat([0], [(4, 6)])), DenseBlock(eye, Layout((left,)))],
            Tangent.of(leaf),
            provenance,
        )
