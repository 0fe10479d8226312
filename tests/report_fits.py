"""Fits that the tests of figures and of reports share; each is made once."""

import functools

import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist

from fisherax.inference import Fit, fit
from fisherax.models import Conditional, Family, LinearPredictor, heads

FLOWS = np.array(
    [
        1120,
        1160,
        963,
        1210,
        1160,
        1160,
        813,
        1230,
        1370,
        1140,
        995,
        935,
        1110,
        994,
        1020,
        960,
        1180,
        799,
        958,
        1140,
    ],
    float,
)
"""The first twenty years of the Nile at Aswan (Cobb 1978)."""


@functools.cache
def gamma() -> Fit:
    return fit(Family(dist.Gamma), FLOWS)


@functools.cache
def poisson() -> Fit:
    """Deaths by horse kick in 200 corps-years: 109, 65, 22, 3 and 1 with 0 to 4 deaths."""
    return fit(Family(dist.Poisson), np.repeat([0, 1, 2, 3, 4], [109, 65, 22, 3, 1]))


def design(columns: int, rows: int = 40) -> np.ndarray:
    rng = np.random.default_rng(3)
    return np.column_stack([np.ones(rows), rng.normal(size=(rows, columns - 1))])


NAMES = ("Intercept", "<script>alert(1)</script>", "a\"b & 'c'", "λ_$1$", "x" * 60)
"""Columns as they come: nothing in a name may be taken for markup or for mathematics."""


@functools.cache
def normal_regression() -> Fit:
    """A regression with known scale: its log-likelihood is exactly quadratic."""
    x = design(len(NAMES))
    y = x @ np.linspace(1, 2, len(NAMES)) + np.random.default_rng(4).normal(size=len(x))
    model = Conditional(LinearPredictor(NAMES), heads.Normal(scale=1.0))
    return fit(model, (jnp.asarray(x), jnp.asarray(y)))


@functools.cache
def budworm() -> Fit:
    """Collett (1991), p. 75: moths of each sex that died of six doses, of 20 each."""
    dead = np.array([1, 4, 9, 13, 18, 20, 0, 2, 6, 10, 12, 16], float)
    male = np.repeat([1.0, 0.0], 6)
    x = np.column_stack([np.ones(12), male, np.tile(np.arange(6.0), 2)])
    names = ("Intercept", "sex[T.male]", "log2(dose)")
    model = Conditional(LinearPredictor(names, trials=True), heads.Binomial())
    return fit(model, ({"x": jnp.asarray(x), "trials": jnp.full(12, 20.0)}, jnp.asarray(dead)))


@functools.cache
def collinear() -> Fit:
    """Two columns that are the same: the data do not tell their coefficients apart."""
    x = design(2)
    x = np.column_stack([x, x[:, 1]])
    y = np.random.default_rng(5).poisson(np.exp(0.3 + 0.5 * x[:, 1])).astype(float)
    model = Conditional(LinearPredictor(("Intercept", "x1", "x2")), heads.Poisson())
    return fit(model, (jnp.asarray(x), jnp.asarray(y)))
