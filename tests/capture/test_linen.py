"""Layers of Flax Linen are found as what they are."""

import functools

import jax
import jax.numpy as jnp
import pytest

from .cases import draw
from .examined import Case, Examined, drawn

nn = pytest.importorskip("flax.linen")

D = {"param_dtype": jnp.float64}
ROWS, IMAGE, NUMBERS = draw(0, 6, 4), draw(0, 6, 5, 2), jnp.array([1, 3, 3, 9])


def built(module, x, found):
    variables = jax.eval_shape(module.init, jax.random.key(0), x)
    still = {key: value for key, value in variables.items() if key != "params"}
    still = jax.tree.map(lambda leaf: jnp.ones(leaf.shape, leaf.dtype), still)
    apply = lambda p, x: module.apply({"params": p, **still}, x)  # noqa: E731
    return Case(apply, drawn(variables["params"]), x, found)


def case(module, x, **found):
    """Names of leaves have __ for a dot and _and_ for what is joined."""
    layers = {key.replace("__", ".").replace("_and_", "+"): value for key, value in found.items()}
    return functools.partial(built, module, x, layers)


class Tied(nn.Module):
    @nn.compact
    def __call__(self, numbers):
        table = nn.Embed(10, 4, **D, name="table")
        return table.attend(jnp.tanh(table(numbers)))


class Block(nn.Module):
    @nn.compact
    def __call__(self, h, _=None):
        y = nn.gelu(nn.Dense(6, **D, name="up")(nn.LayerNorm(**D, name="norm")(h)))
        return h + nn.Dense(4, **D, name="down")(nn.Dropout(0.1, deterministic=True)(y)), None


class Deep(nn.Module):
    block: type

    @nn.compact
    def __call__(self, x):
        scan = nn.scan(self.block, variable_axes={"params": 0}, split_rngs={"params": True}, length=3)
        return scan(name="scan")(x, None)[0]


class Recomputed(nn.Module):
    @nn.compact
    def __call__(self, x):
        return nn.remat(Block)(name="block")(x)[0]


class Steps(nn.Module):
    @nn.compact
    def __call__(self, x):
        cell = nn.scan(nn.LSTMCell, variable_broadcast="params", split_rngs={"params": False})(
            3, **D, name="cell"
        )
        return cell(cell.initialize_carry(jax.random.key(0), x[0].shape), x)[1]


class Ensemble(nn.Module):
    @nn.compact
    def __call__(self, x):
        dense = nn.vmap(nn.Dense, variable_axes={"params": 0}, split_rngs={"params": True}, in_axes=0)
        return dense(2, **D, name="dense")(x)


class Image(nn.Module):
    @nn.compact
    def __call__(self, x):
        x = nn.avg_pool(nn.relu(nn.Conv(3, (3, 3), **D, name="first")(x)), (2, 2))
        x = nn.BatchNorm(use_running_average=True, **D, name="norm")(x)
        x = nn.max_pool(nn.Conv(4, (2, 2), use_bias=False, **D, name="second")(x), (2, 2))
        return nn.Dense(2, **D, name="last")(x.reshape(-1))


conv = functools.partial(nn.Conv, **D)
transposed = functools.partial(nn.ConvTranspose, **D)
NORM = {"bias": "entries", "scale": "entries"}
BLOCK = {"down__kernel_and_{}down__bias": (7, 4), "up__kernel_and_{}up__bias": (5, 6)}


def block(prefix, s):
    joined = {(prefix + k.format(prefix)): (s, *shape) for k, shape in BLOCK.items()}
    return {**joined, f"{prefix}norm__bias": "entries", f"{prefix}norm__scale": "entries"}


def heads(*extra):
    found = {f"{name}__kernel_and_{name}__bias": (1, 5, 4) for name in ("query", "key", "value", "out")}
    return {**found, **dict.fromkeys(extra, "entries")}


def gates(joined, alone, i, h):
    """Kernels with their biases and without them: of the input's gates (i…) and of the state's (h…)."""
    size = lambda name: i if name.startswith("i") else h  # noqa: E731
    with_bias = {f"cell__{g}__kernel_and_cell__{g}__bias": (1, size(g) + 1, 3) for g in joined.split()}
    return {**with_bias, **{f"cell__{g}__kernel": (1, size(g), 3) for g in alone.split()}}


LSTM = gates("hi hf hg ho", "ii if ig io", 4, 3)
CASES = {
    "dense": case(nn.Dense(3, **D), draw(0, 5), kernel_and_bias=(1, 6, 3)),
    "dense general": case(
        nn.DenseGeneral((2, 3), axis=(-2, -1), **D), draw(0, 6, 5, 4), kernel_and_bias=(1, 21, 6)
    ),
    "einsum": case(nn.Einsum((4, 2, 3), "td,dhe->the", **D), ROWS, kernel_and_bias=(1, 5, 6)),
    "conv 1-D": case(conv(4, (3,), padding="CAUSAL"), ROWS, kernel_and_bias=(1, 13, 4)),
    "conv 2-D": case(conv(4, (3, 3), strides=2, kernel_dilation=2), IMAGE, kernel_and_bias=(1, 19, 4)),
    "conv 3-D": case(conv(4, (2, 2, 2)), draw(0, 3, 4, 3, 2), kernel_and_bias=(1, 17, 4)),
    "grouped": case(conv(4, (3,), feature_group_count=2), ROWS, kernel_and_bias=(2, 7, 2)),
    "depthwise": case(conv(8, (3,), feature_group_count=4), ROWS, kernel_and_bias=(4, 4, 2)),
    "transposed": case(transposed(4, (3, 3), strides=(2, 2)), IMAGE, kernel_and_bias=(1, 19, 4)),
    "turned kernel": case(
        transposed(4, (3, 2), strides=(2, 1), transpose_kernel=True), IMAGE, kernel_and_bias=(1, 13, 4)
    ),
    "local": case(nn.ConvLocal(2, (3,), **D), ROWS, kernel_and_bias=(6, 13, 2)),
    "embed": case(nn.Embed(10, 4, **D), NUMBERS, embedding=(1, 10, 4)),
    "tied": case(Tied(), NUMBERS, table__embedding=(1, 10, 4)),
    "layer norm": case(nn.LayerNorm(**D), ROWS, **NORM),
    "group norm": case(nn.GroupNorm(2, **D), ROWS, **NORM),
    "RMS norm": case(nn.RMSNorm(**D), ROWS, scale="entries"),
    "batch norm": case(nn.BatchNorm(use_running_average=True, **D), ROWS, **NORM),
    "attention": case(
        nn.MultiHeadDotProductAttention(2, normalize_qk=True, **D),
        ROWS,
        **heads("query_ln__scale", "key_ln__scale"),
    ),
    "dropout off": case(nn.MultiHeadAttention(2, dropout_rate=0.1, deterministic=True, **D), ROWS, **heads()),
    "GRU": case(nn.RNN(nn.GRUCell(3, **D)), ROWS, **gates("hn ir iz in", "hr hz", 4, 3)),
    "LSTM": case(nn.RNN(nn.LSTMCell(3, **D)), ROWS, **LSTM),
    "one product for all gates": case(nn.RNN(nn.OptimizedLSTMCell(3, **D)), ROWS, **LSTM),
    "convolutional LSTM": case(
        nn.RNN(nn.ConvLSTMCell(3, (3,), **D)),
        draw(0, 3, 5, 2),
        cell__hh__kernel_and_cell__hh__bias=(1, 10, 12),
        cell__ih__kernel_and_cell__ih__bias=(1, 7, 12),
    ),
    "scanned LSTM": case(Steps(), ROWS, **LSTM),
    "scan over layers": case(Deep(Block), ROWS, **block("scan__", 3)),
    "recomputed scan": case(Deep(nn.remat(Block, prevent_cse=False)), ROWS, **block("scan__", 3)),
    "recomputed": case(Recomputed(), ROWS, **block("block__", 1)),
    "ensemble": case(Ensemble(), draw(0, 3, 4), dense__kernel_and_dense__bias=(3, 5, 2)),
    "PReLU": case(nn.PReLU(**D), draw(0, 6), negative_slope="entries"),
    "image": case(
        Image(),
        draw(0, 6, 6, 1),
        first__kernel_and_first__bias=(1, 10, 3),
        norm__bias="entries",
        norm__scale="entries",
        second__kernel=(1, 12, 4),
        last__kernel_and_last__bias=(1, 65, 2),
    ),
}


@functools.cache
def examined():
    return Examined(CASES)


@pytest.mark.parametrize("name", CASES)
def test_a_layer_is_found(name):
    examined().check(name)
