"""What a manifold refuses, each in one sentence; and whitening and balls, whose laws are linear algebra."""

import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest

import fisherax as fx

POISSON = fx.Manifold(fx.Family(dist.Poisson))
NORMAL = fx.Manifold(fx.Family(dist.Normal))
VECTORS = fx.Manifold(fx.Family(dist.MultivariateNormal))
HERE = {"loc": 0.0, "scale": 1.0}
SCALES = fx.Manifold(lambda params: jnp.diag(jnp.stack([1.0, 1.0 / params["scale"] ** 2])))


def regression():
    return fx.Conditional(lambda params, x: x @ params, fx.heads.Bernoulli())


def far_apart():
    there = {"loc": jnp.array([1e6, 3e5]), "covariance_matrix": jnp.diag(jnp.array([1e-8, 1e4]))}
    return VECTORS.distance({"loc": jnp.zeros(2), "covariance_matrix": jnp.eye(2)}, there)


REFUSED = {
    "a regression without inputs": (lambda: fx.Manifold(regression()), "average over inputs"),
    "no metric": (lambda: fx.Manifold(3.0), "must be a model or a metric"),
    "data beside a metric": (
        lambda: fx.Manifold(fx.Metric(fx.Family(dist.Normal)), data=[1.0]),
        "data go with a model",
    ),
    "outside the space": (lambda: NORMAL.distance(HERE, {"loc": 0.0, "scale": -1.0}), "outside its space"),
    "other shapes": (
        lambda: NORMAL.distance(HERE, {"loc": jnp.zeros(2), "scale": 1.0}),
        "same leaves and shapes",
    ),
    "an infinite vector": (
        lambda: NORMAL.exp(HERE, {"loc": np.inf, "scale": 0.0}),
        "tangent vector is not finite",
    ),
    "over the edge": (lambda: POISSON.exp({"rate": 1.0}, {"rate": -3.0}), "leaves the manifold"),
    "a time after the end": (lambda: NORMAL.geodesic(HERE, HERE)(1.5), "run from 0 at the start to 1"),
    "parallel vectors": (lambda: NORMAL.sectional_curvature(HERE, HERE, HERE), "span no plane"),
    "no model, no third moments": (lambda: SCALES.alpha_connection(1.0), "takes a model"),
    "no family, no dual": (lambda: SCALES.dual, "only a Family"),
    "a ball without a size": (lambda: NORMAL.ball(HERE, -1.0), "must be positive"),
    "too far apart": (far_apart, "too far apart"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_makes_no_sense_is_refused(case):
    call, sentence = REFUSED[case]
    with pytest.raises(ValueError, match=sentence):
        call()


@pytest.mark.parametrize("to_other", [lambda v: v, jnp.log], ids=["scale", "log scale"])
def test_whitened_local_models_agree_up_to_a_rotation(to_other):
    """w = R w′ with R orthogonal, whatever coordinates one started from: R = G^{½} J G′^{-½}."""
    point = {"loc": 1.0, "scale": 2.0}
    information = NORMAL.metric(point)
    back = (
        (lambda q: q)
        if to_other is not jnp.log
        else (lambda q: {"loc": q["loc"], "scale": jnp.exp(q["scale"])})
    )
    other = {"loc": jnp.asarray(1.0), "scale": to_other(jnp.asarray(2.0))}
    elsewhere = fx.pullback(information, back, other)
    steps = [{"loc": 1.0, "scale": 0.0}, {"loc": 0.0, "scale": 1.0}]
    slope = 1.0 if to_other is not jnp.log else 2.0
    ours = [NORMAL.whiten(point).push({"loc": v["loc"], "scale": slope * v["scale"]}) for v in steps]
    theirs = [elsewhere.tangent.ravel(elsewhere.sqrt_mv(v)) for v in steps]
    rotation = np.linalg.solve(np.array(theirs), np.array(ours))
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(2), atol=1e-12)


def test_whitening_and_its_inverse_and_the_ball_that_becomes_round():
    point = {"concentration": 3.0, "rate": 2.0}
    gamma = fx.Manifold(fx.Family(dist.Gamma))
    whiten, ball = gamma.whiten(point), gamma.ball(point, 0.2)
    surface = ball.surface(np.random.default_rng(0).normal(size=(5, 2)))
    for i in range(5):
        q = {name: leaf[i] for name, leaf in surface.items()}
        w = whiten(q)
        assert float(jnp.linalg.norm(w)) == pytest.approx(0.2, rel=1e-12)
        back = whiten.inverse(w)
        assert all(float(back[name]) == pytest.approx(float(q[name]), rel=1e-12) for name in q)
    assert bool(ball.contains(point))
    assert not bool(ball.contains({"concentration": 4.0, "rate": 2.0}))
    lengths, directions = ball.axes()
    for i, length in enumerate(lengths):
        step = {name: length * leaf[i] for name, leaf in directions.items()}
        assert float(gamma.metric(point).quadratic(step)) == pytest.approx(0.04, rel=1e-10)
