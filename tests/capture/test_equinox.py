"""Layers of Equinox are found as what they are, for one input and under `vmap`."""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import pytest
from equinox import nn

from .cases import draw
from .examined import Case, Examined, drawn

KEY = jax.random.key(0)
ONE, ROWS, NUMBERS = draw(0, 4), draw(0, 6, 4), jnp.array([1, 3, 3, 9])


def call(module, x):
    return module(x)


def each(module, x):
    return jax.vmap(module)(x)


def built(make, x, apply, found):
    params, static = eqx.partition(make(), eqx.is_inexact_array)
    return Case(lambda p, x: apply(eqx.combine(p, static), x), drawn(params), x, found)


def case(make, x, found, apply=call):
    return functools.partial(built, make, x, apply, found)


def batch_norm():
    module, state = nn.make_with_state(nn.BatchNorm)(4, axis_name="batch", mode="batch")
    module = nn.inference_mode(module)
    return built(lambda: module, draw(0, 4, 5), lambda module, x: module(x, state)[0], NORM)


def layer(kind, *sizes, **settings):
    return functools.partial(kind, *sizes, key=KEY, **settings)


def unrolled(cell, x):
    state = jnp.zeros(3)
    start = (state, state) if isinstance(cell, nn.LSTMCell) else state
    return jax.lax.scan(lambda h, entry: (cell(entry, h), None), start, x)[0]


def stack():
    return eqx.filter_vmap(lambda key: nn.MLP(4, 4, 5, 1, key=key))(jax.random.split(KEY, 3))


def scanned(module, x):
    leaves, static = eqx.partition(module, eqx.is_array)
    return jax.lax.scan(lambda h, one: (h + eqx.combine(one, static)(h), None), x, leaves)[0]


def ensemble(module, x):
    return eqx.filter_vmap(call, in_axes=(eqx.if_array(0), None))(module, x)


def looked_up_and_back(table, x):
    return jnp.tanh(jax.vmap(table)(x)) @ table.weight.T


JOINED = "weight+bias"
NORM = {"weight": "entries", "bias": "entries"}
MLP = {
    f"layers.{k}.weight+layers.{k}.bias": shape for k, shape in enumerate([(1, 5, 5), (1, 6, 5), (1, 6, 3)])
}
mlp = layer(nn.MLP, 4, 3, 5, 2)
CASES = {
    "linear": case(layer(nn.Linear, 4, 3), ONE, {JOINED: (1, 5, 3)}),
    "linear for each": case(layer(nn.Linear, 4, 3), ROWS, {JOINED: (1, 5, 3)}, each),
    "scalar": case(layer(nn.Linear, "scalar", "scalar"), jnp.array(1.5), {JOINED: (1, 2, 1)}),
    "MLP": case(mlp, ONE, MLP),
    "MLP for each": case(mlp, ROWS, MLP, each),
    "recomputed": case(mlp, ONE, MLP, lambda module, x: eqx.filter_checkpoint(call)(module, x)),
    "within a jit": case(mlp, ONE, MLP, lambda module, x: eqx.filter_jit(call)(module, x)),
    "conv 1-D": case(layer(nn.Conv1d, 2, 4, 3), draw(0, 2, 7), {JOINED: (1, 7, 4)}),
    "conv 1-D for each": case(layer(nn.Conv1d, 2, 4, 3), draw(0, 3, 2, 7), {JOINED: (1, 7, 4)}, each),
    "conv 2-D": case(
        layer(nn.Conv2d, 2, 4, 3, stride=2, padding=1, dilation=2), draw(0, 2, 8, 7), {JOINED: (1, 19, 4)}
    ),
    "circular": case(
        layer(nn.Conv2d, 2, 4, 3, padding="SAME", padding_mode="CIRCULAR"),
        draw(0, 2, 4, 5),
        {JOINED: (1, 19, 4)},
    ),
    "conv 3-D": case(layer(nn.Conv3d, 2, 4, 2), draw(0, 2, 3, 4, 3), {JOINED: (1, 17, 4)}),
    "grouped": case(layer(nn.Conv2d, 4, 8, 3, groups=2), draw(0, 4, 5, 4), {JOINED: (2, 19, 4)}),
    "grouped for each": case(
        layer(nn.Conv1d, 4, 4, 3, groups=2), draw(0, 3, 4, 7), {JOINED: (2, 7, 2)}, each
    ),
    "depthwise": case(layer(nn.Conv2d, 4, 4, 3, groups=4), draw(0, 4, 5, 4), {JOINED: (4, 10, 1)}),
    "transposed": case(
        layer(nn.ConvTranspose2d, 2, 4, 3, stride=2, padding=1, output_padding=1),
        draw(0, 2, 4, 4),
        {JOINED: (1, 19, 4)},
    ),
    "transposed and grouped": case(
        layer(nn.ConvTranspose1d, 4, 6, 3, groups=2), draw(0, 4, 5), {JOINED: (2, 7, 3)}
    ),
    "embedding": case(layer(nn.Embedding, 10, 4), jnp.array(3), {"weight": (1, 10, 4)}),
    "embedding for each": case(layer(nn.Embedding, 10, 4), NUMBERS, {"weight": (1, 10, 4)}, each),
    "tied": case(layer(nn.Embedding, 10, 4), NUMBERS, {"weight": (1, 10, 4)}, looked_up_and_back),
    "layer norm": case(lambda: nn.LayerNorm(4), ROWS, NORM, each),
    "RMS norm": case(lambda: nn.RMSNorm(4), ROWS, NORM, each),
    "group norm": case(lambda: nn.GroupNorm(2, 4), draw(0, 4, 3, 2), NORM),
    "batch norm": batch_norm,
    "attention": case(
        layer(nn.MultiheadAttention, 2, 4, use_query_bias=True, use_output_bias=True),
        ROWS,
        {
            "query_proj.weight+query_proj.bias": (1, 5, 4),
            "key_proj.weight": (1, 4, 4),
            "value_proj.weight": (1, 4, 4),
            "output_proj.weight+output_proj.bias": (1, 5, 4),
        },
        lambda module, x: module(x, x, x),
    ),
    "LSTM": case(
        layer(nn.LSTMCell, 4, 3), ROWS, {"weight_ih+bias": (1, 5, 12), "weight_hh": (1, 3, 12)}, unrolled
    ),
    "GRU": case(
        layer(nn.GRUCell, 4, 3),
        ROWS,
        {"weight_ih+bias": (1, 5, 9), "weight_hh": (1, 3, 9), "bias_n": "entries"},
        unrolled,
    ),
    "PReLU": case(lambda: nn.PReLU(), ONE, {"negative_slope": "entries"}),
    "dropout off": case(
        lambda: nn.Sequential([nn.Linear(4, 5, key=KEY), nn.Lambda(jax.nn.relu), nn.Dropout(inference=True)]),
        ONE,
        {"layers.0.weight+layers.0.bias": (1, 5, 5)},
    ),
    "scan over layers": case(
        stack,
        ONE,
        {"layers.0.weight+layers.0.bias": (3, 5, 5), "layers.1.weight+layers.1.bias": (3, 6, 4)},
        scanned,
    ),
    "ensemble": case(
        stack,
        ONE,
        {"layers.0.weight+layers.0.bias": (1, 5, 15), "layers.1.weight+layers.1.bias": (3, 6, 4)},
        ensemble,
    ),
}


@functools.cache
def examined():
    return Examined(CASES)


@pytest.mark.parametrize("name", CASES)
def test_a_layer_is_found(name):
    examined().check(name)
