"""Parameters behind each other in one array, beside what is computed, and together in one equation."""

import jax.numpy as jnp
import pytest
from jax import lax

from fisherax.capture import trace

from .cases import draw
from .test_joins import check, named

X = draw(0, 5, 4)
TWO = {"a": draw(1, 4, 3), "b": draw(2, 4, 2), "c": draw(3, 3), "d": draw(4, 2)}
SAME = {"a": draw(1, 4, 3), "b": draw(2, 4, 3), "c": draw(3, 3)}
TOKEN = {"a": draw(1, 4, 3), "token": draw(2, 1, 4), "position": draw(3, 6, 4)}
cat = jnp.concatenate


def _both(p):
    return cat([p["a"], p["b"]], 1), cat([p["c"], p["d"]])


def _outputs(p, x):
    kernel, bias = _both(p)
    return jnp.tanh(x @ kernel + bias)


def _seen_twice(p, x):
    kernel, bias = _both(p)
    y = x @ kernel
    return jnp.tanh(y + bias) * y


def _outside_of_a_scan(p, x):
    kernel, bias = _both(p)
    return lax.scan(lambda h, entry: (jnp.tanh(entry @ kernel + bias) + h, None), jnp.zeros(5), x)[0]


def _inputs(p, x):
    return jnp.tanh(cat([x, jnp.sin(x)], 1) @ cat([p["a"], p["b"]], 0) + p["c"])


def _moved(p, x):
    kernel = cat([p["a"].T, p["b"].T], 0).T.astype(jnp.float64)
    return x @ jnp.broadcast_to(kernel.reshape(4, 1, 5), (4, 2, 5)).transpose(1, 0, 2).sum(0)


def _stacked(p, x):
    return jnp.einsum("td,kdo->tko", x, jnp.stack([p["a"], p["b"]])) * p["c"]


def _scaled(p, x):
    kernel, gain = _both(p)
    return x @ kernel * gain[None]


def _token(p, x):
    return jnp.tanh((cat([p["token"], x]) + p["position"]) @ p["a"])


def _first_state(p, x):
    return lax.scan(lambda h, entry: (jnp.tanh(entry @ p["w"] + h @ p["u"] + p["b"]), None), p["first"], x)[0]


ENTRIES = "entries"
CASES = {
    "outputs": (_outputs, TWO, X, {("a", "c"): (1, 5, 3), ("b", "d"): (1, 5, 2)}),
    "seen twice": (
        _seen_twice,
        TWO,
        X,
        {("a",): (1, 4, 3), ("b",): (1, 4, 2), ("c",): ENTRIES, ("d",): ENTRIES},
    ),
    "outside of a scan": (_outside_of_a_scan, TWO, X, {("a", "c"): (1, 5, 3), ("b", "d"): (1, 5, 2)}),
    "inputs": (_inputs, SAME, X, {("a", "c"): (1, 5, 3), ("b",): (1, 4, 3)}),
    "stacked": (_stacked, SAME, X, {("a",): (1, 4, 3), ("b",): (1, 4, 3), ("c",): ENTRIES}),
    "scaled": (_scaled, TWO, X, {("a",): (1, 4, 3), ("b",): (1, 4, 2), ("c",): ENTRIES, ("d",): ENTRIES}),
    "a token": (_token, TOKEN, X, {("a",): (1, 4, 3), ("token",): ENTRIES, ("position",): ENTRIES}),
    "a first state": (
        _first_state,
        {"w": draw(1, 4, 3), "u": draw(2, 3, 3), "b": draw(3, 3), "first": draw(4, 3)},
        X,
        {("w", "b"): (1, 5, 3), ("u",): (1, 3, 3), ("first",): ENTRIES},
    ),
    "an output": (
        lambda p, x: (x @ p["a"], jnp.broadcast_to(p["c"], (5, 3))),
        {"a": SAME["a"], "c": SAME["c"]},
        X,
        {("a",): (1, 4, 3), ("c",): ENTRIES},
    ),
    "an output of a scan": (
        lambda p, x: lax.scan(lambda h, entry: (h + entry @ p["a"], p["c"]), jnp.zeros(3), x),
        {"a": SAME["a"], "c": SAME["c"]},
        X,
        {("a",): (1, 4, 3), ("c",): ENTRIES},
    ),
    "two parameters": (
        lambda p, x: jnp.tanh(p["query"] @ p["a"]) @ x[:3],
        {"a": SAME["a"], "query": draw(5, 2, 4)},
        X,
        {("a",): (1, 4, 3), ("query",): ENTRIES},
    ),
    "behind a barrier": (
        lambda p, x: (lambda w, b, y: y @ w + b)(*lax.optimization_barrier((p["a"], p["c"], x))),
        {"a": SAME["a"], "c": SAME["c"]},
        X,
        {("a", "c"): (1, 5, 3)},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_each_parameter_is_found(name):
    *case, wanted = CASES[name]
    found = check(case).items()
    assert {key: layer.shape if layer.kind == "matrix" else layer.kind for key, layer in found} == wanted


def test_what_cannot_be_taken_apart_is_named():
    case = (lambda p, x: x @ jnp.sin(cat([p["a"], p["b"]], 1)), {k: TWO[k] for k in "ab"}, X)
    assert trace(*case).unknown == {0: ["sin"], 1: ["sin"]}
    check(case)
    case = (_moved, {k: TWO[k] for k in "ab"}, X)
    assert {layer.kind for layer in named(trace(*case)).values()} == {"direct"}
    check(case)


def test_two_outputs_of_a_barrier_are_two():
    def barred(p, x):
        y, z = lax.optimization_barrier((x @ p["a"], x))
        return jnp.tanh(z[:, :3] + p["c"]) * y

    assert set(check((barred, {"a": SAME["a"], "c": SAME["c"]}, X))) == {("a",), ("c",)}
