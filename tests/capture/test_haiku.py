"""Layers of Haiku are found as what they are, after `hk.transform`."""

import functools

import jax
import jax.numpy as jnp
import pytest

from .cases import draw
from .examined import Case, Examined, drawn

hk = pytest.importorskip("haiku")

ROWS, IMAGE, NUMBERS = draw(0, 6, 4), draw(0, 6, 5, 2), jnp.array([1, 3, 3, 9])


def built(function, x, found):
    """Parameters and state by their shapes; running averages are ones."""
    network = hk.without_apply_rng(hk.transform_with_state(function))
    key = jax.random.key(0)
    params, _ = jax.eval_shape(lambda x: network.init(key, x), x)
    _, state = jax.eval_shape(lambda x: network.init(key, x), x)
    state = jax.tree.map(lambda leaf: jnp.ones(leaf.shape, leaf.dtype), state)
    return Case(lambda p, x: network.apply(p, state, x)[0], drawn(params), x, found)


def case(function, x, found):
    return functools.partial(built, function, x, found)


def recurrent(kind):
    def unrolled(x):
        core = kind(3, name="core")
        return hk.dynamic_unroll(core, x, core.initial_state(None))[0]

    return unrolled


def convolutional(x):
    core = hk.Conv1DLSTM([5], 3, 3, name="core")
    return hk.dynamic_unroll(core, x, core.initial_state(1))[0]


def stacked(x):
    def layer(x):
        return jnp.tanh(hk.Linear(4, name="l")(hk.LayerNorm(-1, True, True, name="n")(x)))

    return hk.experimental.layer_stack(3, name="s")(layer)(x)


def attention(x):
    module = hk.MultiHeadAttention(2, 3, w_init=hk.initializers.RandomNormal(), name="a")
    return module(x, x, x)


def embedded(style):
    return lambda x: hk.Embed(10, 4, lookup_style=style, name="e")(x)


NORM = {"n.offset": "entries", "n.scale": "entries"}
HEADS = {f"a/{name}.w+a/{name}.b": (1, 5, 6) for name in ("query", "key", "value")}
STACK = "s"
CASES = {
    "linear": case(lambda x: hk.Linear(3, name="l")(x), ROWS, {"l.w+l.b": (1, 5, 3)}),
    "MLP": case(
        lambda x: hk.nets.MLP([5, 3], name="m")(x),
        ROWS[0],
        {f"m/~/linear_{k}.w+m/~/linear_{k}.b": shape for k, shape in enumerate([(1, 5, 5), (1, 6, 3)])},
    ),
    "recomputed": case(lambda x: hk.remat(hk.Linear(3, name="l"))(x), ROWS, {"l.w+l.b": (1, 5, 3)}),
    "bias": case(lambda x: hk.Bias(name="b")(x[None]), ROWS, {"b.b": "entries"}),
    "conv 1-D": case(lambda x: hk.Conv1D(3, 3, name="c")(x[None]), ROWS, {"c.w+c.b": (1, 13, 3)}),
    "conv 2-D": case(
        lambda x: hk.Conv2D(4, 3, rate=2, data_format="NCHW", name="c")(x), IMAGE, {"c.w+c.b": (1, 55, 4)}
    ),
    "conv 3-D": case(
        lambda x: hk.Conv3D(4, 2, stride=2, name="c")(x[None]), draw(0, 3, 4, 3, 2), {"c.w+c.b": (1, 17, 4)}
    ),
    "grouped": case(
        lambda x: hk.Conv1D(4, 3, feature_group_count=2, name="c")(x[None]), ROWS, {"c.w+c.b": (2, 7, 2)}
    ),
    "depthwise": case(lambda x: hk.DepthwiseConv2D(2, 3, name="c")(x[None]), IMAGE, {"c.w+c.b": (2, 10, 2)}),
    "transposed": case(
        lambda x: hk.Conv2DTranspose(4, 3, stride=2, name="c")(x[None]), IMAGE, {"c.w+c.b": (1, 19, 4)}
    ),
    "layer norm": case(lambda x: hk.LayerNorm(-1, True, True, name="n")(x), ROWS, NORM),
    "RMS norm": case(lambda x: hk.RMSNorm(-1, name="n")(x), ROWS, {"n.scale": "entries"}),
    "group norm": case(lambda x: hk.GroupNorm(2, name="n")(x[None]), draw(0, 3, 2, 4), NORM),
    "batch norm": case(
        lambda x: hk.BatchNorm(True, True, 0.9, name="n")(x[None], hk.running_init()), ROWS, NORM
    ),
    "attention": case(attention, ROWS, {**HEADS, "a/linear.w+a/linear.b": (1, 7, 6)}),
    "embed": case(embedded("ARRAY_INDEX"), NUMBERS, {"e.embeddings": (1, 10, 4)}),
    "embed by indicators": case(embedded("ONE_HOT"), NUMBERS, {"e.embeddings": (1, 10, 4)}),
    "LSTM": case(recurrent(hk.LSTM), ROWS, {"core/linear.w+core/linear.b": (1, 8, 12)}),
    "GRU, split by gates": case(
        recurrent(hk.GRU),
        ROWS,
        {
            "core.w_h[0:3, 0:6]+core.b[0:6]": (1, 4, 6),
            "core.w_h[0:3, 6:9]+core.b[6:9]": (1, 4, 3),
            "core.w_i": (1, 4, 9),
        },
    ),
    "recurrent": case(
        recurrent(hk.VanillaRNN),
        ROWS,
        {"core/linear.w+core/linear.b": (1, 5, 3), "core/linear_1.w+core/linear_1.b": (1, 4, 3)},
    ),
    "convolutional LSTM": case(
        convolutional,
        draw(0, 3, 1, 5, 2),
        {
            f"core/{name}_to_hidden.w+core/{name}_to_hidden.b": (1, size, 12)
            for name, size in (("input", 7), ("hidden", 10))
        },
    ),
    "scan over layers": case(
        stacked,
        ROWS,
        {
            f"{STACK}/l.w+{STACK}/l.b": (3, 5, 4),
            f"{STACK}/n.offset": "entries",
            f"{STACK}/n.scale": "entries",
        },
    ),
}


@functools.cache
def examined():
    return Examined(CASES)


@pytest.mark.parametrize("name", CASES)
def test_a_layer_is_found(name):
    examined().check(name)
