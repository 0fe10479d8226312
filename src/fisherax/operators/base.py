r"""The information as a linear map: five verbs on pytrees shaped like the parameters.

With B the orthonormal basis of the tangent space (`Tangent`) and A the p × p matrix of the
information in its coordinates, G = B A Bᵀ. A probability vector or a symmetric matrix among the
parameters makes G singular in the entries of the parameters although A is regular; every inverse, root and
determinant here is A's: `solve(v)` = B A⁻¹ Bᵀ v, `logdet()` = ln det A.

A structure (dense, diagonal, ...) is a final class that computes with A (`Representation`); here its answers
become pytrees, and its failures a ValueError that names the combination of parameters at fault (while JAX
traces, a run-time error).
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.tree_util as jtu
import lineax as lx
import numpy as np

from .._types import Array, Float, Int, Params, PRNGKeyArray, Scalar, Vector
from .factorization import Failed, scaled_eigenvalues, scaling, tolerance
from .identifiability import combination, diagnosis, is_traced, null_space
from .printing import describe
from .representation import Representation
from .vectors import coordinates, entries_diagonal, positive


class Information(Representation):
    r"""An information matrix at one point of parameter space; a lineax operator, made by `fisher`.

    The matrix is that of `count` observations: `n * G` multiplies both. Everywhere v is a pytree like the
    parameters and of their dtypes, and p is the number of directions that they may move in.

    Attributes:
        tangent: the tangent space at the parameters, which has the basis B.
        provenance: estimator, structure, and how the expectation was computed.
        count: the number of observations whose information this is; 1 for one observation.
        error: an error estimate of A's entries where the expectation is not exact, else None.

    Examples:
        >>> import jax.numpy as jnp
        >>> from fisherax.models.tangent import Tangent
        >>> from fisherax.operators import DenseOperator, Provenance
        >>> params = {"slope": jnp.array(0.0), "offset": jnp.array(0.0)}
        >>> matrix = jnp.array([[2.0, 1.0], [1.0, 2.0]])
        >>> G = DenseOperator(matrix, Tangent.of(params), Provenance("exact", "dense", "closed form"))
        >>> float(G.quadratic({"slope": 1.0, "offset": -1.0})), round(float(G.logdet()), 6)
        (2.0, 1.098612)
        >>> DenseOperator(jnp.ones((2, 2)), G.tangent, G.provenance).unidentified()
        ('1.00·offset − 1.00·slope',)

    References:
        S. Amari (2016), *Information Geometry and Its Applications*, section 2.1.
    """

    # NumPy scalars then leave `np.float64(3) * G` to `__rmul__`.
    __array_ufunc__ = None

    # --- The verbs. ---

    def mv(self, vector: Params) -> Params:
        """G v = B A Bᵀ v.

        Raises:
            ValueError: v is not shaped like the parameters, or of another dtype (as for every verb).
        """
        return self.tangent.unravel(self._mv(self._coordinates(vector)))

    def solve(self, vector: Params) -> Params:
        """G⁻¹ v on the tangent space: B A⁻¹ Bᵀ v.

        Raises:
            ValueError: the information is singular; the message says which combination of parameters the
                data do not determine. While JAX traces it is a run-time error instead.
        """
        value, failed = self._solve(self._coordinates(vector))
        return self.tangent.unravel(self._checked(value, failed, "solve"))

    def sqrt_mv(self, vector: Params) -> Params:
        """G^{1/2} v with the symmetric root.

        Raises:
            ValueError: G has a negative eigenvalue, as an observed information may; a singular G has a root.
        """
        value, failed = self._sqrt_mv(self._coordinates(vector))
        return self.tangent.unravel(self._checked(value, failed, "sqrt_mv"))

    def inv_sqrt_mv(self, vector: Params) -> Params:
        """G^{-1/2} v with the symmetric root, on the tangent space.

        Raises:
            ValueError: G is singular, or has a negative eigenvalue, or its smallest eigenvalue is lost in the
                rounding of the largest (this root, unlike `solve`, depends on the parameters' units).
        """
        value, failed = self._inv_sqrt_mv(self._coordinates(vector))
        return self.tangent.unravel(self._checked(value, failed, "inv_sqrt_mv"))

    def logdet(self) -> Scalar:
        """ln det A, in nats: twice the logarithm of the volume that G gives a unit cube of the tangent space.

        Raises:
            ValueError: G is not positive definite. A singular G is a finding here as elsewhere, and not −∞.
        """
        value, failed = self._logdet()
        return self._checked(value, failed, "logdet")

    def trace(self) -> Scalar:
        """tr A = tr G."""
        return jnp.sum(self._diagonal())

    def quadratic(self, vector: Params) -> Scalar:
        """vᵀ G v: twice the divergence KL(p_θ ‖ p_{θ+v}), to second order in v."""
        u = self._coordinates(vector)
        return jnp.dot(u, self._mv(u))

    def sample(self, key: PRNGKeyArray, inverse: bool = False) -> Params:
        """v ~ N(0, G), or N(0, G⁻¹) with `inverse=True`, on the tangent space.

        Args:
            key: a JAX random key; split it and `vmap` for many draws.
            inverse: draw with the covariance G⁻¹, which is how a Laplace approximation draws parameters.

        Returns:
            One draw, a pytree like the parameters.

        Raises:
            ValueError: as `sqrt_mv`, or as `solve` with `inverse=True`.
        """
        noise = jax.random.normal(key, (self.tangent.dim,), self.dtype)
        value, failed = self._inverse_root(noise) if inverse else self._sqrt_mv(noise)
        return self.tangent.unravel(self._checked(value, failed, "sample"))

    def eigenvalues(self) -> Vector:
        """The p eigenvalues of A, ascending."""
        return self._eigenvalues()

    def eigh(self) -> tuple[Vector, Params]:
        """Eigenvalues and eigenvectors of A.

        Eigenvectors of a repeated eigenvalue are not unique and refuse to be differentiated; differentiate
        `eigenvalues` where those alone are needed.

        Returns:
            The p eigenvalues, ascending, and the eigenvectors as a pytree with a leading axis of length p.
        """
        return self._eigenvalues(), jax.vmap(self.tangent.unravel)(self._eigenvectors().T)

    # --- The matrix, and what can be read off it. ---

    def as_matrix(self) -> Float[Array, "size size"]:
        """B A Bᵀ in the ravelled entries of the parameters, as lineax expects it."""
        matrix = self.coordinates_matrix()
        if self.tangent.is_free:
            return matrix
        basis = self.tangent.basis()
        return basis @ matrix @ basis.T

    def diagonal(self) -> Params:
        """The diagonal of G = B A Bᵀ, as a pytree like the parameters."""
        return entries_diagonal(self.tangent, self._diagonal(), self._block)

    def inverse_diagonal(self) -> Params:
        """The diagonal of B A⁻¹ Bᵀ, as a pytree like the parameters: variances, where G⁻¹ is a covariance."""
        inverse, failed = self._inverted()
        entries = entries_diagonal(self.tangent, inverse._diagonal(), inverse._block)
        return jtu.tree_map(lambda leaf: self._checked(leaf, failed, "inverse_diagonal"), entries)

    def rank(self) -> Int[Array, ""]:
        """The number of directions that the data determine, whatever the units of the parameters.

        Counted on the eigenvalues of A scaled to a unit diagonal, against 10 p ε (see `factorization`).
        """
        matrix = jax.lax.stop_gradient(self.coordinates_matrix())
        values = scaled_eigenvalues(matrix, self._definite)
        return jnp.sum(jnp.abs(values) > tolerance(self.tangent.dim, self.dtype))

    def condition_number(self, scaled: bool = False) -> Scalar:
        """max|λ| / min|λ| over the eigenvalues of A; ∞ when singular.

        Args:
            scaled: take A with its rows and columns divided to a unit diagonal, so that the units of the
                parameters do not enter: a large value then means entangled parameters, and nothing else.
        """
        a = self.coordinates_matrix()
        sizes = jnp.abs(scaled_eigenvalues(a, self._definite) if scaled else self._eigenvalues())
        smallest, largest = jnp.min(sizes), jnp.max(sizes)
        return jnp.where(smallest > 0, largest / jnp.where(smallest > 0, smallest, 1.0), jnp.inf)

    def null_directions(self) -> Params:
        """Directions v with Gv = 0 to working precision: a pytree with a leading axis (0 long if none)."""
        return jax.vmap(self.tangent.unravel)(jnp.asarray(self._null_space().T, self.dtype))

    def unidentified(self) -> tuple[str, ...]:
        """In words, the combinations that the data cannot tell apart, such as ``1.00·a − 1.00·b``."""
        return tuple(combination(self.tangent, u) for u in self._null_space().T)

    # --- Algebra. ---

    def damped(self, damping: Any) -> "Information":
        """G + λ1 on the tangent space, which keeps G's structure; λ may be traced."""
        from .damped import DampedOperator  # it is an Information itself

        return DampedOperator(self, damping)

    def to_dense(self) -> "Information":
        """The same matrix kept as p × p numbers."""
        from .dense import DenseOperator  # it is an Information itself

        return DenseOperator(self.coordinates_matrix(), self.tangent, self.provenance, self.count, self.error)

    def __mul__(self, other: Any) -> "Information":
        """n G: the information of n times as many observations."""
        return self._scaled(positive(other, "n * G", self.tangent))

    def __rmul__(self, other: Any) -> "Information":
        return self * other

    def __truediv__(self, other: Any) -> "Information":
        return self._scaled(1 / positive(other, "G / n", self.tangent))

    def __add__(self, other: Any) -> lx.AbstractLinearOperator:
        """G + H: information of independent observations adds up. Any other operator makes lineax's sum."""
        if not isinstance(other, Information):
            return super().__add__(other)
        from .summed import add  # it makes Informations

        return add(self, other)

    def __radd__(self, other: Any) -> "Information":
        """So that `sum([G, H])`, which starts from 0, works."""
        return self if isinstance(other, int) and other == 0 else NotImplemented

    # --- lineax. ---

    def transpose(self) -> "Information":
        """G itself: constructors symmetrise what they are given."""
        return self

    def in_structure(self) -> Params:
        return self.tangent.structure()

    out_structure = in_structure

    # --- Inside. ---

    def _coordinates(self, vector: Params) -> Vector:
        return coordinates(self.tangent, vector)

    def _checked(self, value: Array, failed: Failed, verb: str) -> Array:
        """The value, unless the computation failed: a ValueError, or a run-time error while JAX traces."""
        if is_traced(failed):
            return eqx.error_if(
                value,
                failed,
                f"{verb}: the information is singular, not positive definite or not finite; outside jit and "
                "vmap this error, like `unidentified()`, names the combination of parameters at fault.",
            )
        if failed:
            matrix = jax.lax.stop_gradient(self.coordinates_matrix())
            d = scaling(matrix, self._definite)
            # Only these two have a meaning for an observed information that is indefinite.
            definite = self._definite or verb not in ("solve", "inverse_diagonal")
            reason = diagnosis(self.tangent, np.asarray(matrix), np.asarray(d), needs_definite=definite)
            raise ValueError(f"{verb}: {reason}.")
        return value

    def _null_space(self) -> np.ndarray:
        matrix = jax.lax.stop_gradient(self.coordinates_matrix())
        if is_traced(matrix):
            raise ValueError(
                "How many directions the data do not determine depends on numbers, which are not known while "
                "JAX traces: call `null_directions` and `unidentified` outside jit and vmap "
                "(`rank` and `condition_number` work inside)."
            )
        return null_space(np.asarray(matrix), np.asarray(scaling(matrix, self._definite)))

    def __repr__(self) -> str:
        return describe(self.tangent, self.provenance, self.count, self.error)
