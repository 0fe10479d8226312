"""G known by its products alone."""

from collections.abc import Callable
from typing import Any, NoReturn

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.tree_util as jtu
import lineax as lx
import numpy as np
from jax import lax

from .._types import Array, Matrix, Params, Scalar, Vector
from ..models.tangent import Tangent
from .base import Information
from .factorization import Failed
from .provenance import Provenance
from .vectors import as_count, coordinates

CHUNK = 64
"""How many columns are taken at a time where all are asked for."""


class ImplicitOperator(Information):
    r"""G as a function v ↦ Gv, of which no matrix is kept: products, and solves by conjugate gradients.

        G v = product(v),   G⁻¹ v = argmin_x ½ xᵀGx − vᵀx

    `solve` ends where the residual is small, ‖v − Gx‖ ≤ tol ‖v‖, and raises where it does not become so; of a singular
    G and a v in its range it is the shortest of the solutions. `diagonal`, `trace`, `rank` and the matrix take p
    products. Roots, determinants and spectra are refused: they need a structure that has them.

    Args:
        product: v ↦ Gv, linear and symmetric, on pytrees like the parameters. Arrays that it closes over are constants;
            a `jax.tree_util.Partial` or an `equinox.Module` may be differentiated and passed through `jit`.
        tangent: the tangent space at the parameters.
        provenance: where the product comes from.
        count: the number of observations whose information it is.
        error: an error estimate of the matrix's entries; None where it is exact.
        tolerance: tol, relative to v; None is ε^{2/3}, 4e-11 in float64 and 2e-5 in float32.
        max_steps: how many steps of conjugate gradients are taken at most; None is 10 p.
        scale: a factor of the product.
        shift: what is added, a multiple of the identity.

    Raises:
        ValueError: the product does not return a pytree like the parameters.

    Examples:
        >>> tangent = Tangent.of({"a": jnp.zeros(2)})
        >>> provenance = Provenance("exact", "implicit", "data")
        >>> G = ImplicitOperator(lambda v: {"a": jnp.array([2.0, 4.0]) * v["a"]}, tangent, provenance)
        >>> jnp.round(G.damped(1.0).solve({"a": jnp.array([3.0, 5.0])})["a"], 6)
        Array([1., 1.], dtype=float64)
        >>> float(G.trace())
        6.0

    References:
        Hestenes and Stiefel (1952), Methods of conjugate gradients for solving linear systems; Martens (2010), Deep
        learning via Hessian-free optimization.
    """

    product: Callable[[Params], Params]
    tangent: Tangent = eqx.field(static=True)
    provenance: Provenance = eqx.field(static=True)
    count: Scalar
    error: Scalar | None
    tolerance: float = eqx.field(static=True)
    max_steps: int | None = eqx.field(static=True)
    scale: Scalar
    shift: Scalar

    def __init__(
        self,
        product: Callable[[Params], Params],
        tangent: Tangent,
        provenance: Provenance,
        count: Any = 1.0,
        error: Any = None,
        *,
        tolerance: float | None = None,
        max_steps: int | None = None,
        scale: Any = 1.0,
        shift: Any = 0.0,
    ):
        # A function is no array: as part of a pytree it is static.
        self.product = jtu.Partial(product) if jtu.all_leaves([product]) else product
        self.tangent = tangent
        self.provenance = provenance
        self.count = as_count(count, self.dtype)
        self.error = None if error is None else as_count(error, self.dtype)
        default = float(jnp.finfo(self.dtype).eps) ** (2 / 3)
        self.tolerance = default if tolerance is None else tolerance
        self.max_steps = max_steps
        self.scale = as_count(scale, self.dtype)
        self.shift = as_count(shift, self.dtype)
        given = self.tangent.structure()
        found = jax.eval_shape(self.product, given)
        if _shapes(found) != _shapes(given):
            raise ValueError(
                f"ImplicitOperator: the product returns {_shapes(found)} for a vector like the parameters, which have "
                f"{_shapes(given)}: it must return a pytree of the same shapes and dtypes."
            )

    def coordinates_matrix(self) -> Matrix:
        return _columns(self)

    def _mv(self, u: Vector) -> Vector:
        return self.scale * coordinates(self.tangent, self.product(self.tangent.unravel(u))) + self.shift * u

    def _solve(self, u: Vector) -> tuple[Vector, Failed]:
        solution, converged = _solution(self, u)
        return solution, converged < 1

    def _diagonal(self) -> Vector:
        return _diagonal(self)

    def _sqrt_mv(self, u: Vector) -> NoReturn:
        self._refuse("sqrt_mv")

    def _inv_sqrt_mv(self, u: Vector) -> NoReturn:
        self._refuse("inv_sqrt_mv")

    def _logdet(self) -> NoReturn:
        self._refuse("logdet")

    def _eigenvalues(self) -> NoReturn:
        self._refuse("eigh")

    def _eigenvectors(self) -> NoReturn:
        self._refuse("eigh")

    def _inverted(self) -> NoReturn:
        self._refuse("inverse_diagonal")

    def _scaled(self, factor: Scalar) -> Information:
        error = None if self.error is None else self.error * factor
        return self._with(self.scale * factor, self.shift * factor, self.count * factor, error)

    def _plus(self, other: Information) -> Information | None:
        """Products add up, whatever the other's structure; if it is implicit too, the looser tolerance holds."""
        tolerance, max_steps = self.tolerance, self.max_steps
        if isinstance(other, ImplicitOperator):
            tolerance = max(tolerance, other.tolerance)
            max_steps = (
                None if None in (max_steps, other.max_steps) else max(max_steps or 0, other.max_steps or 0)
            )
        return ImplicitOperator(
            _Sum(self, other),
            self.tangent,
            self.provenance.combined(other.provenance),
            self.count + other.count,
            self._error_of_sum(other),
            tolerance=tolerance,
            max_steps=max_steps,
        )

    def shifted(self, damping: Scalar) -> Information:
        return self._with(self.scale, self.shift + damping, self.count, self.error)

    def _reason(self, verb: str) -> str:
        steps = 10 * self.tangent.dim if self.max_steps is None else self.max_steps
        return (
            f"conjugate gradients did not reach a residual of {self.tolerance:.1e} times the vector in {steps} steps: "
            "the information is singular or badly conditioned (damp the operator with `damped`), or more is asked than "
            "it can give (a larger `tolerance`, or `max_steps`, of ImplicitOperator)"
        )

    def _traced_reason(self, verb: str) -> str:
        return self._reason(verb)

    # --- Inside. ---

    def _conjugate_gradients(self, product: Callable[[Array], Array], right: Array) -> tuple[Array, Array]:
        """x with product(x) = b, or NaN, and 1 if it was found (a number, which has a derivative)."""
        size = _length(right)
        unit = right / jnp.where(size > 0, size, 1.0)
        # In units in which the curvature along b is 1, a tolerance means the same for every problem.
        curvature = jnp.abs(jnp.dot(unit, product(unit)))
        scale = jnp.where((curvature > 0) & jnp.isfinite(curvature), curvature, 1.0)
        operator = lx.FunctionLinearOperator(
            lambda x: product(x) / scale, jax.eval_shape(lambda: unit), lx.positive_semidefinite_tag
        )
        solver = lx.CG(rtol=0.0, atol=self.tolerance, norm=_length, max_steps=self.max_steps)
        solution = lx.linear_solve(operator, unit, solver, throw=False).value
        found = _length(unit - product(solution) / scale) <= 10 * self.tolerance
        solution = jnp.where(found, solution * size / scale, jnp.nan)
        return solution, found.astype(right.dtype)

    def _refuse(self, verb: str) -> NoReturn:
        raise ValueError(
            f"{verb}: an information known by its products alone has no root, determinant, spectrum or inverse matrix: "
            "call `to_dense()` if p products and p × p numbers are affordable, or keep it in a structure that has them "
            "(dense, block diagonal, Kronecker-factored, low rank)."
        )

    def _with(self, scale: Scalar, shift: Scalar, count: Scalar, error: Scalar | None) -> "ImplicitOperator":
        # The product is known to fit.
        parts = (scale, shift, count, error)
        return eqx.tree_at(
            lambda g: (g.scale, g.shift, g.count, g.error), self, parts, is_leaf=lambda x: x is None
        )


# Compiled once for each product: a loop outside `jit` is compiled again whenever it is met.


@jax.jit
def _solution(operator: ImplicitOperator, u: Vector) -> tuple[Vector, Scalar]:
    return lax.custom_linear_solve(
        operator._mv, u, operator._conjugate_gradients, symmetric=True, has_aux=True
    )


@jax.jit
def _columns(operator: ImplicitOperator) -> Matrix:
    return _map_columns(operator, lambda column, _: column)


@jax.jit
def _diagonal(operator: ImplicitOperator) -> Vector:
    return _map_columns(operator, lambda column, j: column[j])


def _map_columns(operator: ImplicitOperator, read: Callable[[Array, Array], Array]) -> Array:
    """What is read of each column of the matrix, a chunk of columns at a time."""
    size = operator.tangent.dim

    def one(j: Array) -> Array:
        return read(operator._mv(jnp.zeros((size,), operator.dtype).at[j].set(1.0)), j)

    return lax.map(one, jnp.arange(size), batch_size=min(CHUNK, max(size, 1)))


class _Sum(eqx.Module):
    first: Information
    second: Information

    def __call__(self, vector: Params) -> Params:
        return jtu.tree_map(jnp.add, self.first.mv(vector), self.second.mv(vector))


def _length(vector: Array) -> Scalar:
    return jnp.sqrt(jnp.sum(vector**2))


def _shapes(structure: Any) -> str:
    return str(jtu.tree_map(lambda leaf: f"{np.dtype(leaf.dtype)}{list(leaf.shape)}", structure))
