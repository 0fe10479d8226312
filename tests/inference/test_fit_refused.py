"""Input that makes no sense is refused in a sentence; the status prints."""

import warnings

import numpy as np
import numpyro.distributions as dist
import pytest

import fisherax as fx
from fisherax import _precision

from .small_designs import DESIGN, UNDER, X, linear

REFUSED = {
    "outside": (lambda: fx.fit(fx.Family(dist.Gamma), np.array([1.0, -2.0, 3.0])), "observation 1 is -2.0"),
    "missing": (lambda: fx.fit(fx.Family(dist.Normal), np.array([1.0, np.nan, 3.0])), "row 1 .* missing"),
    "infinite": (lambda: fx.fit(fx.Family(dist.Normal), np.array([1.0, 2.0, np.inf])), "row 2 .* infinite"),
    "fraction": (lambda: fx.fit(fx.Family(dist.Poisson), np.array([1.0, 2.5])), "observation 1 is 2.5"),
    "empty": (lambda: fx.fit(fx.Family(dist.Normal), np.array([])), "empty"),
    "too few": (lambda: fx.fit(fx.Family(dist.Normal), np.array([1.0])), "2 parameters .* 1 observation"),
    "shape": (lambda: fx.fit(fx.Family(dist.Normal), np.ones((3, 2))), "shape"),
    "scalar": (lambda: fx.fit(fx.Family(dist.Normal), 3.0), "leading axis"),
    "text": (lambda: fx.fit(fx.Family(dist.Normal), np.array(["a", "b"])), "real numbers"),
    "moving support": (lambda: fx.fit(fx.Family(dist.Uniform), np.array([1.0, 2.0])), "support moves"),
    "trials": (
        lambda: fx.fit(fx.Family(dist.Binomial, fixed={"total_count": 3}), np.array([1.0, 5.0])),
        "observation 1 is 5.0",
    ),
    "negative weight": (
        lambda: fx.fit(fx.Family(dist.Poisson), np.ones(3), weights=[1.0, -1.0, 1.0]),
        r"weights\[1\]",
    ),
    "fixed outside its space": (
        lambda: fx.fit(fx.Family(dist.Normal, fixed={"scale": -1.0}), np.arange(5.0)),
        "'scale' is -1, which is outside its space",
    ),
    "half a trial": (
        lambda: fx.fit(fx.Family(dist.Binomial, fixed={"total_count": 2.5}), np.array([0.0, 1.0, 2.0])),
        "'total_count' is 2.5",
    ),
    "components outside their space": (
        lambda: fx.fit(fx.Mixture(fx.Family(dist.Normal, fixed={"scale": 0.0}), 2), np.arange(5.0)),
        "'scale' is 0",
    ),
    "huge weight": (
        lambda: fx.fit(fx.Family(dist.Poisson), np.ones(3), weights=[1.0, 1e308, 1e308]),
        r"weights\[1\] = 1e\+308",
    ),
    "short weights": (lambda: fx.fit(fx.Family(dist.Poisson), np.ones(3), weights=np.ones(2)), "3 rows"),
    "no weight": (lambda: fx.fit(fx.Family(dist.Poisson), np.ones(3), weights=np.zeros(3)), "zero"),
    "design rows": (
        lambda: fx.fit(linear(("c", "x"), fx.heads.Poisson()), (DESIGN, np.ones(3))),
        "20 rows, but the targets have 3",
    ),
    "design columns": (
        lambda: fx.fit(linear(("c",), fx.heads.Poisson()), (DESIGN, np.ones(20))),
        "column for each of 1",
    ),
    "design missing": (
        lambda: fx.fit(
            linear(("c", "x"), fx.heads.Poisson()), (np.where(DESIGN > 0.99, np.nan, DESIGN), np.ones(20))
        ),
        "row 0 of the inputs is missing",
    ),
    "target": (
        lambda: fx.fit(linear(("c", "x"), fx.heads.Bernoulli()), (DESIGN, np.arange(20.0))),
        "observation 2 is 2.0",
    ),
    "no pair": (lambda: fx.fit(linear(("c", "x"), fx.heads.Poisson()), DESIGN), "pair"),
    "no start": (
        lambda: fx.fit(fx.Conditional(lambda p, x: p * x, fx.heads.Normal(1.0)), (X, X)),
        "init",
    ),
    "no model": (lambda: fx.fit(dist.Normal, X), "Family"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_input_that_makes_no_sense_is_refused(case):
    make, message = REFUSED[case]
    with pytest.raises((ValueError, TypeError), match=message):
        make()


def test_float32_is_warned_of_once_at_the_line_that_asked(monkeypatch):
    monkeypatch.setattr(_precision, "_warned", set())
    monkeypatch.setattr(_precision.jnp, "result_type", lambda *_: np.dtype(np.float32))
    with (
        pytest.warns(UserWarning, match="Statistics are computed in float32") as said,
        pytest.raises(ValueError, match="empty"),
    ):
        fx.fit(fx.Family(dist.Poisson), np.array([]))
    assert said[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _precision.warn_precision("Statistics")


def test_the_box_prints_and_is_json():
    fit = fx.fit(fx.Family(dist.Poisson), UNDER)
    for word in ("valid", "converged", "gᵀG⁻¹g", "boundary", "condition number", "passes"):
        assert word in str(fit.status)
    summary = fit.summary(level=0.9)
    assert [row.name for row in summary.table] == ["rate"]
    assert "expected" in str(summary)
    assert "90%" in str(summary)
    row = summary.table[0]
    assert row.standard_error == pytest.approx(np.sqrt(UNDER.mean() / UNDER.size), rel=1e-12)
    assert (row.upper - row.lower) / 2 / row.standard_error == pytest.approx(1.6448536269514722, rel=1e-12)
    import json

    json.loads(json.dumps(fit.to_dict(), allow_nan=False))
    invalid = fx.fit(fx.Family(dist.NegativeBinomial2), UNDER)
    told = json.loads(json.dumps(invalid.to_dict(), allow_nan=False))
    assert "concentration" in told["note"]
