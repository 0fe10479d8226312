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

import lineax as lx

from .._types import Params
from .printing import describe
from .readings import Readings
from .vectors import positive


class Information(Readings):
    r"""An information matrix at one point of parameter space; a lineax operator, made by `fisher`.

    The matrix is that of `count` observations: `n * G` multiplies both. Everywhere v is a pytree like the
    parameters and of their dtypes, and p is the number of directions that they may move in.

        G = B A Bᵀ,   BᵀB = 1,   A of shape (p, p)

    Every verb raises ValueError for a v of another shape or dtype. A sum of structures without a common algebra
    (`SummedOperator`) has products, traces and diagonals alone: its solves, roots and spectra raise ValueError.

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

    # --- Algebra. ---

    def damped(self, damping: Any) -> "Information":
        """The information with a multiple of the identity added on the tangent space; it keeps G's structure.

            B (A + λ1) Bᵀ

        Args:
            damping: λ ≥ 0, one number; it may be traced.

        Returns:
            A `DampedOperator`, which keeps λ apart, so that it may be changed or differentiated.

        Raises:
            ValueError: λ is negative or not one number.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist
            >>> G = fx.fisher(fx.Family(dist.Normal), {"loc": 0.0, "scale": 2.0})  # diag(1/4, 1/2)
            >>> G.damped(0.25).eigenvalues()
            Array([0.5 , 0.75], dtype=float64)

        References:
            Levenberg (1944), Quarterly of Applied Mathematics 2, 164–168; Marquardt (1963), Journal of the Society
            for Industrial and Applied Mathematics 11, 431–441.
        """
        from .damped import DampedOperator  # it is an Information itself

        return DampedOperator(self, damping)

    def to_dense(self) -> "Information":
        """The same matrix kept as p × p numbers.

        Returns:
            A `DenseOperator` with the same provenance, count and error.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist
            >>> G = fx.fisher(fx.Family(dist.Normal), {"loc": 0.0, "scale": 2.0}, structure=fx.Diagonal())
            >>> type(G).__name__, type(G.to_dense()).__name__
            ('DiagonalOperator', 'DenseOperator')
        """
        from .dense import DenseOperator  # it is an Information itself

        return DenseOperator(self.coordinates_matrix(), self.tangent, self.provenance, self.count, self.error)

    def __mul__(self, other: Any) -> "Information":
        """n G: the information of n times as many observations."""
        return self._scaled(positive(other, "n * G", self.dtype))

    def __rmul__(self, other: Any) -> "Information":
        return self * other

    def __truediv__(self, other: Any) -> "Information":
        return self._scaled(1 / positive(other, "G / n", self.dtype))

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
        """The transpose, for lineax: G itself, since constructors symmetrise what they are given.

            Gᵀ = G

        Returns:
            This operator.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist
            >>> G = fx.fisher(fx.Family(dist.Poisson), {"rate": 2.0})
            >>> G.transpose() is G
            True
        """
        return self

    def in_structure(self) -> Params:
        """Shapes and dtypes of what the operator takes and gives, for lineax; `out_structure` is the same.

        Returns:
            A pytree like the parameters with a `jax.ShapeDtypeStruct` for each leaf.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist
            >>> G = fx.fisher(fx.Family(dist.Poisson), {"rate": 2.0})
            >>> G.in_structure()["rate"].shape, G.out_structure() == G.in_structure()
            ((), True)
        """
        return self.tangent.structure()

    out_structure = in_structure

    def __repr__(self) -> str:
        return describe(self.tangent, self.provenance, self.count, self.error)
