"""Normal vectors as the shadow of a symmetric space, in which the geodesic between two of them is lifted.

Relative to N(0, 1), the law N(m, S) with S = L Lᵀ lifts to the matrices G = R Rᵀ of 2p + 1 rows,

    R = [[1, 0, 0], [mᵀ, 1, 0], [Z − ½mmᵀ, −m, 1]] diag(L⁻ᵀ, 1, L),    Z = −Zᵀ any,

which are points of SO(p + 1, p)/S(O(p + 1) × O(p)). This is a Riemannian submersion: the distance of the laws is the
least distance d of G from 1 over all Z, at which the lifted geodesic has no part along the fibre. Where Eriksen's
exponential meets the fibre is thus a smooth problem of least value in p(p − 1)/2 unknowns, and every Z gives an
upper bound. In the basis (e₁ ± e₃)/√2 the blocks of G are functions of sinh and cosh, and

    ln G = [[0, C], [Cᵀ, 0]],    R₁₂ = U sinh(s/2) V₁ᵀ,    C = U s Vᵀ,    V = R₂₂ V₁/cosh(s/2),    d² = ½ Σ sᵢ².

C = [W − B; √2 xᵀ] holds the velocity (x, B) at N(0, 1), and W = −Wᵀ, the slope along the fibre, is 0 at the minimum.

References:
    Eriksen (1987), Geodesics connected with the Fisher metric on the multivariate normal manifold. S. Kobayashi (2023),
    Geodesics of multivariate normal distributions and a Toda lattice type Lax pair, Physica Scripta 98, 115241, for
    the submersion. The singular values, the unknown Z and Newton's method on it are worked out here.
"""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np

from ..._types import Array, Float, Scalar
from .normal_geodesic import symmetric

Vector = Float[Array, " p"]
Square = Float[Array, "p p"]
Tall = Float[Array, "p1 p"]


class Relative(NamedTuple):
    """A law N(m, S) in axes in which S is diagonal."""

    mean: Vector
    """m."""
    excess: Vector
    """The diagonal of S − 1."""
    scale: Vector
    """The roots of the diagonal of S."""


class Lift(NamedTuple):
    """What there is to know of G at one Z."""

    lengths: Vector
    """s."""
    left: Float[Array, "p1 p1"]
    """U, with one column more."""
    right: Square
    """V."""
    left_there: Float[Array, "p1 p1"]
    """U₁: U in the frame at the other end, as R₁₁ᵀ U/cosh(s/2)."""
    right_there: Square
    """V₁."""


def lifted(law: Relative, z: Square) -> Lift:
    """G of N(m, S) at Z."""
    p = law.mean.size
    half = jnp.sqrt(jnp.asarray(0.5, law.mean.dtype))
    corner = (z - 0.5 * jnp.outer(law.mean, law.mean)) / law.scale
    mean = (half * law.mean / law.scale)[None, :]
    across = jnp.concatenate([0.5 * (corner - jnp.diag(law.excess / law.scale)), mean])
    middle = jnp.diag(1.0 / law.scale + law.scale)
    last = jnp.append(-half * law.mean, 1.0)[:, None]
    first = jnp.concatenate([jnp.concatenate([0.5 * (middle + corner), mean]), last], axis=1)
    left, sines, right = jnp.linalg.svd(across, full_matrices=True)
    cosines = jnp.sqrt(1.0 + jnp.square(sines))
    there = right.T
    return Lift(
        lengths=2.0 * jnp.arcsinh(sines),
        left=left,
        right=0.5 * (middle - corner) @ there / cosines,
        left_there=first.T @ left / jnp.append(cosines, jnp.ones((), cosines.dtype)),
        right_there=there[:p],
    )


def velocity(lift: Lift) -> tuple[Vector, Square, Square]:
    """x, B and W."""
    return _parts((lift.left[:, :-1] * lift.lengths) @ lift.right.T)


def squared(lift: Lift) -> Scalar:
    """d²: of all Z the least is the squared distance of the laws."""
    return 0.5 * jnp.sum(jnp.square(lift.lengths))


def bent(lift: Lift, step: Tall) -> tuple[Vector, Square, Square]:
    """The derivatives of x, B and W where the end moves by Y = [ŷ − Ŝ; √2 b̂ᵀ].

    The move is dm = L b̂, dS = L Ŝ Lᵀ, dZ = L ŷ Lᵀ and a turn within the fibre. The symmetric part of U₁ᵀ Y V₁ is
    multiplied by f(sᵢ − sⱼ), its skew part by f(sᵢ + sⱼ) and its last row by f(sⱼ), with f(t) = (t/2)/sinh(t/2).
    """
    return _parts(lift.left @ _weighted(lift, lift.left_there.T @ step @ lift.right_there) @ lift.right.T)


def fibre(law: Relative, lift: Lift) -> tuple[Vector, Float[Array, "n n"]]:
    """The slope of ½d² along the fibre, and its matrix of second derivatives, in the unknowns of `skew`."""
    i, j = np.triu_indices(law.mean.size, 1)
    unit = jnp.sqrt(law.scale[i] * law.scale[j])

    def pairs(left: Array, right: Array) -> Array:
        """Uᵀ E V for every skew unit matrix E."""
        left = left[:-1]
        return left[i][:, :, None] * right[j][:, None, :] - left[j][:, :, None] * right[i][:, None, :]

    here = pairs(lift.left, lift.right) * unit[:, None, None]
    there = pairs(lift.left_there, lift.right_there) / unit[:, None, None]
    size = here[0].size
    slope = 0.5 * jnp.einsum("kii,i->k", here[:, :-1], lift.lengths)
    change = _weighted(lift, there)
    return slope, symmetric(0.5 * here.reshape(-1, size) @ change.reshape(-1, size).T)


def skew(law: Relative, unknowns: Float[Array, " n"]) -> Square:
    """Z of its entries above the diagonal, in units of √(σᵢ σⱼ)."""
    i, j = np.triu_indices(law.mean.size, 1)
    upper = jnp.zeros((law.mean.size,) * 2, law.mean.dtype)
    upper = upper.at[i, j].set(unknowns * jnp.sqrt(law.scale[i] * law.scale[j]), unique_indices=True)
    return upper - upper.T


def _weighted(lift: Lift, step: Float[Array, "*n p1 p"]) -> Float[Array, "*n p1 p"]:
    """What the derivative of a logarithm makes of a step, in the singular vectors."""
    top = step[..., :-1, :]
    flipped = jnp.swapaxes(top, -1, -2)
    s = lift.lengths
    near, far = _ratio(s[:, None] - s), _ratio(s[:, None] + s)
    top = 0.5 * (near * (top + flipped) + far * (top - flipped))
    return jnp.concatenate([top, _ratio(s) * step[..., -1:, :]], axis=-2)


def _ratio(t: Array) -> Array:
    """(t/2)/sinh(t/2)."""
    half = 0.5 * t
    apart = jnp.abs(half) > 1e-4
    safe = jnp.where(apart, half, 1.0)
    return jnp.where(apart, safe / jnp.sinh(safe), 1.0 - jnp.square(half) / 6.0)


def _parts(c: Tall) -> tuple[Vector, Square, Square]:
    """x, B and W of C."""
    top = c[:-1]
    return c[-1] * jnp.sqrt(jnp.asarray(0.5, c.dtype)), -symmetric(top), 0.5 * (top - top.T)
