"""Normal vectors with both the mean and the covariance free."""

import jax.numpy as jnp

from ..._types import Array, Bool, Float, Scalar
from ...models.cholesky import cholesky, inverse_lower
from .matrix_logarithm import logarithm
from .normal_geodesic import symmetric, unit_exp
from .normal_lift import lifted, squared
from .normal_logarithm import relative, starts, unit_log
from .normal_transport import unit_transport
from .space import ModelSpace, length

Square = Float[Array, "p p"]
Joined = Float[Array, "p p1"]


class NormalVectors(ModelSpace):
    """The laws N(μ, Σ) on ℝᵖ, as arrays [μ | Σ] of p rows and p + 1 columns, with the Fisher information as metric:

        ⟨(a, U), (b, V)⟩ = aᵀ Σ⁻¹ b + ½ tr(Σ⁻¹ U Σ⁻¹ V)

    Affine maps (μ, Σ) ↦ (Aμ + c, AΣAᵀ) leave it as it is, so all is reduced to geodesics from N(0, 1). `exp` is in
    closed form. `log` is in closed form up to a skew p × p matrix, which Newton's method finds in a few steps; for
    p = 1 there is nothing to find. Where it finds none, the answers are NaN: one in a hundred pairs at a distance of
    20, most beyond 25, where the arithmetic has no digits left. Some sectional curvatures are positive, so that
    nothing known forbids a shorter geodesic than the one that is found; none was ever seen, and `bounds` hold in any
    case.

    Examples:
        >>> import jax.numpy as jnp
        >>> space = NormalVectors()
        >>> x = jnp.asarray([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
        >>> y = x.at[0, 0].set(1.0)
        >>> round(float(space.distance(x, y)), 12)  # √2 ln 2, as of N(0, 1) and N(1, 1)
        0.980258143469

    References:
        Skovgaard (1984), A Riemannian geometry of the multivariate normal model, Scandinavian Journal of Statistics
        11, 211–223. Eriksen (1987); Calvo and Oller (1991); Kobayashi (2023): see the files of `normal_geodesic` and
        `normal_lift`.
    """

    def inner(self, x: Joined, u: Joined, v: Joined) -> Scalar:
        inverse = inverse_lower(cholesky(x[:, 1:]))
        return _unit_inner(_pushed(inverse, u), _pushed(inverse, v))

    def exp(self, x: Joined, v: Joined) -> Joined:
        root = cholesky(x[:, 1:])
        v = _pushed(inverse_lower(root), v)
        end = _joined(*unit_exp(v[:, 0], v[:, 1:]))
        return _pushed(root, end).at[:, 0].add(x[:, 0])

    def log(self, x: Joined, y: Joined) -> Joined:
        return _pushed(cholesky(x[:, 1:]), _unit_log(x, y))

    def squared_distance(self, x: Joined, y: Joined) -> Scalar:
        v = _unit_log(x, y)
        return _unit_inner(v, v)

    def transport(self, x: Joined, v: Joined, y: Joined) -> Joined:
        root = cholesky(x[:, 1:])
        frame, moved = unit_transport(_unit_log(x, y), _pushed(inverse_lower(root), v))
        return _pushed(root @ frame, moved)

    def curvature(self, x: Joined, u: Joined, v: Joined, w: Joined) -> Joined:
        # At N(0, 1) from the connection Γ: with D its derivative along a vector,
        # R(u, v)w = (DᵤΓ)(v, w) − (DᵥΓ)(u, w) + Γ(u, Γ(v, w)) − Γ(v, Γ(u, w)).
        root = cholesky(x[:, 1:])
        u, v, w = (_pushed(inverse_lower(root), each) for each in (u, v, w))
        change = _connection_change(u, v, w) - _connection_change(v, u, w)
        twice = _connection(u, _connection(v, w)) - _connection(v, _connection(u, w))
        return _pushed(root, change + twice)

    def contains(self, x: Joined) -> Bool[Array, ""]:
        return jnp.all(jnp.isfinite(x)) & jnp.all(jnp.diagonal(cholesky(x[:, 1:])) > 0.0)

    def bounds(self, x: Joined, y: Joined) -> tuple[Scalar, Scalar]:
        """Two numbers between which the distance is, without any iteration.

            √(½ Σ ln² λᵢ) ≤ d(x, y) ≤ min_Z √(½ Σ sᵢ(Z)²)

        Below, λ are the eigenvalues of P_x⁻¹ P_y with P = [[Σ + μμᵀ, μ], [μᵀ, 1]]: an isometric embedding into the
        positive definite matrices of p + 1 rows, where the way may be shorter. Above, s(Z) are the lengths of the lift
        for two skew matrices Z in closed form: every lift of the geodesic's end is at least as far as the nearest.

        Args:
            x: [μ | Σ].
            y: Another.

        Returns:
            The lower and the upper bound, which agree where the means do.

        Examples:
            >>> import jax.numpy as jnp
            >>> x = jnp.asarray([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
            >>> y = jnp.asarray([[1.0, 2.0, 0.5], [2.0, 0.5, 3.0]])
            >>> lower, upper = NormalVectors().bounds(x, y)
            >>> bool(lower < NormalVectors().distance(x, y) <= upper)
            True

        References:
            Calvo and Oller (1990), A distance between multivariate normal distributions based in an embedding into
            the Siegel group, Journal of Multivariate Analysis 35, 223–242.
        """
        mean, excess, root = _seen_from(x, y)
        law, _ = relative(mean, excess, root)
        upper = jnp.min(jnp.stack([squared(lifted(law, z)) for z in starts(law)]))
        row, one = mean[None, :], jnp.ones((1, 1), mean.dtype)
        more = jnp.block([[excess + jnp.outer(mean, mean), row.T], [row, 0.0 * one]])
        whole = jnp.block([[root, row.T], [jnp.zeros_like(row), one]])
        lower = 0.5 * jnp.sum(jnp.square(logarithm(more, whole)))
        return length(lower), length(upper)


def _joined(mean: Float[Array, " p"], matrix: Square) -> Joined:
    """[μ | Σ]."""
    return jnp.concatenate([mean[:, None], matrix], axis=1)


def _pushed(factor: Square, vector: Joined) -> Joined:
    """A vector under the affine map A: (Ab, AVAᵀ)."""
    return _joined(factor @ vector[:, 0], symmetric(factor @ symmetric(vector[:, 1:]) @ factor.T))


def _seen_from(x: Joined, y: Joined) -> tuple[Float[Array, " p"], Square, Square]:
    """The law y where x is N(0, 1): m, S − 1 and a root of S."""
    inverse = inverse_lower(cholesky(x[:, 1:]))
    step = _pushed(inverse, y - x)
    return step[:, 0], step[:, 1:], inverse @ cholesky(y[:, 1:])


def _unit_log(x: Joined, y: Joined) -> Joined:
    """The velocity at x of the geodesic to y, where x is N(0, 1)."""
    found = unit_log(*_seen_from(x, y))
    return _joined(found.x, found.turn)


def _unit_inner(u: Joined, v: Joined) -> Scalar:
    """⟨u, v⟩ at N(0, 1)."""
    return jnp.sum(u[:, 0] * v[:, 0]) + 0.5 * jnp.sum(u[:, 1:] * v[:, 1:])


def _connection(u: Joined, v: Joined) -> Joined:
    """Γ(u, v) at N(0, 1) for u = (a, U), v = (b, V): (−½(Ub + Va), ½(abᵀ + baᵀ − UV − VU))."""
    mean = -0.5 * (u[:, 1:] @ v[:, 0] + v[:, 1:] @ u[:, 0])
    return _joined(mean, symmetric(jnp.outer(u[:, 0], v[:, 0]) - u[:, 1:] @ v[:, 1:]))


def _connection_change(w: Joined, u: Joined, v: Joined) -> Joined:
    """The derivative of Γ(u, v) along w = (·, T): every product UV is UΣ⁻¹V, so it becomes −UTV."""
    turn = w[:, 1:]
    mean = 0.5 * (u[:, 1:] @ turn @ v[:, 0] + v[:, 1:] @ turn @ u[:, 0])
    return _joined(mean, symmetric(u[:, 1:] @ turn @ v[:, 1:]))
