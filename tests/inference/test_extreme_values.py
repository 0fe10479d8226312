"""Extreme-value laws by local moments: the same likelihood as row by row, and passes only where they are needed."""

import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest

import fisherax as fx
import oracles
from fisherax.inference.families import FAMILY_ROWS, unconditional_problem
from fisherax.inference.likelihood import InMemory
from fisherax.inference.likelihood.local import ORDER, LocalMoments, read_line, read_moments
from fisherax.inference.likelihood.rows import Rows
from fisherax.models.extreme_value import GumbelLaw, WeibullLaw, extreme_value_law

FAMILIES = {"weibull": fx.Family(dist.Weibull), "gumbel": fx.Family(dist.Gumbel)}


def draws(name, size, seed=3):
    generator = np.random.default_rng(seed)
    if name == "weibull":
        return 30.0 * generator.weibull(1.7, size)
    return generator.gumbel(-4.0, 2.5, size)


@pytest.mark.parametrize("size", [2, 8, 512])
@pytest.mark.parametrize("name", FAMILIES)
def test_it_is_the_sum_of_log_densities(name, size):
    """At the start, near it, and so far away that the moments are read anew; with and without weights."""
    family, x = FAMILIES[name], draws(name, size)
    for weights in (None, np.random.default_rng(0).integers(0, 4, size) + (np.arange(size) == 0)):
        problem = unconditional_problem(family, x, weights, None, None)
        likelihood, z = problem.likelihood, np.asarray(problem.starts[0])
        like = {key: jnp.zeros(()) for key in family.parameters}
        params = family.to_constrained(jnp.asarray(z), like)
        plain = InMemory(likelihood.terms, likelihood.rows, params, FAMILY_ROWS)
        for move in ([0.0, 0.0], [1e-3, -2e-3], [0.3, 0.5], [-0.7, 0.1]):
            here, there = likelihood.evaluate(z + np.array(move)), plain.evaluate(z + np.array(move))
            oracles.allclose(here.value, there.value, 1e-13)
            oracles.allclose(here.score, there.score, 1e-12, atol=1e-12 * size)
            oracles.allclose(here.information, there.information, 1e-12)


@pytest.mark.parametrize("law", [WeibullLaw(), GumbelLaw()])
def test_its_parameters_go_there_and_back(law):
    params = law.from_location_and_rate(jnp.asarray(0.7), jnp.asarray(1.9))
    np.testing.assert_allclose(law.location_and_rate(params), (0.7, 1.9), rtol=1e-15)


def test_the_bound_on_what_is_left_out_holds_and_is_no_wild_guess():
    x = draws("weibull", 4096)
    line, _ = read_line(WeibullLaw(), Rows(None, jnp.asarray(x), None))
    rate = jnp.asarray(1.7)
    local = read_moments(line, rate, FAMILY_ROWS)
    u = np.asarray(line.line, np.longdouble)
    exact = lambda b: float(np.sum(np.exp(np.longdouble(b) * u)))  # noqa: E731
    for delta in (0.03, 0.06, 0.1):
        found = float(local.exponential_sum(rate + delta))
        error = abs(found - exact(1.7 + delta)) / float(local.moments[0])
        bound = float(local.excess(rate + delta)) * 1e-14  # that of S″ is the largest: 1e-14 of 2 m₂, or less
        assert error <= bound + 4e-16
    # Where it says that the expansion may be used, it is exact to rounding.
    assert float(local.excess(rate + 0.01)) <= 1.0
    assert float(local.excess(rate)) == 0.0
    assert float(local.excess(rate + 0.5)) == np.inf
    # The first term that is left out is as large as the bound says, within a factor that ρ explains.
    delta, furthest = 0.05, float(line.furthest)
    left_out = float(np.sum(np.exp(1.7 * u) * u ** (ORDER + 1))) / float(np.prod(np.arange(1.0, ORDER + 2)))
    tail = abs(left_out) * delta ** (ORDER + 1)
    assert tail <= float(local.moments[-1]) * delta**ORDER * delta * furthest / (ORDER + 1)


def test_moments_of_blocks_are_those_of_all():
    x = jnp.asarray(draws("gumbel", 1000))
    line, _ = read_line(GumbelLaw(), Rows(None, x, None))
    for length in (128, 1000):
        local = read_moments(line, jnp.asarray(0.4), length)
        u = np.asarray(line.line)
        factorial = 1.0
        for j in range(ORDER + 1):
            factorial *= max(j, 1)
            oracles.allclose(local.moments[j], np.sum(np.exp(0.4 * u) * u**j) / factorial, 1e-12)


@pytest.mark.parametrize("name", FAMILIES)
def test_many_observations_are_read_twice_and_profiles_read_them_no_more(name):
    fit = fx.fit(FAMILIES[name], draws(name, 100_000))
    assert fit.status.valid
    assert fit.status.passes == 2
    before = fit.likelihood.passes
    fit.confidence_interval(method="profile")
    for key, value in fit.params.items():
        fit.likelihood_ratio_test({key: 1.001 * float(value)})
    assert fit.likelihood.passes == before


def test_with_a_parameter_fixed_it_is_an_exponential_family():
    assert extreme_value_law(fx.Family(dist.Weibull)) is not None
    assert extreme_value_law(fx.Family(dist.Weibull, fixed={"concentration": 2.0})) is None
    assert extreme_value_law(fx.Family(dist.Gamma)) is None


def test_equal_observations_are_named_and_not_divided_by():
    fit = fx.fit(FAMILIES["weibull"], np.full(5, 3.0))
    assert not fit.status.valid
    assert "All observations are equal" in fit.status.message


def test_moments_are_a_pytree():
    local = LocalMoments(jnp.asarray(1.0), jnp.ones(ORDER + 1), jnp.asarray(2.0))
    assert len(jax.tree.leaves(local)) == 3
