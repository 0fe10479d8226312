"""Networks as plain functions, each for ONE input, that use their parameters in every way that rules know."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax


def draw(seed, *shape):
    return jnp.asarray(np.random.default_rng(seed).normal(size=shape))


def _dense(p, x):
    return jnp.tanh(x @ p["w1"] + p["b1"]) @ p["w2"] + p["b2"]


def _sequence(p, x):
    return jnp.tanh(x @ p["w"] + p["b"]).mean(0) @ p["v"]


def _attention(p, x):
    q, k, v = jnp.einsum("td,dkhe->kthe", x, p["qkv"])
    weights = jax.nn.softmax(jnp.einsum("the,she->hts", q, k))
    return jnp.einsum("the,hed->td", jnp.einsum("hts,she->the", weights, v), p["o"]).mean(0)


def _fused(p, x):
    q, k, v = jnp.split(x @ p["qkv"] + p["b"], 3, -1)
    return jnp.tanh(q * k + v).mean(0)


def _tied(p, numbers):
    h = p["E"][numbers] + p["position"]
    return ((h * p["gain"] + p["shift"]) @ p["E"].T).mean(0)


def _row(p, number):
    return p["E"][number] @ p["w"]


def _convolutions(p, x):
    numbers = ("NHWC", "HWIO", "NHWC")
    y = lax.conv_general_dilated(
        x[None], p["k"], (2, 1), "SAME", rhs_dilation=(1, 2), dimension_numbers=numbers
    )
    y = jnp.tanh(y + p["b"])
    z = lax.conv_general_dilated(
        y, p["depthwise"], (1, 1), "VALID", dimension_numbers=numbers, feature_group_count=6
    )
    z = lax.conv_transpose(jnp.tanh(z), p["transposed"], (2, 2), "SAME", dimension_numbers=numbers)
    return z.mean((0, 1, 2))


def _one_dimension(p, x):
    y = lax.conv_general_dilated(
        x[None], p["k"], (2,), [(3, 1)], dimension_numbers=("NCH", "OIH", "NCH"), feature_group_count=2
    )
    return y.sum((0, 2))


def _three_dimensions(p, x):
    numbers = ("NDHWC", "DHWIO", "NDHWC")
    return jnp.tanh(
        lax.conv_general_dilated(x[None], p["k"], (1, 1, 1), "SAME", dimension_numbers=numbers)
    ).sum((0, 1, 2, 3))


def _recurrent(p, x):
    def step(h, entry):
        h = jnp.tanh(entry @ p["wx"] + h @ p["wh"] + p["b"])
        return h, h @ p["wo"]

    h, outputs = lax.scan(step, jnp.zeros(4), x)
    return outputs.sum(0) + h @ p["wo"]


def deep(p, x):
    """Layers that a scan walks along, recomputed on the way back."""

    def layer(h, w):
        return h + jnp.tanh(h @ w["w"] + w["b"]) * w["gain"], None

    h, _ = lax.scan(jax.checkpoint(layer), x, p["layers"])
    return h.mean(0) @ p["o"]


def _experts(p, x):
    gates = jax.nn.softmax(x @ p["gate"])
    h = jax.nn.relu(jnp.einsum("td,edf->tef", x, p["w"]) + p["b"])
    return (gates[..., None] * jnp.einsum("tef,efd->ted", h, p["v"])).sum(1).mean(0)


def _adapter(p, x):
    return x @ p["W"] + (x @ p["A"]) @ p["B"] * 0.5


def _reused(p, x):
    for _ in range(3):
        x = jnp.tanh(x @ p["w"] + p["b"])
    return x


def _norms(p, x):
    mean = x.mean(-1, keepdims=True)
    scale = lax.rsqrt(((x - mean) ** 2).mean(-1, keepdims=True) + 1e-6)
    return ((x - mean) * scale * p["gain"] + p["shift"] - p["less"]) @ p["w"] * p["all"]


def _inside(p, x):
    return jax.jit(lambda w, x: jax.jit(jnp.matmul)(x, w))(p["w"], x)


# Leaves whose gradients no rule rebuilds.
@jax.custom_jvp
def _rounded(w):
    return jnp.round(w)


_rounded.defjvp(lambda primals, tangents: (jnp.round(primals[0]), tangents[0]))


def _normalised_weight(p, x):
    return x @ (p["g"] * p["v"] / jnp.linalg.norm(p["v"], axis=0)) + jax.nn.softplus(p["s"])


@jax.custom_vjp
def _twice(w, x):
    return x @ w


_twice.defvjp(lambda w, x: (x @ w, (w, x)), lambda kept, g: (2 * jnp.outer(kept[1], g), g @ kept[0].T))


def _parts(p, x):
    first, second = jnp.split(p["w"], 2, 1)
    return jnp.tanh(x @ first) * (x @ second)


def _overlapping(p, x):
    return jnp.tanh(x @ p["w"][:, :4]) * (x @ p["w"][:, 2:])


def _branches(p, x):
    return lax.cond(x[0] > 0, lambda: x @ p["w"], lambda: 2 * x @ p["w"])


NUMBERS = jnp.array([1, 3, 3, 9, 0])
W = {"w": draw(1, 4, 3)}
# name: function, parameters, one input
KNOWN = {
    "dense": (
        _dense,
        {"w1": draw(1, 3, 4), "b1": draw(2, 4), "w2": draw(3, 4, 2), "b2": draw(4, 2)},
        draw(5, 3),
    ),
    "sequence": (_sequence, {"w": draw(1, 3, 4), "b": draw(2, 4), "v": draw(3, 4, 2)}, draw(5, 7, 3)),
    "attention": (_attention, {"qkv": draw(1, 4, 3, 2, 5), "o": draw(2, 2, 5, 4)}, draw(3, 6, 4)),
    "fused projections": (_fused, {"qkv": draw(1, 4, 12), "b": draw(2, 12)}, draw(3, 6, 4)),
    "tied embedding": (
        _tied,
        {"E": draw(1, 10, 4), "position": draw(2, 5, 4), "gain": draw(3, 4), "shift": draw(4, 4)},
        NUMBERS,
    ),
    "row": (_row, {"E": draw(1, 10, 4), "w": draw(2, 4, 3)}, jnp.array(3)),
    "take": (lambda p, i: jnp.take(p["E"], i, axis=0).sum(0), {"E": draw(1, 10, 4)}, NUMBERS),
    "convolutions": (
        _convolutions,
        {
            "k": draw(1, 3, 3, 2, 6),
            "b": draw(2, 6),
            "depthwise": draw(3, 2, 2, 1, 12),
            "transposed": draw(4, 3, 3, 12, 5),
        },
        draw(5, 8, 7, 2),
    ),
    "1-D grouped convolution": (_one_dimension, {"k": draw(1, 4, 3, 5)}, draw(2, 6, 11)),
    "3-D convolution": (_three_dimensions, {"k": draw(1, 2, 3, 2, 3, 4)}, draw(2, 3, 4, 5, 3)),
    "recurrent": (
        _recurrent,
        {"wx": draw(1, 3, 4), "wh": draw(2, 4, 4), "b": draw(3, 4), "wo": draw(4, 4, 2)},
        draw(5, 6, 3),
    ),
    "scan over layers": (
        deep,
        {"layers": {"w": draw(1, 3, 4, 4), "b": draw(2, 3, 4), "gain": draw(3, 3, 4)}, "o": draw(4, 4, 2)},
        draw(5, 6, 4),
    ),
    "experts": (
        _experts,
        {"gate": draw(1, 4, 3), "w": draw(2, 3, 4, 5), "b": draw(3, 3, 5), "v": draw(4, 3, 5, 2)},
        draw(5, 7, 4),
    ),
    "adapter": (_adapter, {"W": draw(1, 4, 3), "A": draw(2, 4, 2), "B": draw(3, 2, 3)}, draw(5, 7, 4)),
    "reused": (_reused, {"w": draw(1, 3, 3), "b": draw(2, 3)}, draw(5, 3)),
    "norms": (
        _norms,
        {
            "gain": draw(1, 4),
            "shift": draw(2, 4),
            "less": draw(3, 1, 4),
            "w": draw(4, 4, 2),
            "all": draw(5, 1)[0],
        },
        draw(6, 7, 4),
    ),
    "jit within": (_inside, W, draw(5, 7, 4)),
}
UNKNOWN = {
    "weight norm": (
        _normalised_weight,
        {"g": draw(1, 3), "v": draw(2, 4, 3), "s": draw(3, 3)},
        draw(5, 7, 4),
    ),
    "own derivative": (lambda p, x: x @ _rounded(p["w"]), W, draw(5, 4)),
    "own gradient": (lambda p, x: _twice(p["w"], x), W, draw(5, 4)),
    "branches": (_branches, W, draw(5, 4)),
}
PARTS = (_parts, {"w": draw(1, 4, 6)}, draw(3, 4))
OVERLAPPING = (_overlapping, {"w": draw(1, 4, 6)}, draw(3, 4))
