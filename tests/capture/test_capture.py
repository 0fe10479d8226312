"""Gradients rebuilt from captured pairs are those of `jax.grad`; every leaf is accounted for."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from fisherax.capture import gradients, layers, pairs, trace

from .cases import KNOWN, OVERLAPPING, PARTS, UNKNOWN, W, deep, draw

ALL = {**KNOWN, **UNKNOWN, "parts of a leaf": PARTS, "overlapping parts": OVERLAPPING}


def cotangents_like(output, rows=2):
    return jax.tree.map(lambda o: draw(7, rows, *o.shape).astype(o.dtype), output)


def both(function, params, x, rows=2):
    """Rebuilt gradients, those of each layer as matrices, and JAX's own."""
    program = trace(function, params, x)
    rows = cotangents_like(jax.eval_shape(function, params, x), rows)
    parts = [layer for layer in layers(program) if layer.places]

    @jax.jit
    def run(params, x):
        found = pairs(program, params, x, lambda output: rows)[1]
        pullback = jax.vjp(lambda params: function(params, x), params)[1]
        matrices = [layer.gradients(program, found) for layer in parts]
        return gradients(program, found), matrices, jax.tree.leaves(jax.vmap(pullback)(rows)[0])

    rebuilt, matrices, expected = run(params, x)
    return program, parts, rebuilt, matrices, expected


def laid(gradients, place, window):
    """Gradients of a leaf as the rows of a layer that they are."""
    inside = () if window is None else tuple(slice(*ends) for ends in window)
    found = np.asarray(gradients)[(slice(None), *inside)].reshape(-1, *place.fine)
    return found.transpose(0, *(axis + 1 for axis in place.axes)).reshape(-1, *place.shape)


@pytest.mark.parametrize("name", ALL)
def test_gradients_are_rebuilt(name):
    program, parts, rebuilt, matrices, expected = both(*ALL[name])
    for leaf, found, wanted in zip(program.names, rebuilt, expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12, err_msg=leaf)
    # The same, as the matrix of each layer, leaf under leaf.
    for layer, matrix in zip(parts, matrices, strict=True):
        assert matrix.shape[1:] == layer.shape
        row = 0
        windows = layer.windows or (None,) * len(layer.leaves)
        for leaf, place, window in zip(layer.leaves, layer.places, windows, strict=True):
            wanted = laid(expected[leaf], place, window)
            np.testing.assert_allclose(
                matrix[:, :, row : row + place.shape[1]], wanted, rtol=1e-12, atol=1e-12
            )
            row += place.shape[1]


@pytest.mark.parametrize("name", KNOWN)
def test_every_leaf_is_known(name):
    program = trace(*KNOWN[name])
    assert program.unknown == {}
    assert all(layer.kind in ("matrix", "entries") for layer in layers(program))


def named(name):
    program = trace(*ALL[name])
    return {
        tuple(program.names[leaf] for leaf in layer.leaves): (layer.kind, layer.places and layer.shape)
        for layer in layers(program)
    }


def test_what_layers_are_found():
    assert named("dense") == {("w1", "b1"): ("matrix", (1, 4, 4)), ("w2", "b2"): ("matrix", (1, 5, 2))}
    assert named("attention") == {("o",): ("matrix", (1, 10, 4)), ("qkv",): ("matrix", (1, 4, 30))}
    assert named("fused projections") == {("qkv", "b"): ("matrix", (1, 5, 12))}
    assert named("convolutions") == {
        ("depthwise",): ("matrix", (6, 4, 2)),
        ("k", "b"): ("matrix", (1, 19, 6)),
        ("transposed",): ("matrix", (1, 108, 5)),
    }
    assert named("1-D grouped convolution") == {("k",): ("matrix", (2, 15, 2))}
    # A scan that walks along its layers gives one block for each; a recurrence shares one over its steps.
    assert named("scan over layers")["layers.w", "layers.b"] == ("matrix", (3, 5, 4))
    assert named("scan over layers")[("layers.gain",)] == ("entries", (3, 1, 4))
    assert named("recurrent")[("wh",)] == ("matrix", (1, 4, 4))
    assert named("experts")[("v",)] == ("matrix", (3, 5, 2))
    assert named("reused") == {("w", "b"): ("matrix", (1, 4, 3))}


def test_a_tied_embedding_is_one_matrix_seen_from_both_sides():
    program = trace(*KNOWN["tied embedding"])
    layer = next(layer for layer in layers(program) if program.names[layer.leaves[0]] == "E")
    assert [program.uses[k].kind for k in layer.uses] == ["lookup", "matrix"]
    assert layer.turned == (False, True)


def test_what_no_rule_knows_is_named():
    assert trace(*UNKNOWN["branches"]).unknown == {0: ["cond"]}
    assert trace(*UNKNOWN["own derivative"]).unknown == {0: ["custom_jvp_call"]}
    assert trace(*UNKNOWN["own gradient"]).unknown == {0: ["custom_vjp_call"]}
    program = trace(*UNKNOWN["weight norm"])
    assert {program.names[k] for k in program.unknown} == {"s"}
    assert {layer.kind for layer in layers(program)} == {"direct", "entries"}
    assert [layer.kind for layer in layers(trace(*OVERLAPPING))] == ["direct"]


def test_leaves_without_a_use():
    program = trace(
        lambda p, x: x @ p["w"] + jax.lax.stop_gradient(p["still"]),
        {**W, "still": draw(2, 3), "no": W["w"]},
        draw(3, 4),
    )
    kinds = {program.names[layer.leaves[0]]: layer.kind for layer in layers(program)}
    assert kinds == {"w": "matrix", "still": "unused", "no": "unused"}


def test_half_precision_is_multiplied_in_single():
    """Products of bfloat16 activations are summed in float32: nearer to the truth than the network's own gradient."""
    params = {"w": draw(1, 4, 3).astype(jnp.bfloat16)}
    x = draw(2, 50, 4).astype(jnp.bfloat16)
    _, _, (rebuilt,), _, (own,) = both(lambda p, x: x @ p["w"], params, x)
    assert rebuilt.dtype == jnp.float32
    rows = np.asarray(cotangents_like(jax.ShapeDtypeStruct((50, 3), jnp.bfloat16)), np.float64)
    truth = np.einsum("ti,rto->rio", np.asarray(x, np.float64), rows)
    error = [np.abs(np.asarray(found, np.float64) - truth).max() for found in (rebuilt, own)]
    assert error[0] < 1e-5
    assert error[0] < error[1]


def test_a_scan_is_its_layers_in_turn():
    """Blocks of scanned layers are those of the same layers written out."""
    _, params, x = KNOWN["scan over layers"]

    def written_out(p, x):
        for k in range(3):
            w = jax.tree.map(lambda leaf: leaf[k], p["layers"])  # noqa: B023
            x = x + jnp.tanh(x @ w["w"] + w["b"]) * w["gain"]
        return x.mean(0) @ p["o"]

    scanned, plain = both(deep, params, x), both(written_out, params, x)
    for found, wanted in zip(scanned[2], plain[2], strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-11, atol=1e-12)


def test_many_observations_at_once():
    """Under `vmap`, each observation has the activations and cotangents that it has alone."""
    function, params, x = KNOWN["recurrent"]
    program = trace(function, params, x)
    many, rows = draw(9, 3, *x.shape), draw(7, 2, 2)
    one = jax.jit(lambda params, x: pairs(program, params, x, lambda output: rows))
    together = jax.jit(jax.vmap(one, in_axes=(None, 0)))(params, many)
    for k, entry in enumerate(many):
        for found, wanted in zip(*map(jax.tree.leaves, (together, one(params, entry))), strict=True):
            np.testing.assert_allclose(found[k], wanted, rtol=1e-12, atol=1e-12)
