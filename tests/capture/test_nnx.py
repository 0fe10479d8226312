"""Layers of Flax NNX are found as what they are, after `nnx.split`."""

import functools

import jax
import jax.numpy as jnp
import pytest

from .cases import draw
from .examined import Case, Examined, drawn

nnx = pytest.importorskip("flax.nnx")

ROWS, IMAGE, NUMBERS = draw(0, 6, 4), draw(0, 6, 5, 2), jnp.array([1, 3, 3, 9])


def call(module, x):
    return module(x)


def built(make, x, apply, found):
    module = make(param_dtype=jnp.float64, rngs=nnx.Rngs(0))
    graph, params, rest = nnx.split(module, nnx.Param, ...)
    # What is not differentiated is copied: a Variable of outside cannot be written to inside of a trace.
    merged = lambda p: nnx.merge(graph, p, rest, copy=True)  # noqa: E731
    return Case(lambda p, x: apply(merged(p), x), drawn(params), x, found)


def case(kind, *sizes, x=ROWS, apply=call, found, **settings):
    return functools.partial(built, functools.partial(kind, *sizes, **settings), x, apply, found)


class Block(nnx.Module):
    def __init__(self, param_dtype, rngs):
        self.up = nnx.Linear(4, 5, rngs=rngs, param_dtype=param_dtype)
        self.off = nnx.Dropout(0.1, deterministic=True, rngs=rngs)
        self.down = nnx.Linear(5, 4, rngs=rngs, param_dtype=param_dtype)

    def __call__(self, x):
        return x + self.down(self.off(nnx.gelu(self.up(x))))


class Deep(nnx.Module):
    def __init__(self, param_dtype, rngs):
        make = nnx.vmap(lambda rngs: Block(param_dtype, rngs))
        self.layers = nnx.split_rngs(splits=3)(make)(rngs)

    def __call__(self, x):
        scan = nnx.scan(in_axes=(nnx.Carry, 0), out_axes=nnx.Carry)
        return scan(lambda x, layer: layer(x))(x, self.layers)


def recurrent(cell):
    def make(param_dtype, rngs):
        return nnx.RNN(cell(4, 3, param_dtype=param_dtype, rngs=rngs), rngs=rngs)

    return make


def heads():
    return {f"{name}.kernel+{name}.bias": (1, 5, 4) for name in ("query", "key", "value", "out")}


NORM = {"bias": "entries", "scale": "entries"}
BLOCK = {"up.kernel+up.bias": (1, 5, 5), "down.kernel+down.bias": (1, 6, 4)}
GATES = {f"cell.h{g}.kernel+cell.h{g}.bias": (1, 4, 3) for g in "ifgo"}
GATES |= {f"cell.{g}.kernel": (1, 4, 3) for g in ("ii", "if_", "ig", "io")}
CASES = {
    "linear": case(nnx.Linear, 4, 3, found={"kernel+bias": (1, 5, 3)}),
    "general": case(
        nnx.LinearGeneral,
        (5, 2),
        (2, 3),
        axis=(-2, -1),
        x=IMAGE,
        found={"kernel+bias": (1, 11, 6)},
    ),
    "einsum": case(nnx.Einsum, "td,dhe->the", (4, 2, 3), (2, 3), found={"kernel+bias": (1, 5, 6)}),
    "conv": case(nnx.Conv, 2, 4, (3, 3), x=IMAGE, found={"kernel+bias": (1, 19, 4)}),
    "grouped": case(nnx.Conv, 4, 4, (3,), feature_group_count=2, found={"kernel+bias": (2, 7, 2)}),
    "transposed": case(
        nnx.ConvTranspose, 2, 4, (3, 3), strides=2, x=IMAGE, found={"kernel+bias": (1, 19, 4)}
    ),
    "embed": case(nnx.Embed, 10, 4, x=NUMBERS, found={"embedding": (1, 10, 4)}),
    "tied": case(
        nnx.Embed,
        10,
        4,
        x=NUMBERS,
        apply=lambda module, x: module.attend(jnp.tanh(module(x))),
        found={"embedding": (1, 10, 4)},
    ),
    "layer norm": case(nnx.LayerNorm, 4, found=NORM),
    "RMS norm": case(nnx.RMSNorm, 4, found={"scale": "entries"}),
    "group norm": case(nnx.GroupNorm, 4, num_groups=2, found=NORM),
    "batch norm": case(nnx.BatchNorm, 4, use_running_average=True, found=NORM),
    "attention": case(nnx.MultiHeadAttention, 2, 4, decode=False, found=heads()),
    "adapter": case(
        nnx.LoRALinear,
        4,
        3,
        lora_rank=2,
        found={"kernel+bias": (1, 5, 3), "lora.lora_a": (1, 4, 2), "lora.lora_b": (1, 2, 3)},
    ),
    "GRU": case(
        recurrent(nnx.GRUCell),
        found={"cell.dense_h.kernel": (1, 3, 9), "cell.dense_i.kernel+cell.dense_i.bias": (1, 5, 9)},
    ),
    "LSTM": case(recurrent(nnx.LSTMCell), found=GATES),
    "one product for all gates": case(
        recurrent(nnx.OptimizedLSTMCell),
        found={"cell.dense_h.kernel+cell.dense_h.bias": (1, 4, 12), "cell.dense_i.kernel": (1, 4, 12)},
    ),
    "block": case(Block, found=BLOCK),
    "recomputed": case(Block, apply=lambda module, x: nnx.remat(call)(module, x), found=BLOCK),
    "scan over layers": case(
        Deep, found={"layers." + key.replace("+", "+layers."): (3, i, o) for key, (_, i, o) in BLOCK.items()}
    ),
}


@functools.cache
def examined():
    return Examined(CASES)


@pytest.mark.parametrize("name", CASES)
def test_a_layer_is_found(name):
    examined().check(name)


def test_a_frozen_part_has_no_uses():
    """Only what is handed in as parameters is looked at: a frozen layer is a constant of the function."""
    module = Block(jnp.float64, nnx.Rngs(0))
    graph, tuned, rest = nnx.split(module, lambda path, _: path[0] == "up", ...)
    cases = {
        "tuned": lambda: Case(
            lambda p, x: nnx.merge(graph, p, rest, copy=True)(x),
            drawn(tuned),
            ROWS,
            {"up.kernel+up.bias": (1, 5, 5)},
        )
    }
    Examined(cases).check("tuned")
    assert jax.tree.structure(tuned).num_leaves == 2
