"""Square roots and spectra, and their derivatives where eigenvalues are repeated."""

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest

from fisherax.operators import matrix_functions as functions

RNG = np.random.default_rng(3)
ROTATION = np.linalg.qr(RNG.normal(size=(4, 4)))[0]
DIRECTION = RNG.normal(size=(4, 4))
DIRECTION = DIRECTION + DIRECTION.T
SECOND = RNG.normal(size=(4, 4))
SECOND = SECOND + SECOND.T
SPECTRA = {
    "distinct": [0.5, 1.0, 2.0, 4.0],
    "one pair": [0.5, 2.0, 2.0, 4.0],
    "two pairs": [0.5, 0.5, 3.0, 3.0],
    "identity": [1.0, 1.0, 1.0, 1.0],
    "nearly equal": [1.0, 1.0 + 1e-14, 2.0, 2.0 + 1e-13],
}


def spectrum(name):
    return (ROTATION * np.array(SPECTRA[name])) @ ROTATION.T


def mixed_derivative(function, a, directions, step="1e-15"):
    """∂/∂s ∂/∂t of function(A + sE + tF) at 0, by central differences in 60 digits."""
    with mpmath.workdps(60):
        h = mpmath.mpf(step)
        total = mpmath.zeros(len(a))
        signs = (
            [(s,) for s in (1, -1)] if len(directions) == 1 else [(s, t) for s in (1, -1) for t in (1, -1)]
        )
        for sign in signs:
            point = mpmath.matrix(a.tolist())
            for s, direction in zip(sign, directions, strict=True):
                point += s * h * mpmath.matrix(direction.tolist())
            total += np.prod(sign).item() * function(point)
        total /= (2 * h) ** len(directions)
        return np.array(total.tolist(), dtype=float)


def mp_root(power):
    def function(point):
        values, vectors = mpmath.eigsy(point)
        return vectors * mpmath.diag([value**power for value in values]) * vectors.T

    return function


CASES = {
    "square root": (functions.square_root, mp_root(mpmath.mpf(1) / 2)),
    "inverse square root": (functions.inverse_square_root, mp_root(-mpmath.mpf(1) / 2)),
}


@pytest.mark.parametrize("name", SPECTRA)
@pytest.mark.parametrize("case", CASES)
def test_roots_and_their_derivatives_up_to_second_order(case, name):
    function, exact = CASES[case]
    a = spectrum(name)
    point, direction, second = jnp.asarray(a), jnp.asarray(DIRECTION), jnp.asarray(SECOND)
    with mpmath.workdps(40):
        value = np.array(exact(mpmath.matrix(a.tolist())).tolist(), dtype=float)
    np.testing.assert_allclose(function(point), value, atol=1e-13)

    def slope(x):
        return jax.jvp(function, (x,), (direction,))[1]

    first, mixed = jax.jvp(slope, (point,), (second,))
    np.testing.assert_allclose(first, mixed_derivative(exact, a, [DIRECTION]), atol=1e-11)
    np.testing.assert_allclose(mixed, mixed_derivative(exact, a, [DIRECTION, SECOND]), atol=1e-10)


@pytest.mark.parametrize("case", CASES)
def test_reverse_mode_is_the_transpose_of_forward_mode(case):
    function, _ = CASES[case]
    point = jnp.asarray(spectrum("two pairs"))
    weights = jnp.asarray(RNG.normal(size=(4, 4)))
    gradient = jax.grad(lambda x: jnp.sum(weights * function(x)))(point)
    forward = jnp.sum(weights * jax.jvp(function, (point,), (jnp.asarray(DIRECTION),))[1])
    np.testing.assert_allclose(jnp.sum(gradient * DIRECTION), forward, rtol=1e-12)
    np.testing.assert_allclose(gradient, gradient.T, atol=1e-13)


@pytest.mark.parametrize("case", CASES)
def test_second_derivatives_agree_in_every_order_of_the_modes(case):
    """Reverse mode reaches what forward mode calls: that too must not be the derivative of `eigh`."""
    function, _ = CASES[case]
    point = jnp.asarray(spectrum("two pairs"))
    weights = jnp.asarray(RNG.normal(size=(4, 4)))
    entry = lambda t: jnp.sum(weights * function(point + t[0] * DIRECTION + t[1] * SECOND))  # noqa: E731
    modes = {"forward": jax.jacfwd, "reverse": jax.jacrev}
    found = {f"{a} over {b}": modes[a](modes[b](entry))(jnp.zeros(2)) for a in modes for b in modes}
    for name, hessian in found.items():
        np.testing.assert_allclose(hessian, found["forward over forward"], atol=1e-10, err_msg=name)


@pytest.mark.parametrize("name", SPECTRA)
def test_eigenvalues_differentiate_at_repeated_ones(name):
    """Σ ln λ is ln det, smooth everywhere: its derivative is tr(A⁻¹ dA)."""
    a = spectrum(name)
    gradient = jax.grad(lambda x: jnp.sum(jnp.log(functions.eigenvalues(x))))(jnp.asarray(a))
    np.testing.assert_allclose(gradient, np.linalg.inv(a), atol=1e-12)


def test_eigenvectors_differentiate_where_they_are_unique():
    a = spectrum("distinct")

    def projector(x):
        v = functions.eigenvectors(x)[:, 0]
        return jnp.outer(v, v)

    def exact(point):
        _, vectors = mpmath.eigsy(point)
        return vectors[:, 0] * vectors[:, 0].T

    found = jax.jvp(projector, (jnp.asarray(a),), (jnp.asarray(DIRECTION),))[1]
    np.testing.assert_allclose(found, mixed_derivative(exact, a, [DIRECTION]), atol=1e-11)


def test_eigenvectors_refuse_a_derivative_where_they_are_not():
    with pytest.raises(Exception, match="repeated eigenvalue are not unique"):
        jax.jvp(functions.eigenvectors, (jnp.eye(4),), (jnp.asarray(DIRECTION),))


def test_a_root_refuses_its_derivative_at_a_singular_matrix():
    """√x has an infinite slope at zero, and an infinite slope has no matrix."""
    singular = jnp.diag(jnp.array([1.0, 1.0, 0.0, 0.0]))
    np.testing.assert_allclose(functions.square_root(singular), singular, atol=1e-15)
    with pytest.raises(Exception, match="singular information has no derivative"):
        jax.jvp(functions.square_root, (singular,), (jnp.asarray(DIRECTION),))


def test_rounding_below_zero_is_no_eigenvalue():
    """A projector whose null eigenvalues come out as ±1e-17."""
    v = RNG.normal(size=(4, 1))
    a = jnp.asarray(v @ v.T)
    root = functions.square_root(a)
    assert np.all(np.isfinite(root))
    # √ε is the size of the root of a rounding error.
    np.testing.assert_allclose(root @ root, a, atol=1e-15 * 4 * np.trace(a))
