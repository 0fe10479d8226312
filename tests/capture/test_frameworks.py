"""Networks of Flax, Equinox and Haiku: every ordinary leaf is known, and gradients are rebuilt."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from fisherax.capture import gradients, layers, pairs, trace

from .cases import draw

NUMBERS = jnp.array([1, 3, 3, 9, 0, 2])


def filled(shapes):
    """Random numbers in the place of shapes: to draw as a framework does compiles a program for each leaf."""
    generator = np.random.default_rng(0)

    def one(leaf):
        return jnp.asarray(np.abs(generator.normal(size=leaf.shape)).astype(leaf.dtype) * 0.5)

    return jax.tree.map(one, shapes)


def linen():
    nn = pytest.importorskip("flax.linen")

    class Text(nn.Module):
        @nn.compact
        def __call__(self, numbers):
            embed = nn.Embed(10, 8)
            h = embed(numbers)
            h = h + nn.MultiHeadDotProductAttention(num_heads=2)(nn.LayerNorm()(h))
            h = h + nn.Dense(8)(nn.gelu(nn.Dense(16)(nn.RMSNorm()(h))))
            h = nn.RNN(nn.GRUCell(8))(h[None])[0]
            return embed.attend(h).mean(0)

    class Image(nn.Module):
        @nn.compact
        def __call__(self, x):
            h = nn.relu(nn.Conv(6, (3, 3), strides=(2, 1))(x))
            h = nn.GroupNorm(num_groups=2)(h)
            h = nn.remat(nn.Conv)(6, (3, 3), feature_group_count=6, use_bias=False)(h)
            h = nn.BatchNorm(use_running_average=True)(h)
            h = nn.ConvTranspose(4, (2, 2))(nn.tanh(h))
            return nn.Dense(3)(nn.Dropout(0.5, deterministic=True)(h.mean((0, 1))))

    class Block(nn.Module):
        @nn.compact
        def __call__(self, h, _):
            return h + jnp.tanh(nn.Dense(4)(nn.LayerNorm()(h))), None

    class Deep(nn.Module):
        @nn.compact
        def __call__(self, x):
            scan = nn.scan(Block, variable_axes={"params": 0}, split_rngs={"params": True}, length=3)
            return scan()(x, None)[0].mean(0)

    for module, x in ((Text(), NUMBERS), (Image(), draw(1, 6, 5, 3)), (Deep(), draw(2, 5, 4))):
        variables = filled(jax.eval_shape(module.init, jax.random.key(0), x))
        rest = {key: value for key, value in variables.items() if key != "params"}
        yield lambda p, x, m=module, rest=rest: m.apply({"params": p, **rest}, x), variables["params"], x


def nnx():
    nnx = pytest.importorskip("flax.nnx")

    class Net(nnx.Module):
        def __init__(self, rngs):
            self.conv = nnx.Conv(3, 4, (3,), rngs=rngs)
            self.norm = nnx.LayerNorm(4, rngs=rngs)
            self.attend = nnx.MultiHeadAttention(2, 4, decode=False, rngs=rngs)
            self.out = nnx.Linear(4, 2, rngs=rngs)

        def __call__(self, x):
            h = self.norm(nnx.relu(self.conv(x)))
            return self.out(h + self.attend(h)).mean(0)

    graph, params = nnx.split(nnx.eval_shape(lambda: Net(nnx.Rngs(0))), nnx.Param)
    yield lambda p, x: nnx.merge(graph, p)(x), filled(params), draw(1, 7, 3)


def equinox():
    eqx = pytest.importorskip("equinox")
    key = jax.random.key(0)

    class Recurrent(eqx.Module):
        cell: eqx.nn.LSTMCell

        def __call__(self, x):
            zero = jnp.zeros(4)
            return jax.lax.scan(lambda h, row: (self.cell(row, h), None), (zero, zero), x)[0][0]

    def image():
        return eqx.nn.Sequential([eqx.nn.Conv2d(2, 4, 3, groups=2, key=key), eqx.nn.LayerNorm((4, 3, 2))])

    def attention():
        return eqx.nn.MultiheadAttention(2, 4, use_query_bias=True, key=key)

    cases = [
        (lambda: eqx.nn.MLP(3, 2, 5, 2, key=key), lambda net, x: net(x), draw(1, 3)),
        (image, lambda net, x: net(x), draw(2, 2, 5, 4)),
        (lambda: Recurrent(eqx.nn.LSTMCell(3, 4, key=key)), lambda net, x: net(x), draw(3, 6, 3)),
        (attention, lambda net, x: net(x, x, x).mean(0), draw(4, 5, 4)),
    ]
    for make, call, x in cases:
        shapes = eqx.filter_eval_shape(make)
        params, static = eqx.partition(shapes, lambda leaf: isinstance(leaf, jax.ShapeDtypeStruct))
        yield lambda p, x, static=static, call=call: call(eqx.combine(p, static), x), filled(params), x


def haiku():
    hk = pytest.importorskip("haiku")

    def network(x):
        h = jnp.tanh(hk.Conv2D(4, 3)(x)).mean((0, 1))
        h = hk.LayerNorm(-1, create_scale=True, create_offset=True)(h)
        return hk.Linear(3)(h)

    def text(numbers):
        h = hk.Embed(10, 4)(numbers)
        h = hk.MultiHeadAttention(2, 2, w_init=hk.initializers.VarianceScaling(), model_size=4)(h, h, h)
        return hk.Linear(2, with_bias=False)(h).mean(0)

    for function, x in ((network, draw(1, 6, 5, 2)), (text, NUMBERS)):
        pure = hk.without_apply_rng(hk.transform(function))
        yield pure.apply, filled(jax.eval_shape(pure.init, jax.random.key(0), x)), x


@pytest.mark.parametrize("framework", [linen, nnx, equinox, haiku])
def test_every_leaf_is_known_and_gradients_are_rebuilt(framework):
    for function, params, x in framework():
        program = trace(function, params, x)
        assert program.unknown == {}
        assert {layer.kind for layer in layers(program)} <= {"matrix", "entries"}, program.names
        rows = draw(7, 2, *jax.eval_shape(function, params, x).shape)

        @jax.jit
        def both(params, x, program=program, function=function, rows=rows):
            rows = rows.astype(function(params, x).dtype)
            found = pairs(program, params, x, lambda output: rows)[1]
            return gradients(program, found), jax.vmap(jax.vjp(lambda p: function(p, x), params)[1])(rows)[0]

        rebuilt, expected = both(params, x)
        for name, found, wanted in zip(program.names, rebuilt, jax.tree.leaves(expected), strict=True):
            assert found.shape == wanted.shape
            scale = float(np.abs(wanted).max())
            precise = 1e-5 if wanted.dtype == jnp.float32 else 1e-11
            np.testing.assert_allclose(found, wanted, atol=precise * max(scale, 1.0), err_msg=name)
