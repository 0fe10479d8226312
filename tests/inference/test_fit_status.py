"""What cannot be estimated is said to be so, by name; what makes no sense is refused, with index and value."""

import numpy as np
import numpyro.distributions as dist
import pytest

import fisherax as fx
from fisherax.inference.likelihood import Evaluation, Likelihood
from fisherax.inference.scoring import Controls, State, ascend

from .small_designs import DESIGN, RNG, UNDER, X, linear


def honest(fit):
    """No number of an invalid fit is a NaN, whatever is asked."""
    assert np.all(np.isfinite(fit.values))
    assert not np.any(np.isnan(fit.errors("observed")))
    assert np.isfinite(fit.log_likelihood)
    assert "nan" not in str(fit.to_dict(kind="observed"))
    return fit.status


def badly_scaled(shift, units):
    """Two columns of which the second is far from 0, in other units; as they are, and centred for reference."""
    units = np.asarray(units)
    return np.column_stack([np.ones(20), X + shift]) * units, (1.0 + 2.0 * (X + shift))


CONDITIONS = [(0.0, (1, 1)), (1e3, (1, 1e-9)), (1e5, (1, 1e7))]


@pytest.mark.parametrize(("shift", "units"), CONDITIONS)
def test_a_line_through_all_points_is_told_from_one_that_is_almost(shift, units):
    design, line = badly_scaled(shift, units)
    model = linear(("c", "x"), fx.heads.Normal(), "scale")
    exact = fx.fit(model, (design, line))
    assert honest(exact).at_boundary == ("scale",)
    assert "passes through all observations" in exact.status.message
    noise = np.random.default_rng(0).normal(size=20)
    almost = line + 1e-9 * np.abs(line).max() * noise
    fit = fx.fit(model, (design, almost))
    assert fit.status.valid, fit.status
    # Least squares on the centred column, by orthogonal factorisation.
    centred = np.column_stack([np.ones(20), X])
    residual = almost - centred @ np.linalg.lstsq(centred, almost, rcond=None)[0]
    # The observations themselves are rounded to 1e-16, 1e-7 of what is left of them.
    assert float(fit.params["scale"]) == pytest.approx(np.sqrt(np.mean(residual**2)), rel=2e-7)


BOUNDARIES = {
    "underdispersed counts": (
        lambda: fx.fit(fx.Family(dist.NegativeBinomial2), UNDER),
        ("concentration",),
    ),
    "tails lighter than normal": (
        lambda: fx.fit(fx.Family(dist.StudentT), np.linspace(-1, 1, 40)),
        ("df",),
    ),
    "a coin that never fails": (lambda: fx.fit(fx.Family(dist.Bernoulli), np.ones(10)), ("probs",)),
    "no event": (lambda: fx.fit(fx.Family(dist.Poisson), np.zeros(10)), ("rate",)),
    "an empty category": (
        lambda: fx.fit(fx.Family(dist.Categorical), np.array([0, 0, 2, 2, 0, 2, 0])),
        ("probs[1]",),
    ),
    "equal observations": (
        lambda: fx.fit(fx.Family(dist.Gamma), np.full(10, 2.5)),
        ("concentration", "rate"),
    ),
    "separation": (
        lambda: fx.fit(linear(("c", "x"), fx.heads.Bernoulli()), (DESIGN, (X > 0.05).astype(float))),
        ("x",),
    ),
    "separation, in a function of one's own": (
        lambda: fx.fit(
            fx.Conditional(lambda p, x: p["slope"] * x, fx.heads.Bernoulli()),
            (1e3 * X, (X > 0).astype(float)),
            init={"slope": 0.0},
        ),
        ("slope",),
    ),
    "no event, in a function of one's own": (
        lambda: fx.fit(
            fx.Conditional(lambda p, x: p["log_rate"] + p["slope"] * x, fx.heads.Poisson()),
            [(X[:10], np.zeros(10)), (X[10:], np.zeros(10))],
            init={"log_rate": 0.0, "slope": 0.0},
        ),
        ("log_rate",),
    ),
    "a logit without end": (
        lambda: fx.fit(
            fx.Family(dist.BernoulliLogits, constraints={"logits": dist.constraints.real}), np.ones(9)
        ),
        ("logits",),
    ),
    "separation by a dummy": (
        lambda: fx.fit(
            linear(("c", "dummy", "x"), fx.heads.Bernoulli()),
            (
                np.column_stack([np.ones(40), np.repeat([0.0, 1.0], 20), RNG.normal(size=40)]),
                np.append(np.arange(20) % 3 == 0, np.ones(20)).astype(float),
            ),
        ),
        ("dummy",),
    ),
    "a group without events": (
        lambda: fx.fit(
            linear(("c", "dummy"), fx.heads.Poisson()),
            (
                np.column_stack([np.ones(20), np.repeat([0.0, 1.0], 10)]),
                np.append(np.arange(10) % 4, np.zeros(10)).astype(float),
            ),
        ),
        ("dummy",),
    ),
    "underdispersed regression": (
        lambda: fx.fit(
            linear(("c", "x"), fx.heads.NegativeBinomial(), "concentration"), (DESIGN, np.round(3 + X))
        ),
        ("concentration",),
    ),
    "a line through all points": (
        lambda: fx.fit(linear(("c", "x"), fx.heads.Normal(), "scale"), (DESIGN, 1 + 2 * X)),
        ("scale",),
    ),
    "nothing but zeros": (
        lambda: fx.fit(linear(("c", "x"), fx.heads.Normal(), "scale"), (DESIGN, 0 * X)),
        ("scale",),
    ),
    "a curve through all points": (
        lambda: fx.fit(linear(("c", "x"), fx.heads.Gamma(link="log"), "shape"), (DESIGN, np.exp(1 + 2 * X))),
        ("shape",),
    ),
}


@pytest.mark.parametrize("case", BOUNDARIES)
def test_a_maximum_at_the_boundary_is_not_valid_and_names_what_ran_away(case):
    make, names = BOUNDARIES[case]
    fit = make()
    status = honest(fit)
    assert not status.valid
    assert not status.converged
    assert status.at_boundary == names
    for name in names:
        assert name in status.message
        assert np.isinf(fit.errors("observed")[fit.names.index(name)])
    with pytest.raises(ValueError, match="boundary"):
        fit.covariance()


def test_what_stays_is_estimated_as_if_the_limit_were_known():
    """A negative binomial whose concentration runs to infinity is a Poisson variable."""
    fit = fx.fit(fx.Family(dist.NegativeBinomial2), UNDER)
    poisson = fx.fit(fx.Family(dist.Poisson), UNDER)
    assert float(fit.params["mean"]) == pytest.approx(float(poisson.params["rate"]), rel=1e-6)
    assert float(fit.standard_errors("observed")["mean"]) == pytest.approx(
        float(poisson.standard_errors()["rate"]), rel=1e-6
    )
    assert fit.log_likelihood == pytest.approx(poisson.log_likelihood, abs=1e-7)


def test_the_gradient_norm_is_the_score_in_the_informations_own_metric():
    y = np.array([0.0, 3, 1, 0, 2, 1, 4, 2, 7, 3, 2, 9, 5, 8, 6, 14, 9, 12, 17, 20])
    model = linear(("c", "x"), fx.heads.Poisson())
    fit = fx.fit(model, (DESIGN, y))
    # At the maximum it is 0 but for rounding; at the origin it is gᵀG⁻¹g, in whatever units.
    assert fit.status.gradient_norm < 1e-10
    score, information = DESIGN.T @ (y - 1), DESIGN.T @ DESIGN
    for units in (1.0, 1e6):
        likelihood = fx.fit(model, (DESIGN * [1.0, units], y)).likelihood
        stopped = ascend(likelihood, np.zeros(2), Controls(np.ones(2), 1e-14, max_iterations=1))
        assert stopped.decrement == pytest.approx(score @ np.linalg.solve(information, score), rel=1e-10)


def test_the_condition_number_is_that_of_a_correlation():
    x = np.random.default_rng(0).normal(size=(20, 2)) * [1.0, 1e5]
    fit = fx.fit(linear(("a", "b"), fx.heads.Normal(1.0)), (x, np.arange(20.0)))
    r = abs(x[:, 0] @ x[:, 1]) / np.sqrt((x[:, 0] @ x[:, 0]) * (x[:, 1] @ x[:, 1]))
    assert fit.status.condition_number == pytest.approx((1 + r) / (1 - r), rel=1e-9)
    assert fit.status.positive_definite


def test_collinear_columns_are_named():
    design = np.column_stack([np.ones(20), X, 2 * X - 1])
    fit = fx.fit(linear(("c", "a", "b"), fx.heads.Poisson()), (design, np.arange(20) % 5 * 1.0))
    status = honest(fit)
    assert not status.valid
    assert not status.positive_definite
    assert status.unidentified is not None
    for name in ("·c", "·a", "·b"):
        assert name in status.unidentified
    with pytest.raises(ValueError, match="singular"):
        fit.covariance()
    # What the data do determine is the same as without the redundant column.
    smaller = fx.fit(linear(("c", "a"), fx.heads.Poisson()), (design[:, :2], np.arange(20) % 5 * 1.0))
    assert fit.log_likelihood == pytest.approx(smaller.log_likelihood, rel=1e-10)
    np.testing.assert_allclose(fit.fitted(design), smaller.fitted(design[:, :2]), rtol=1e-6)


def test_only_the_redundant_coefficients_lose_their_error():
    rng = np.random.default_rng(1)
    z = rng.normal(size=20)
    design = np.column_stack([np.ones(20), X, X, z])
    y = rng.poisson(2.0, 20).astype(float)
    fit = fx.fit(linear(("c", "a", "b", "z"), fx.heads.Poisson()), (design, y))
    smaller = fx.fit(linear(("c", "a", "z"), fx.heads.Poisson()), (design[:, [0, 1, 3]], y))
    errors, others = np.asarray(fit.errors()), np.asarray(smaller.errors())
    assert np.all(np.isinf(errors[1:3]))
    np.testing.assert_allclose(errors[[0, 3]], others[[0, 2]], rtol=1e-6)


def test_a_mixture_avoids_the_spikes_of_its_likelihood():
    """ℓ is unbounded where one component shrinks onto one point; the fit is an interior maximum."""
    x = np.append(np.random.default_rng(0).normal(size=40), [2.0, 2.0, 2.0])
    fit = fx.fit(fx.Mixture(fx.Family(dist.Normal), 2), x)
    honest(fit)
    assert not fit.status.valid or float(np.min(np.asarray(fit.params["scale"]))) > 1e-3


class Rising(Likelihood):
    """A likelihood of one coordinate that has no maximum; its evaluation is all that an ascent asks for."""

    value = observed = expected = opg = clustered_opg = None

    def __init__(self, value, score, curvature):
        self.parts = value, score, curvature

    def evaluate(self, z):
        value, score, curvature = (np.asarray(part(float(z[0]))) for part in self.parts)
        return Evaluation(value, score[None], curvature[None, None])


def test_where_score_and_curvature_vanish_together_there_is_no_maximum():
    # −c e^{−z} with a c so small that Newton's decrement, c e^{−z}, is below any tolerance.
    rest = lambda z: 1e-170 * np.exp(-z)  # noqa: E731
    rising = Rising(lambda z: -rest(z), rest, rest)
    assert ascend(rising, np.zeros(1), Controls(np.ones(1), 1e-14)).state is State.BOUNDARY


def test_a_score_without_a_curvature_is_no_maximum():
    rising = Rising(lambda z: z, lambda z: 1.0, lambda z: 0.0)
    ascent = ascend(rising, np.zeros(1), Controls(np.ones(1), 1e-14))
    assert ascent.state is State.STUCK
    assert ascent.decrement == np.inf
