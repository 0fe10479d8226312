"""A bias joins the layer that it is added to, wherever that is the same; its gradient is its own elsewhere."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from fisherax.capture import layers

from .cases import draw
from .test_capture import both, laid

P = {"w": draw(1, 4, 3), "b": draw(2, 3)}
X = draw(3, 5, 4)
BLOCKS = {"w": draw(1, 3, 4, 2), "b": draw(2, 3, 2)}
HEADS = {"w": draw(1, 4, 6), "b": draw(2, 2, 3)}


def _seen_twice(p, x):
    y = x @ p["w"]
    return jnp.tanh(y + p["b"]) * y


def _seen_outside(p, x):
    y = x @ p["w"]
    return jax.jit(jnp.add)(y, p["b"]) * jnp.sin(y)


def _seen_in_a_scan(p, x):
    def step(total, entry):
        y = entry @ p["w"]
        return total + y, jnp.sin(y + p["b"])

    total, found = lax.scan(step, jnp.zeros(3), x)
    return total * found.sum(0)


def _an_output_too(p, x):
    y = x @ p["w"]
    return y, y + p["b"]


def _two_shifts(p, x):
    y = x @ p["w"]
    return jnp.tanh(y + p["b"]) + jnp.sin(y + p["c"])


def _used_elsewhere(p, x):
    return jnp.tanh(jnp.einsum("gd,gdo->go", x, p["w"]) + p["b"]) * p["b"]


APART = {
    "the output is seen twice": (_seen_twice, P, X),
    "seen outside of a jit": (_seen_outside, P, X),
    "seen twice in a scan": (_seen_in_a_scan, P, X),
    "an output too": (_an_output_too, P, X),
    "two shifts": (_two_shifts, {**P, "c": draw(4, 3)}, X),
    "the output doubled": (lambda p, x: jnp.tanh((lambda y: y + y)(x @ p["w"]) + p["b"]), P, X),
    "used elsewhere": (_used_elsewhere, BLOCKS, draw(3, 3, 4)),
    "blocks in another order": (
        lambda p, x: jnp.einsum("tgd,gdo->tog", x, p["w"]) + p["b"],
        {"w": BLOCKS["w"], "b": draw(2, 2, 3)},
        draw(3, 5, 3, 4),
    ),
    "entries in another order": (
        lambda p, x: (x @ p["w"]).reshape(5, 2, 3).transpose(0, 2, 1) + p["b"].T,
        {"w": HEADS["w"], "b": draw(2, 2, 3)},
        X,
    ),
    "a sum over positions": (lambda p, x: jnp.tanh((x @ p["w"]).sum(0) + p["b"]), P, X),
}


def _groups(p, x):
    def layer(h, w):
        numbers = ("NHC", "HIO", "NHC")
        y = lax.conv_general_dilated(
            h[None], w["w"], (1,), "SAME", dimension_numbers=numbers, feature_group_count=2
        )
        return jnp.tanh(y[0] + w["b"]), None

    return lax.scan(layer, x, p)[0]


# with the shape (s, i, o) of the layer
TOGETHER = {
    "turned back": ((lambda p, x: (p["w"].T @ x.T).T + p["b"], P, X), (1, 5, 3)),
    "heads": ((lambda p, x: (x @ p["w"]).reshape(5, 2, 3) + p["b"], HEADS, X), (1, 5, 6)),
    "heads merged": (
        (
            lambda p, x: jnp.einsum("td,dhe->the", x, p["w"]).reshape(5, 6) + p["b"].reshape(6),
            {"w": draw(1, 4, 2, 3), "b": HEADS["b"]},
            X,
        ),
        (1, 5, 6),
    ),
    "blocks": (
        (lambda p, x: jnp.einsum("tgd,gdo->tgo", x, p["w"]) + p["b"], BLOCKS, draw(3, 5, 3, 4)),
        (3, 5, 2),
    ),
    "ensemble": (
        (lambda p, x: jax.vmap(lambda w, b: jnp.tanh(x @ w + b), out_axes=1)(p["w"], p["b"]), BLOCKS, X),
        (1, 5, 6),
    ),
    "groups in a scan": ((_groups, {"w": draw(1, 3, 3, 2, 4), "b": draw(2, 3, 4)}, draw(3, 6, 4)), (6, 7, 2)),
    "a sum of two": ((lambda p, x: jnp.tanh(x @ p["w"] + jnp.sin(x[:, :3]) + p["b"]), P, X), (1, 5, 3)),
}


def named(program):
    return {tuple(program.names[k] for k in layer.leaves): layer for layer in layers(program)}


def check(case):
    program, parts, rebuilt, matrices, expected = both(*case)
    for found, wanted in zip(rebuilt, expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)
    for layer, matrix in zip(parts, matrices, strict=True):
        windows = layer.windows or (None,) * len(layer.leaves)
        rows = [
            laid(expected[leaf], *where)
            for leaf, *where in zip(layer.leaves, layer.places, windows, strict=True)
        ]
        np.testing.assert_allclose(matrix, np.concatenate(rows, axis=2), rtol=1e-12, atol=1e-12)
    return named(program)


@pytest.mark.parametrize("name", APART)
def test_a_shift_that_is_no_row_of_the_weight(name):
    assert {"w", "b"} <= {leaf for (leaf, *others) in check(APART[name]) if not others}


@pytest.mark.parametrize("name", TOGETHER)
def test_a_bias_that_is_a_row_of_the_weight(name):
    case, shape = TOGETHER[name]
    assert {key: layer.shape for key, layer in check(case).items()} == {("w", "b"): shape}
