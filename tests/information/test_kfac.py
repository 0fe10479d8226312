"""K-FAC and EK-FAC against the dense information, block by block."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest

import fisherax as fx
from fisherax.operators import BlockwiseOperator, DenseBlock

from ..capture.cases import KNOWN, OVERLAPPING, PARTS, UNKNOWN, draw

SQUARED = fx.heads.Normal(scale=1.0)
CLASSES = fx.heads.Categorical()
STRUCTURES = [fx.KFAC(), fx.KFAC("reduce"), fx.EKFAC(), fx.EKFAC("reduce")]


def rows_of(x, count, seed=0):
    """`count` inputs like one: other numbers of rows, or normal numbers."""
    generator = np.random.default_rng(seed)
    if jnp.issubdtype(x.dtype, jnp.integer):
        return jnp.asarray(generator.integers(0, 10, (count, *x.shape)))
    return jnp.asarray(generator.normal(size=(count, *x.shape)))


def own_blocks(operator, matrix):
    """The part of a matrix between entries that share a block."""
    sizes = [(s, i * o) for s, i, o in (block.layout.shape for block in operator.blocks)]
    ones = [
        DenseBlock(jnp.ones((s, n, n)), block.layout)
        for (s, n), block in zip(sizes, operator.blocks, strict=True)
    ]
    return np.asarray(matrix * BlockwiseOperator(ones, operator.tangent, operator.provenance).as_matrix())


@functools.cache
def compared(name, count, head=CLASSES):
    """The four structures and the dense matrix of a network, restricted to the blocks."""
    function, params, x = {**KNOWN, **UNKNOWN, "parts": PARTS, "overlapping parts": OVERLAPPING}[name]
    model, inputs = fx.Conditional(function, head), rows_of(x, count)
    found = [fx.fisher(model, params, inputs, structure=structure) for structure in STRUCTURES]
    return found, own_blocks(found[0], fx.fisher(model, params, inputs).as_matrix())


def distance(operator, matrix):
    return np.linalg.norm(np.asarray(operator.as_matrix()) - matrix) / np.linalg.norm(matrix)


@pytest.mark.parametrize("structure", range(4))
def test_one_observation_without_shared_positions_is_exact(structure):
    found, dense = compared("dense", 1)
    assert distance(found[structure], dense) < 1e-12


@pytest.mark.parametrize("count", [1, 8, 512])
def test_a_deep_linear_network_with_squared_error_is_exact(count):
    params = {"a": draw(1, 3, 4), "b": draw(2, 4, 5), "c": draw(3, 5, 2)}
    model = fx.Conditional(lambda p, x: x @ p["a"] @ p["b"] @ p["c"], SQUARED)
    inputs = rows_of(draw(0, 3), count)
    dense = fx.fisher(model, params, inputs).as_matrix()
    for structure in STRUCTURES:
        found = fx.fisher(model, params, inputs, structure=structure)
        assert distance(found, own_blocks(found, dense)) < 1e-12


def test_each_setting_is_exact_in_its_own():
    """Linear layers over six positions: with a loss at each of them, and with one loss of their mean."""
    params = {"w": draw(1, 3, 4), "v": draw(2, 4, 2)}
    inputs = rows_of(draw(0, 6, 3), 8)
    every = fx.Conditional(lambda p, x: x @ p["w"] @ p["v"], SQUARED)
    mean = fx.Conditional(lambda p, x: (x @ p["w"] @ p["v"]).mean(0), SQUARED)
    for model, exact in ((every, "expand"), (mean, "reduce")):
        dense = fx.fisher(model, params, inputs).as_matrix()
        for structure in STRUCTURES:
            found = fx.fisher(model, params, inputs, structure=structure)
            far = distance(found, own_blocks(found, dense))
            assert (far < 1e-12) == (structure.setting == exact)


def test_blocks_with_a_bias_each_are_exact_for_one_observation():
    """Three layers beside each other: no two of them share an input, and every row of a block sees its own."""
    params = {"w": draw(1, 3, 4, 2), "b": draw(2, 3, 2)}
    model = fx.Conditional(lambda p, x: (jnp.einsum("gd,gdo->go", x, p["w"]) + p["b"]).sum(0), CLASSES)
    inputs = rows_of(draw(0, 3, 4), 1)
    dense = fx.fisher(model, params, inputs).as_matrix()
    for structure in STRUCTURES[::2]:
        found = fx.fisher(model, params, inputs, structure=structure)
        assert [block.layout.shape for block in found.blocks] == [(3, 5, 2)]
        assert distance(found, own_blocks(found, dense)) < 1e-12


def test_scanned_layers_are_the_same_written_out():
    """The factors of a scan over three layers are those of the three layers, stacked."""
    function, params, x = KNOWN["scan over layers"]

    def written_out(p, x):
        for w in p["layers"]:
            x = x + jnp.tanh(x @ w["w"] + w["b"]) * w["gain"]
        return x.mean(0) @ p["o"]

    apart = [jax.tree.map(lambda leaf: leaf[k], params["layers"]) for k in range(3)]  # noqa: B023
    inputs = rows_of(x, 4)
    one, other = (
        fx.fisher(fx.Conditional(f, CLASSES), p, inputs, structure=fx.KFAC())
        for f, p in ((function, params), (written_out, {"layers": apart, "o": params["o"]}))
    )
    (scanned,) = (block for block in one.blocks if block.layout.shape == (3, 5, 4))
    layers = [block for block in other.blocks if block.layout.shape == (1, 5, 4)]
    assert len(layers) == 3
    for factor in ("inputs", "outputs"):
        stacked = np.concatenate([getattr(block, factor) for block in layers])
        np.testing.assert_allclose(getattr(scanned, factor), stacked, rtol=1e-10, atol=1e-12)


NETWORKS = [
    "dense",
    "sequence",
    "tied embedding",
    "1-D grouped convolution",
    "scan over layers",
    "weight norm",
    "parts",
]


@pytest.mark.parametrize("name", NETWORKS)
def test_corrected_moments_are_never_further(name):
    found, dense = compared(name, 8)
    for plain, corrected in (found[::2], found[1::2]):
        assert distance(corrected, dense) <= distance(plain, dense) * (1 + 1e-12)
        assert corrected.trace() == pytest.approx(np.trace(dense), rel=1e-10)
    assert distance(found[2], dense) < 1


@pytest.mark.parametrize("name", ["norms", "weight norm", "overlapping parts"])
def test_other_leaves_have_their_exact_block(name):
    found, dense = compared(name, 8)
    for block, part in zip(found[0].blocks, own_part(found[0], dense), strict=True):
        if isinstance(block, DenseBlock):
            np.testing.assert_allclose(block.matrix(), part, rtol=1e-10, atol=1e-12)
    assert any(isinstance(block, DenseBlock) for block in found[0].blocks)


def own_part(operator, matrix):
    """The matrix of each block, cut out of a whole one."""
    from fisherax.operators.placement import index

    rows = [index(block.layout, operator.tangent) for block in operator.blocks]
    return [np.stack([np.asarray(matrix)[np.ix_(r, r)] for r in each]) for each in rows]


def test_large_leaves_that_are_no_product_have_their_diagonal():
    function, params, x = KNOWN["norms"]
    model = fx.Conditional(function, CLASSES)
    inputs = rows_of(x, 5)
    found = fx.fisher(model, params, inputs, structure=fx.KFAC(dense_up_to=1))
    dense = np.diagonal(np.asarray(fx.fisher(model, params, inputs).as_matrix()))
    tangent = found.tangent
    gain = tangent.slices()[tangent.names.index("gain")]
    np.testing.assert_allclose(np.asarray(found.as_matrix())[gain, gain], np.diag(dense[gain]), rtol=1e-10)


def test_streams_and_chunks_add_up():
    function, params, x = KNOWN["dense"]
    model, inputs = fx.Conditional(function, CLASSES), rows_of(x, 10)
    batches = [inputs[:3], inputs[3:7], inputs[7:]]
    for structure in (fx.KFAC(), fx.EKFAC()):
        whole, parts = (fx.fisher(model, params, data, structure=structure) for data in (inputs, batches))
        np.testing.assert_allclose(whole.as_matrix(), parts.as_matrix(), rtol=1e-10, atol=1e-13)
    with pytest.raises(ValueError, match="reads the data 2 times"):
        fx.fisher(model, params, iter(batches), structure=fx.EKFAC())


def test_sampled_and_empirical_factors():
    """A = mean aaᵀ whatever the labels; B = mean ggᵀ at drawn labels, and at the observed ones."""
    params, inputs = {"w": draw(1, 3, 4)}, rows_of(draw(0, 3), 6)
    model = fx.Conditional(lambda p, x: x @ p["w"], CLASSES)
    labels = jnp.array([0, 1, 2, 3, 3, 1])
    probs = jax.nn.softmax(inputs @ params["w"])
    scores = jax.nn.one_hot(labels, 4) - probs
    expected = np.kron(inputs.T @ inputs / 6, scores.T @ scores / 6)
    found = fx.fisher(model, params, (inputs, labels), fx.Empirical(), fx.KFAC())
    np.testing.assert_allclose(found.as_matrix(), expected, rtol=1e-10, atol=1e-13)
    exact = fx.fisher(model, params, inputs, structure=fx.KFAC()).as_matrix()
    sampled = fx.fisher(model, params, inputs, fx.MonteCarlo(jax.random.key(0), 4000), fx.KFAC()).as_matrix()
    assert np.linalg.norm(sampled - exact) < 0.05 * np.linalg.norm(exact)
    assert np.linalg.norm(expected - exact) > 0.1 * np.linalg.norm(exact)


def test_an_affine_map_of_a_layers_input_changes_nothing():
    """W ↦ C⁻¹W with inputs xC: the block is that of the old weights, seen in the new ones."""
    change, inputs = draw(1, 3, 3) + 3 * np.eye(3), rows_of(draw(0, 3), 7)
    model = fx.Conditional(lambda p, x: jnp.tanh(x @ p["w"]) @ p["v"], CLASSES)
    params = {"w": draw(2, 3, 4), "v": draw(3, 4, 2)}
    moved = {"w": jnp.linalg.solve(change, params["w"]), "v": params["v"]}
    old, new = (
        fx.fisher(model, p, x, structure=fx.KFAC()) for p, x in ((params, inputs), (moved, inputs @ change))
    )
    step = {"w": draw(4, 3, 4), "v": draw(5, 4, 2)}
    seen = {"w": jnp.linalg.solve(change, step["w"]), "v": step["v"]}
    assert new.quadratic(seen) == pytest.approx(float(old.quadratic(step)), rel=1e-10)


def cast(tree, dtype):
    return jax.tree.map(lambda leaf: leaf.astype(dtype), tree)


def test_single_and_half_precision():
    function, params, x = KNOWN["dense"]
    model, inputs = fx.Conditional(function, CLASSES), rows_of(x, 16)
    exact = np.asarray(fx.fisher(model, params, inputs, structure=fx.KFAC()).as_matrix())
    for dtype, tolerance in ((jnp.float32, 1e-5), (jnp.bfloat16, 0.05)):
        low, few = cast(params, dtype), inputs.astype(dtype)
        found = fx.fisher(model, low, few, structure=fx.KFAC())
        assert found.blocks[0].dtype == jnp.float32
        matrix = np.asarray(found.as_matrix(), float)
        assert np.linalg.norm(matrix - exact) < tolerance * np.linalg.norm(exact)
        assert jax.tree.leaves(found.damped(0.1).solve(low))[0].dtype == dtype


def test_a_network_is_whitened_and_solved_without_its_matrix():
    found, _ = compared("dense", 8)
    vector = jax.tree.map(jnp.ones_like, KNOWN["dense"][1])
    for operator in (found[0], found[2]):
        damped = operator.damped(0.1)
        back = damped.mv(damped.solve(vector))
        for leaf, wanted in zip(jax.tree.leaves(back), jax.tree.leaves(vector), strict=True):
            np.testing.assert_allclose(leaf, wanted, rtol=1e-9, atol=1e-10)


def test_what_makes_no_sense_is_refused():
    function, params, x = KNOWN["dense"]
    model, inputs = fx.Conditional(function, CLASSES), rows_of(x, 4)
    with pytest.raises(ValueError, match="no product"):
        fx.fisher(model, params, (inputs, jnp.zeros(4, int)), fx.Observed(), fx.KFAC())
    with pytest.raises(ValueError, match="layers of a network"):
        fx.fisher(fx.Family(dist.Normal), {"loc": 0.0, "scale": 1.0}, structure=fx.EKFAC())
    with pytest.raises(ValueError, match="dense_up_to"):
        fx.EKFAC(dense_up_to=-1)
