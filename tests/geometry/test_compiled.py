"""Programs are compiled once for all modules that differ in their arrays alone."""

import gc

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from fisherax.geometry.compiled import compiled


class Line(eqx.Module):
    slope: jax.Array
    power: float = eqx.field(default=1.0)
    name: str = eqx.field(static=True, default="line")


@pytest.fixture
def counted():
    traces = []

    @compiled
    def value(line, x, *, shift=0.0):
        traces.append((line.power, x.dtype))
        return line.slope * x**line.power + shift

    return value, traces


def test_a_second_call_compiles_nothing(counted):
    value, traces = counted
    line = Line(jnp.asarray(2.0))
    assert [float(value(line, jnp.asarray(x))) for x in (1.0, 3.0, 4.0)] == [2.0, 6.0, 8.0]
    assert len(traces) == 1
    assert float(value(Line(jnp.asarray(5.0)), jnp.asarray(3.0))) == 15.0  # another array in the same module
    assert len(traces) == 1


def test_what_is_not_an_array_is_part_of_the_program(counted):
    value, traces = counted
    x = jnp.asarray(3.0)
    for power, name in ((1.0, "line"), (2.0, "line"), (1.0, "other"), (1, "line")):
        assert float(value(Line(jnp.asarray(2.0), power, name), x)) == 2.0 * 3.0**power
    assert [type(power) for power, _ in traces] == [float, float, float, int]
    value(Line(jnp.asarray(2.0)), jnp.asarray(3.0, jnp.float32))
    assert len(traces) == 5


def test_transformations_and_keywords(counted):
    value, _ = counted
    line = Line(jnp.asarray(2.0), 2.0)
    assert jax.grad(lambda x: value(line, x))(3.0) == 12.0
    assert jax.grad(lambda slope: value(Line(slope, 2.0), jnp.asarray(3.0)))(1.0) == 9.0
    np.testing.assert_allclose(
        jax.vmap(lambda x: value(line, x, shift=1.0))(jnp.arange(3.0)), [1.0, 3.0, 9.0]
    )
    assert jax.jit(lambda x: value(line, x))(2.0) == 8.0


def test_modules_that_are_gone_are_forgotten(counted):
    value, _ = counted
    for k in range(20):
        value(Line(jnp.asarray(float(k))), jnp.asarray(1.0))
    gc.collect()
    assert len(value._bound) <= 1
