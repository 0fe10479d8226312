"""One number is one number, whichever library's: levels, radii, degrees of freedom and counts."""

import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest

import fisherax as fx
from fisherax._numbers import level_of, plain, positives, span, whole
from fisherax.cli.whole_numbers import at_least

LEVELS = [0.9, jnp.asarray(0.9), np.float32(0.9), np.asarray(0.9), jnp.asarray(0.9, jnp.float32)]
POINT = {"loc": 0.0, "scale": 1.0}
MANIFOLD = fx.Manifold(fx.Family(dist.Normal))


@pytest.fixture(scope="module")
def normal():
    return fx.fit(fx.Family(dist.Normal), np.array([1.0, 2.0, 4.0, 5.0]))


@pytest.mark.parametrize("level", LEVELS, ids=lambda level: type(level).__name__)
def test_a_level_of_any_kind_of_number(normal, level):
    """Of float32 too it is the decimal that was written, so that the interval is the same to the last digit."""
    assert level_of(level) == 0.9
    for answer in (
        lambda level: normal.confidence_interval(level=level)["loc"].tolist(),
        lambda level: normal.profile("loc", reach=1.0, points=1).interval(level),
        lambda level: normal.transform(lambda p: p["loc"]).confidence_interval(level).tolist(),
        lambda level: normal.summary(level).to_dict(),
        lambda level: fx.plot.profile(normal, "loc", level).get_ylim(),
        lambda level: fx.plot.pair(normal, "loc", "scale", level).get_xlim(),
    ):
        assert answer(level) == answer(0.9)


@pytest.mark.parametrize("level", [0.0, 1.0, jnp.nan, True, "0.9", jnp.array([0.5, 0.9]), None])
def test_what_is_no_level(level):
    with pytest.raises(ValueError, match="strictly between 0 and 1"):
        level_of(level)


@pytest.mark.parametrize("radius", [1, np.int64(1), jnp.asarray(1), np.float32(1.0), np.asarray(1.0)])
def test_a_radius_of_any_kind_of_number(radius):
    assert MANIFOLD.ball(POINT, radius).radius == 1.0
    assert jax.jit(lambda r: MANIFOLD.ball(POINT, r).radius)(radius) == 1.0
    assert positives("a", radius) == positives("a", [radius]) == (1.0,)


@pytest.mark.parametrize("radius", [0.0, -1.0, jnp.asarray(-1.0), np.float64("nan"), np.float32("inf")])
def test_what_is_no_radius(radius):
    with pytest.raises(ValueError, match="radius must be positive"):
        MANIFOLD.ball(POINT, radius)
    with pytest.raises(ValueError, match="a radius must be positive"):
        fx.plot.balls(fx.Family(dist.Normal), POINT, radii=[radius])


def test_degrees_of_freedom_and_levels_of_regions(normal):
    region = fx.plot.likelihood_region(
        normal, "loc", "scale", jnp.array([0.5, 0.9]), degrees_of_freedom=np.float64(1), exact=False
    )
    assert (region.levels, region.degrees_of_freedom) == ((0.5, 0.9), 1)
    for degrees in (0, 1.5, np.nan):
        with pytest.raises(ValueError, match="degrees_of_freedom must be a whole number"):
            fx.plot.triangle(normal, degrees_of_freedom=degrees)
    with pytest.raises(ValueError, match="levels are one or more that ascend"):
        fx.plot.likelihood_region(normal, "loc", "scale", (0.9, 0.5))


@pytest.mark.parametrize("count", [10, 10.0, np.float32(10), jnp.asarray(10)])
def test_whole_numbers(count):
    found = whole("n", count, 1)
    assert found == 10
    assert type(found) is int


def test_what_counts_is_a_whole_number(normal):
    for bad in (10.5, float("nan"), float("inf"), 0, -3):
        with pytest.raises(ValueError, match="points must be a whole number, at least 1"):
            normal.profile("loc", points=bad)
        with pytest.raises(ValueError, match="num must be a whole number, at least 2"):
            fx.plot.volume_map(MANIFOLD, ((-1, 1), (1, 2)), params=POINT, num=bad)
    assert len(normal.profile("loc", reach=np.float32(1.0), points=2.0).values) == 5
    for name in ("starts", "max_iterations"):
        with pytest.raises(ValueError, match=f"{name} must be a whole number"):
            fx.fit(fx.Family(dist.Normal), np.arange(4.0), **{name: 1.5})


def test_a_number_that_jax_traces_is_not_known():
    with pytest.raises(ValueError, match="is traced by JAX"):
        jax.jit(lambda level: level_of(level))(0.9)
    assert plain(np.bool_(True)) is None


@pytest.mark.parametrize(
    ("low", "high", "message"),
    [
        (2.0, 2.0, "from a lower to a higher number, not from 2.0 to 2.0"),
        (2.0, 1.0, "from a lower to a higher"),
        (1.0, np.nan, "between two finite numbers"),
        (-np.inf, 1.0, "between two finite numbers"),
        (1.0, 1.0 + 1e-13, "too narrow to draw"),
        (1e9, 1e9 + 1e-3, "too narrow to draw"),
    ],
)
def test_ranges_that_cannot_be_drawn(low, high, message):
    with pytest.raises(ValueError, match=message):
        span("x", low, high)
    with pytest.raises(ValueError, match=f"The range of loc .*{message}"):
        fx.plot.curvature_map(MANIFOLD, ((low, high), (1.0, 2.0)), params=POINT)


def test_ranges_that_can():
    assert span("x", np.float32(0.0), jnp.asarray(1e-30)) == (0.0, 1e-30)
    with pytest.raises(ValueError, match="must be finite numbers, but one is nan"):
        fx.plot.balls(fx.Family(dist.Normal), POINT, grid=([0.0, np.nan], [1.0]))


@pytest.mark.parametrize(("text", "found"), [("10", 10), ("10.0", 10), ("1e3", 1000), (7, 7)])
def test_an_option_that_counts(text, found):
    assert at_least(1)(text) == found
