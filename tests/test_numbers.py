"""Numbers that users give, as Python's, NumPy's or JAX's."""

import subprocess
import sys

import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest

import fisherax as fx
from fisherax._numbers import is_wide, number, whole
from fisherax.inference.ends import check_level

SCALARS = [0.9, np.float32(0.9), np.float64(0.9), np.asarray(0.9), jnp.asarray(0.9)]


@pytest.mark.parametrize("level", SCALARS, ids=lambda x: type(x).__name__)
def test_a_level_may_be_any_scalar(level):
    fit = fx.fit(fx.Family(dist.Poisson), np.array([1.0, 3.0, 4.0, 0.0]))
    expected = fit.confidence_interval(level=0.9)["rate"]
    np.testing.assert_allclose(fit.confidence_interval(level=level)["rate"], expected, rtol=1e-6)
    for method in ("score", "profile"):
        assert np.all(np.isfinite(fit.confidence_interval(level=level, method=method)["rate"]))


@pytest.mark.parametrize("level", ["0.9", True, None, np.array([0.9]), np.nan, 95, 0, 1.0])
def test_what_is_no_level_is_refused(level):
    with pytest.raises(ValueError, match="strictly between 0 and 1"):
        check_level(level)


def test_whole_numbers():
    for value in (10, 10.0, np.int64(10), np.float32(10.0), jnp.asarray(10)):
        found = whole("call", "points", value)
        assert type(found) is int
        assert found == 10
    for value in (10.5, np.nan, np.inf, 0, -3, "10", None, [10], True):
        with pytest.raises(ValueError, match="call: points must be a whole number from 1 on"):
            whole("call", "points", value)
    assert np.isnan(number("1"))


def test_ranges_of_a_picture():
    assert is_wide(0.0, 1e-300)
    assert not is_wide(1.0, 1.0 + 1e-12)
    assert not is_wide(2.0, 1.0)
    manifold, params = fx.Manifold(fx.Family(dist.Normal)), {"loc": 0.0, "scale": 1.0}
    for ends in ((1.0, 1.0), (2.0, 1.0), (1.0, 1.0 + 1e-15), (np.nan, 1.0), (1.0, np.inf)):
        with pytest.raises(ValueError, match="two ranges"):
            fx.plot.curvature_map(manifold, ((0.0, 1.0), ends), params=params)
    with pytest.raises(ValueError, match="whole number"):
        fx.plot.curvature_map(manifold, ((0.0, 1.0), (1.0, 2.0)), params=params, num=10.5)


def test_counts_of_any_range_are_drawn():
    """A count of 10¹² beside small ones: no array is as long as the range."""
    from fisherax.plotting.counts import frequencies

    counts = np.concatenate([np.arange(20.0), [1e12]])
    fit = fx.fit(fx.Family(dist.Poisson), counts)
    data = fx.plot.observations_of(fit)
    assert data is not None
    labels, starts, observed, expected = frequencies(fit.model.head, fit.params, data)
    assert len(labels) == len(starts) == 25
    assert observed.tolist() == [20.0, *[0.0] * 23, 1.0]
    assert expected.sum() == pytest.approx(21)
    mean = 1e12 / 21  # all of a Poisson law of that mean is in one class
    assert np.flatnonzero(expected).tolist() == [int(mean // (starts[1] - starts[0]))]


def test_any_module_may_be_imported_first():
    """The names of a package are imported on demand, which must not lead in a circle."""
    code = "import fisherax.report.build; import fisherax.report.html"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("words", [["--help"], ["fit", "--help"]])
def test_a_reader_that_has_seen_enough_of_the_help_is_no_failure(words):
    with subprocess.Popen(
        [sys.executable, "-m", "fisherax", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0
