"""KL divergence at the edge of a parameter space, over batches and inputs, and through JAX's transformations."""

import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest

import fisherax as fx

LN2 = np.log(2.0)
BERNOULLI = fx.Family(dist.BernoulliProbs)
BINOMIAL = fx.Family(dist.BinomialProbs, fixed={"total_count": 7})
GEOMETRIC = fx.Family(dist.GeometricProbs)
FAILURES = fx.Family(dist.NegativeBinomialProbs, fixed={"total_count": 3.0})
CATEGORICAL = fx.Family(dist.CategoricalProbs)
MULTINOMIAL = fx.Family(dist.MultinomialProbs, fixed={"total_count": 4})
POISSON = fx.Family(dist.Poisson)

# Each written down from the definition, Σ p ln (p/p′) with 0 ln 0 = 0.
EDGES = [
    (BERNOULLI, 0.0, 0.5, LN2),
    (BERNOULLI, 1.0, 0.25, 2 * LN2),
    (BERNOULLI, 0.5, 0.0, np.inf),
    (BERNOULLI, 0.5, 1.0, np.inf),
    (BERNOULLI, 0.0, 0.0, 0.0),
    (BERNOULLI, 0.0, 1.0, np.inf),
    (BINOMIAL, 0.0, 0.5, 7 * LN2),
    (GEOMETRIC, 1.0, 0.5, LN2),
    (GEOMETRIC, 0.5, 1.0, np.inf),
    (FAILURES, 0.0, 0.5, 3 * LN2),
    (FAILURES, 0.5, 0.0, np.inf),
    (CATEGORICAL, [0.0, 0.5, 0.5], [0.2, 0.4, 0.4], np.log(1.25)),
    (CATEGORICAL, [0.2, 0.4, 0.4], [0.0, 0.5, 0.5], np.inf),
    (CATEGORICAL, [0.0, 0.5, 0.5], [0.0, 0.25, 0.75], 0.5 * np.log(4 / 3)),
    (MULTINOMIAL, [0.0, 0.5, 0.5], [0.2, 0.4, 0.4], 4 * np.log(1.25)),
    (POISSON, 0.0, 2.0, 2.0),
    (POISSON, 2.0, 0.0, np.inf),
    (POISSON, 0.0, 0.0, 0.0),
]


def point(family, value, dtype=None):
    return {family.parameters[0]: jnp.asarray(value, dtype)}


@pytest.mark.parametrize("dtype", [jnp.float64, jnp.float32])
@pytest.mark.parametrize(("family", "here", "there", "expected"), EDGES)
def test_divergence_at_the_edge(family, here, there, expected, dtype):
    got = fx.kl(family, point(family, here, dtype), point(family, there, dtype))
    np.testing.assert_allclose(got, expected, rtol=1e-15 if dtype == jnp.float64 else 1e-6)
    assert got.dtype == dtype


@pytest.mark.parametrize(("family", "here", "there", "expected"), EDGES)
def test_divergence_approaches_its_value_at_the_edge(family, here, there, expected):
    """What is said at the edge is the limit from inside, computed by another formula."""

    def inside(value, by):
        value = np.asarray(value, float)
        if value.ndim:
            return (value + by) / np.sum(value + by)
        return np.where(value == 0.0, by, np.where(value == 1.0, 1.0 - by, value))

    if not np.isfinite(expected):
        near, nearer = (
            float(fx.kl(family, point(family, here), point(family, inside(there, by))))
            for by in (1e-6, 1e-12)
        )
        assert nearer > near + 1.0  # it grows like ln(1/by)
        return
    got = fx.kl(family, point(family, inside(here, 1e-10)), point(family, inside(there, 1e-10)))
    np.testing.assert_allclose(got, expected, atol=1e-7)


@pytest.mark.parametrize(("family", "nowhere"), [(GEOMETRIC, 0.0), (FAILURES, 1.0)])
def test_what_is_no_law_has_no_divergence(family, nowhere):
    """No success ever comes: the number of failures before it is no random number."""
    with pytest.raises(ValueError, match="not a number"):
        fx.kl(family, point(family, nowhere), point(family, 0.5))


def test_a_batch_may_have_entries_at_the_edge():
    here, there = {"probs": jnp.array([0.0, 0.3, 1.0])}, {"probs": jnp.array([0.5, 0.3, 0.5])}
    np.testing.assert_allclose(fx.kl(BERNOULLI, here, there), 2 * LN2, rtol=1e-15)


@pytest.mark.parametrize("df", [0.01, [0.01, 0.5]])
def test_an_unresolved_entry_of_a_batch_is_refused_as_one_alone_is(df):
    """Its tails are too heavy for quadrature; without a word, the sum over the batch would be wrong."""
    student = fx.Family(dist.StudentT, fixed={"loc": 0.0, "scale": 1.0})
    with pytest.raises(ValueError, match="KL divergence of StudentT did not converge by quadrature"):
        fx.kl(student, {"df": jnp.asarray(df)}, {"df": jnp.asarray(1.0)})


def test_an_unresolved_input_is_refused_too():
    student = fx.Family(dist.StudentT, fixed={"loc": 0.0, "scale": 1.0})
    model = fx.Conditional(lambda p, x: {"df": p * x}, student)
    x = jnp.array([1.0, 100.0])
    with pytest.raises(ValueError, match="did not converge by quadrature"):
        fx.kl(model, jnp.asarray(0.01), jnp.asarray(0.02), x)
