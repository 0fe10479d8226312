"""A leaf that is split before its use is as many layers as it has parts."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

import fisherax as fx
from fisherax.capture import layers, trace

from .cases import draw
from .examined import part
from .test_joins import check

X = draw(0, 5, 4)


def _gated(p, x):
    (w, v), (b, c) = jnp.split(p["w"], 2, 1), jnp.split(p["b"], 2)
    return jnp.tanh(x @ w + b) * (x @ v + c)


def _gated_layers(p, x):
    def layer(h, w):
        up, gate = jnp.split(w["w"], [4], axis=1)
        return h + jnp.tanh(h @ up + w["b"]) * (h @ gate)[:, :1], None

    return lax.scan(layer, x, p)[0]


def _rest_unused(p, x):
    return jnp.tanh(x @ p["w"][:, 2:5][:, 1:] + p["b"])


def _rows(p, x):
    return x @ p["w"][:4] + jnp.sin(x) @ p["w"][4:]


def _split_twice(p, x):
    return jnp.tanh(x[:, :2] @ p["w"][:2, :3]) * (x @ p["w"][:, 3:])


WB = {"w": draw(1, 4, 6), "b": draw(2, 6)}
CASES = {
    "gated": (_gated, WB, X, {"w[0:4, 0:3]+b[0:3]": (1, 5, 3), "w[0:4, 3:6]+b[3:6]": (1, 5, 3)}),
    "gated layers": (
        _gated_layers,
        {"w": draw(1, 3, 4, 6), "b": draw(2, 3, 4)},
        X,
        {"w[0:3, 0:4, 0:4]+b": (3, 5, 4), "w[0:3, 0:4, 4:6]": (3, 4, 2)},
    ),
    "the rest is not used": (
        _rest_unused,
        {"w": WB["w"], "b": draw(2, 2)},
        X,
        {"w[0:4, 3:5]+b": (1, 5, 2), "w[0:4, 0:3]": "unused", "w[0:4, 5:6]": "unused"},
    ),
    "rows": (_rows, {"w": draw(1, 8, 3)}, X, {"w[0:4, 0:3]": (1, 4, 3), "w[4:8, 0:3]": (1, 4, 3)}),
    "along two axes": (_split_twice, {"w": WB["w"]}, X, {"w": "direct"}),
}


@pytest.mark.parametrize("name", CASES)
def test_each_part_is_a_layer(name):
    function, params, x, wanted = CASES[name]
    check((function, params, x))
    program = trace(function, params, x)
    found = {}
    for layer in layers(program):
        windows = layer.windows or (None,) * len(layer.leaves)
        names = [program.names[k] + part(window) for k, window in zip(layer.leaves, windows, strict=True)]
        found["+".join(names)] = layer.shape if layer.kind == "matrix" else layer.kind
    assert found == wanted


def test_an_operator_of_parts():
    """Every verb of an operator with two blocks in one leaf is that of its matrix; so are a leaf's own entries."""
    model = fx.Conditional(lambda p, x: _gated(p, x), fx.heads.Categorical())
    for structure in (fx.KFAC(), fx.EKFAC()):
        G = fx.fisher(model, WB, draw(3, 9, 4), structure=structure).damped(0.1)
        matrix = np.asarray(G.as_matrix())
        vector = jax.tree.map(lambda leaf: draw(4, *leaf.shape), WB)
        flat = lambda tree: np.concatenate([np.ravel(tree[key]) for key in "bw"])  # noqa: E731
        np.testing.assert_allclose(flat(G.mv(vector)), matrix @ flat(vector), rtol=1e-10, atol=1e-12)
        solved = np.linalg.solve(matrix, flat(vector))
        np.testing.assert_allclose(flat(G.solve(vector)), solved, rtol=1e-9, atol=1e-11)
        np.testing.assert_allclose(flat(G.diagonal()), np.diag(matrix), rtol=1e-10)
        assert G.logdet() == pytest.approx(np.linalg.slogdet(matrix)[1], rel=1e-10)
    explained = fx.explain(model, WB, draw(3, 4))
    assert [leaf.block for leaf in explained.leaves] == ["Kronecker 5 × 3"] * 2
    assert explained.numbers == 2 * (25 + 9)
