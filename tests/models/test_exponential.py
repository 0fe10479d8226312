"""Every exponential family obeys the laws of one, and has the information that the literature says."""

import functools

import jax
import jax.numpy as jnp
import mpmath as mp
import numpy as np
import numpyro.distributions as dist
import pytest

from fisherax.models.exponential import exponential_form
from fisherax.models.exponential.registry import _FORMS

from .exponential_answers import ORDINARY, QUICK, answers_for, columns, nodes, observations, stacked
from .exponential_cases import CASES, COUNT, OTHER, UNIT, Case
from .exponential_exact import EXACT


def label(case: Case) -> str:
    return f"{case.name}-{'-'.join(case.free)}"


@pytest.fixture(scope="module", params=CASES, ids=label)
def case(request):
    """Each case in turn. With the scope of a module, all laws of one case follow each other."""
    return request.param


def those(chosen):
    """A test of some of the cases."""
    return pytest.mark.parametrize("case", [case for case in CASES if chosen(case)], ids=label)


def compare_parameters(name: str, ours: np.ndarray, value: np.ndarray, *, rtol: float) -> None:
    """Relative to the largest entry of each set's parameter."""
    if name == "logits" and value.ndim > 1:  # only differences are identified
        ours, value = ours - ours[:, -1:], value - value[:, -1:]
    scale = np.abs(value).max(axis=tuple(range(1, value.ndim)), keepdims=True)
    scale = np.where(scale > 0.0, scale, 1.0)
    np.testing.assert_allclose(ours / scale, value / scale, rtol=rtol, atol=1e-9)


def test_every_family_of_the_registry_is_tested():
    assert {case.kind for case in CASES} == set(_FORMS)


def test_a_family_that_needs_a_known_parameter_has_no_form_without_it():
    for case in CASES:
        assert (exponential_form(case.kind, {}) is None) == bool(case.fixed)
    assert exponential_form(dist.StudentT, {}) is None


def test_log_prob_is_the_distributions(case):
    if case.kind in EXACT:
        compare_with_mpmath(case)
    else:
        compare_with_numpyro(case)


def compare_with_numpyro(case: Case) -> None:
    params = {name: jnp.asarray(value) for name, value in case.params.items()}
    theirs = jax.vmap(lambda p, x: case.kind(**p, validate_args=False).log_prob(x))
    theirs = jax.jit(theirs, compiler_options=QUICK)
    theirs = np.asarray(theirs(params, jnp.asarray(observations(case))))
    ours = answers_for(case)["log_prob"]
    for i in range(6):
        usual = np.isfinite(theirs[i]) & (theirs[i] > -1e12)
        assert np.any(usual)
        # The terms of a peaked density are as large as its parameters, and both sides round them.
        size = max(np.abs(value[i]).max() for value in case.params.values())
        np.testing.assert_allclose(ours[i][usual], theirs[i][usual], rtol=1e-11, atol=1e-12 + 4e-14 * size)


def compare_with_mpmath(case: Case) -> None:
    x = observations(case)
    ours = answers_for(case)["log_prob"]
    chosen = [0, 1, 2, *range(3, x.shape[1], 61 if case.support == UNIT else 599)]
    with mp.workdps(60):
        for i in range(6):
            params = {k: mp.mpf(float(v[i])) for k, v in case.params.items()}
            for j in chosen:
                exact = EXACT[case.kind](mp.mpf(float(x[i, j])), **params)
                # The terms of a peaked density are as large as its parameters and its counts.
                size = max(abs(exact), 20 * max(abs(p) for p in params.values()), 20 * x[i, j], 1)
                assert abs(mp.mpf(float(ours[i][j])) - exact) < 1e-14 * size


@those(
    lambda case: case.support != OTHER
)  # those have no rule to integrate with, and the literature's information
def test_total_mean_and_information_by_summation(case):
    """∫p = 1, ∇A = E T, KL = E ln p/p′, and the second derivative of KL is JᵀCov(T)J, all by quadrature."""
    got = answers_for(case)
    weights = nodes(case)[1]
    log_prob, other = (got[key][ORDINARY, -len(weights) :] for key in ("log_prob", "log_prob_other"))
    p = weights * np.exp(log_prob)
    statistics = columns(got["statistics"], 2)[ORDINARY, -len(weights) :]
    statistics = np.where(p[..., None] > 0.0, statistics, 0.0)
    np.testing.assert_allclose(p.sum(axis=1), 1.0, rtol=1e-11)
    mean = np.einsum("sn,snt->st", p, statistics)
    np.testing.assert_allclose(columns(got["mean"], 1)[ORDINARY], mean, rtol=1e-10, atol=1e-11)
    ratio = np.where(p > 0.0, log_prob, 0.0) - np.where(p > 0.0, other, 0.0)
    np.testing.assert_allclose(got["kl"][ORDINARY], np.sum(p * ratio, axis=1), rtol=1e-9, atol=1e-11)
    centred = statistics - mean[:, None]
    cov = np.einsum("sn,snt,snu->stu", p, centred, centred)
    jacobian = np.concatenate(
        [
            np.concatenate(
                [
                    np.reshape(block[name], (6, -1, case.params[name][0].size))
                    for _, block in sorted(got["jacobian"].items())
                ],
                axis=1,
            )
            for name in case.free
        ],
        axis=2,
    )[ORDINARY]
    expected = np.einsum("sta,stu,sub->sab", jacobian, cov, jacobian)
    np.testing.assert_allclose(stacked(case, got["information"])[ORDINARY], expected, rtol=1e-9, atol=1e-10)


@those(
    lambda case: case.information is not None
)  # a covariance has its own test, redundant logits that by summation
def test_information_is_that_of_the_literature(case):
    information = stacked(case, answers_for(case)["information"])
    for i in range(6):
        reference = case.information(**{name: value[i] for name, value in case.params.items()})
        scale = np.sqrt(np.outer(np.diag(reference), np.diag(reference)))
        np.testing.assert_allclose(information[i] / scale, reference / scale, rtol=1e-10, atol=1e-10)


def test_information_of_a_multivariate_normal():
    """uᵀΛv for the mean; ½ tr(Λ dΣ Λ dΣ′) for the covariance, in whatever parameter Σ is written."""
    for case in CASES:
        if case.kind is not dist.MultivariateNormal:
            continue
        by = case.free[1] if case.free[0] == "loc" else case.free[0]
        rng = np.random.default_rng(1)
        got = answers_for(case)["information"]
        for i in range(6):
            value = case.params[by][i]
            directions = rng.normal(size=(2, 3, 3)) * np.abs(value).max()
            if by == "scale_tril":
                directions = np.tril(directions)
                covariance = value @ value.T
                moved = [d @ value.T + value @ d.T for d in directions]
            else:
                directions = directions + np.swapaxes(directions, 1, 2)
                covariance = value if by == "covariance_matrix" else np.linalg.inv(value)
                sign = 1.0 if by == "covariance_matrix" else -1.0
                moved = [d if sign > 0 else -covariance @ d @ covariance for d in directions]
            precision = np.linalg.inv(covariance)
            np.testing.assert_allclose(
                got["loc"]["loc"][i], precision, rtol=1e-10, atol=1e-10 * np.abs(precision).max()
            )
            expected = 0.5 * np.trace(precision @ moved[0] @ precision @ moved[1])
            ours = np.einsum("ij,ijkl,kl->", directions[0], got[by][by][i], directions[1])
            np.testing.assert_allclose(ours, expected, rtol=1e-9, atol=1e-10)
            np.testing.assert_allclose(got["loc"][by][i] * np.abs(value).max(), 0.0, atol=1e-9)


def test_from_natural_undoes_natural(case):
    back = answers_for(case)["back"]
    assert set(back) == set(case.params)
    for name, value in case.params.items():
        compare_parameters(name, back[name], value, rtol=1e-9)


def test_start_is_the_maximum_of_the_likelihood(case):
    """The maximum of the likelihood is the θ with ∇A(η(θ)) = mean T: from the exact mean, θ itself."""
    start = answers_for(case)["start"]
    assert set(start) == set(case.params)
    for name, value in case.params.items():
        # A mean statistic, rounded, determines the parameters of a very peaked law to fewer digits.
        compare_parameters(name, start[name], value, rtol=2e-7)


def test_divergence_is_zero_at_equality_and_positive_elsewhere(case):
    got = answers_for(case)
    np.testing.assert_allclose(got["no_kl"], 0.0, atol=1e-14)
    assert np.all(got["kl"][ORDINARY] > 0.0)


# Those of which NumPyro has a closed form; the beta's goes through betaln, whose derivatives are wrong.
PEERS = [dist.Normal, dist.Gamma, dist.Dirichlet, dist.MultivariateNormal, dist.CategoricalProbs]


@pytest.mark.peer
@those(lambda case: case.kind in PEERS)
def test_divergence_equals_numpyros(case):
    order = np.array([1, 2, 0])
    p = case.kind(**{k: jnp.asarray(v[:3]) for k, v in case.params.items()})
    q = case.kind(**{k: jnp.asarray(v[:3][order]) for k, v in case.params.items()})
    np.testing.assert_allclose(answers_for(case)["kl"][:3], dist.kl_divergence(p, q), rtol=1e-8)


def test_a_von_mises_law_without_concentration_is_uniform():
    form = exponential_form(dist.VonMises, {})
    assert form is not None
    origin = {"cos x - 1": jnp.array(0.0), "sin x": jnp.array(0.0)}
    hessian = jax.jit(jax.hessian(form.log_partition))(origin)
    matrix = np.array([[hessian[a][b] for b in sorted(origin)] for a in sorted(origin)])
    np.testing.assert_allclose(matrix, 0.5 * np.eye(2), atol=1e-14)  # Var cos = Var sin = ½
    np.testing.assert_allclose(form.mean_statistics(origin)["cos x - 1"], -1.0, rtol=1e-14)


def test_centring_keeps_the_digits_of_a_far_normal():
    """With μ = 10⁹ and σ = 1 the mean of x² knows nothing about σ; measured from near μ it knows all."""
    form = exponential_form(dist.Normal, {})
    assert form is not None
    deviations = np.random.default_rng(0).normal(size=1000)
    x = jnp.asarray(1e9 + deviations)
    near = form.adapted({"loc": x[0], "scale": 1.0})
    start = near.start(jax.tree.map(jnp.mean, jax.vmap(near.statistics)(x)))
    exact = np.asarray(x) - 1e9
    np.testing.assert_allclose(start["scale"], np.std(exact), rtol=1e-12)
    np.testing.assert_allclose(start["loc"] - 1e9, np.mean(exact), atol=1e-6)


def test_known_parameters_stand_in_a_start():
    form = exponential_form(dist.Gamma, {"concentration": 2.0})
    assert form is not None
    start = form.start({"log y": jnp.array(0.3), "y": jnp.array(4.0)})
    assert float(start["concentration"]) == 2.0
    np.testing.assert_allclose(start["rate"], 0.5)  # the maximum given the concentration


def test_categories_are_counted_from_the_parameters():
    form = exponential_form(dist.CategoricalProbs, {})
    assert form is not None
    with pytest.raises(ValueError, match="adapted"):
        form.statistics(jnp.array(1))


@those(lambda case: case.support not in (COUNT, OTHER))
def test_float32(case):
    """Single precision in, single precision out, to its accuracy, at observations that all these supports have."""
    x = np.array([0.1, 0.4, 0.8])
    params = {name: jnp.asarray(value[0]) for name, value in case.params.items()}

    @functools.partial(jax.jit, compiler_options=QUICK)
    def log_prob(params, x):
        form = exponential_form(case.kind, {name: params[name] for name in case.fixed})
        return jax.vmap(form.log_prob, (None, 0))(params, x)

    narrow = log_prob(jax.tree.map(lambda v: v.astype(jnp.float32), params), jnp.asarray(x, jnp.float32))
    assert narrow.dtype == jnp.float32
    np.testing.assert_allclose(narrow, log_prob(params, jnp.asarray(x)), rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize("kind", [dist.Gamma, dist.Beta, dist.VonMises])
def test_float32_information(kind):
    case = next(case for case in CASES if case.kind is kind)
    form = exponential_form(kind, {})
    assert form is not None
    information = jax.jit(jax.hessian(form.kl, 1))
    wide = {name: jnp.asarray(value[0]) for name, value in case.params.items()}
    narrow = jax.tree.map(lambda v: v.astype(jnp.float32), wide)
    for got, reference in zip(
        jax.tree.leaves(information(narrow, narrow)), jax.tree.leaves(information(wide, wide)), strict=True
    ):
        assert got.dtype == jnp.float32
        np.testing.assert_allclose(got, reference, rtol=1e-4, atol=1e-5)
