"""What can be read off an information: its matrix, its diagonal, its spectrum, and what it leaves undetermined."""

import jax
import jax.numpy as jnp
import jax.tree_util as jtu
import numpy as np

from .._types import Array, Float, Int, Params, Scalar, Vector
from .identifiability import combination, is_traced
from .vectors import entries_diagonal
from .verbs import Verbs


class Readings(Verbs):
    """The numbers of a matrix, and what they say about the parameters."""

    def as_matrix(self) -> Float[Array, "size size"]:
        """The matrix in the entries of the parameters.

            G = B A Bᵀ

        Its rows and columns stand in the order in which JAX flattens the parameters (`jax.tree.leaves`), the
        entries of each leaf in row-major order. The keys of a dict are sorted: "concentration" stands before
        "loc", whatever the order in `family.parameters` or in the dict given. `tangent.names` has the leaves in
        that order. It is lineax's method of this name.

        Returns:
            A symmetric array (size, size), with size the number of all entries. It is singular where entries are
            tied to each other (probabilities that sum to one): solve with `solve`, not with this matrix.

        Examples:
            >>> import fisherax as fx, jax.numpy as jnp, numpyro.distributions as dist
            >>> family = fx.Family(dist.VonMises)
            >>> family.parameters
            ('loc', 'concentration')
            >>> G = fx.fisher(family, {"loc": 0.5, "concentration": 2.0})
            >>> G.tangent.names
            ('concentration', 'loc')
            >>> jnp.round(jnp.diagonal(G.as_matrix()), 4)  # that of the concentration first
            Array([0.1642, 1.3955], dtype=float64)
        """
        matrix = self.coordinates_matrix()
        if self.tangent.is_free:
            return matrix
        basis = self.tangent.basis()
        return basis @ matrix @ basis.T

    def diagonal(self) -> Params:
        """The diagonal of the matrix.

            G_ii,  with G = B A Bᵀ

        Returns:
            A pytree like the parameters: what is known of each entry while all others are known.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist
            >>> G = fx.fisher(fx.Family(dist.Normal), {"loc": 0.0, "scale": 2.0})
            >>> {name: float(value) for name, value in G.diagonal().items()}
            {'loc': 0.25, 'scale': 0.5}
        """
        return entries_diagonal(self.tangent, self._diagonal(), self._block)

    def inverse_diagonal(self) -> Params:
        """The diagonal of the inverse on the tangent space: variances, where G⁻¹ is a covariance.

            (B A⁻¹ Bᵀ)_ii

        Returns:
            A pytree like the parameters, in their units squared.

        Raises:
            ValueError: G is singular; the message names the combination at fault.

        Examples:
            >>> import fisherax as fx, jax.numpy as jnp, numpyro.distributions as dist
            >>> draw = fx.Family(dist.Multinomial, fixed={"total_count": 1})
            >>> G = fx.fisher(draw, {"probs": jnp.array([0.5, 0.2, 0.3])})
            >>> jnp.round(G.inverse_diagonal()["probs"], 6)  # p (1 − p)
            Array([0.25, 0.16, 0.21], dtype=float64)
        """
        inverse, failed = self._inverted()
        entries = entries_diagonal(self.tangent, inverse._diagonal(), inverse._block)
        return jtu.tree_map(lambda leaf: self._checked(leaf, failed, "inverse_diagonal"), entries)

    def eigenvalues(self) -> Vector:
        """The eigenvalues of A.

            A uⱼ = λⱼ uⱼ,   λ₁ ≤ … ≤ λ_p

        Returns:
            An array (p,), ascending.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist
            >>> fx.fisher(fx.Family(dist.Normal), {"loc": 0.0, "scale": 2.0}).eigenvalues()
            Array([0.25, 0.5 ], dtype=float64)
        """
        return self._eigenvalues()

    def eigh(self) -> tuple[Vector, Params]:
        """Eigenvalues and eigenvectors on the tangent space.

            G vⱼ = λⱼ vⱼ,   vⱼ = B uⱼ,   λ₁ ≤ … ≤ λ_p

        Eigenvectors of a repeated eigenvalue are not unique and refuse to be differentiated; differentiate
        `eigenvalues` where those alone are needed.

        Returns:
            The eigenvalues (p,), ascending, and the eigenvectors as a pytree with a leading axis of length p.

        Examples:
            >>> import fisherax as fx, jax.numpy as jnp, numpyro.distributions as dist
            >>> values, vectors = fx.fisher(fx.Family(dist.Normal), {"loc": 0.0, "scale": 2.0}).eigh()
            >>> values, jnp.abs(vectors["scale"])  # the second vector is along scale
            (Array([0.25, 0.5 ], dtype=float64), Array([0., 1.], dtype=float64))
        """
        return self._eigenvalues(), jax.vmap(self.tangent.unravel)(self._eigenvectors().T)

    def rank(self) -> Int[Array, ""]:
        """The number of directions that the data determine, whatever the units of the parameters.

            #{j : |λⱼ(S)| > 10 p ε},   S = D^{-1/2} A D^{-1/2},   D = diag(A)

        with ε the rounding unit of the dtype (2.2e-16 in float64). An information that may be indefinite is scaled
        by its largest entries instead of its diagonal.

        Returns:
            A whole number from 0 to p.

        Examples:
            >>> import fisherax as fx, jax.numpy as jnp
            >>> model = fx.Conditional(lambda params, x: (params["a"] + params["b"]) * x, fx.heads.Poisson())
            >>> int(fx.fisher(model, {"a": 0.1, "b": 0.2}, jnp.array([1.0, 2.0])).rank())
            1
        """
        return self._rank()

    def condition_number(self, scaled: bool = False) -> Scalar:
        """The ratio of the largest to the smallest eigenvalue of A in size.

            κ = max |λⱼ| / min |λⱼ|

        Args:
            scaled: take A with its rows and columns divided to a unit diagonal, so that the units of the
                parameters do not enter: a large value then means entangled parameters, and nothing else.

        Returns:
            A scalar ≥ 1; ∞ when the smallest is 0.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist
            >>> G = fx.fisher(fx.Family(dist.Normal), {"loc": 0.0, "scale": 2.0})  # diag(1/4, 1/2)
            >>> round(float(G.condition_number()), 6), round(float(G.condition_number(scaled=True)), 6)
            (2.0, 1.0)
        """
        sizes = jnp.abs(self._scaled_eigenvalues() if scaled else self._eigenvalues())
        smallest, largest = jnp.min(sizes), jnp.max(sizes)
        return jnp.where(smallest > 0, largest / jnp.where(smallest > 0, smallest, 1.0), jnp.inf)

    def null_directions(self) -> Params:
        """A basis of the directions that leave the distribution unchanged to first order.

            {v : G v = 0},  to working precision

        Returns:
            A pytree like the parameters with a leading axis over the directions (0 long if there are none), each
            with a largest entry of size 1 in the coordinates of the tangent space.

        Raises:
            ValueError: while JAX traces, since their number depends on values.

        Examples:
            >>> import fisherax as fx, jax.numpy as jnp
            >>> model = fx.Conditional(lambda params, x: (params["a"] + params["b"]) * x, fx.heads.Poisson())
            >>> found = fx.fisher(model, {"a": 0.1, "b": 0.2}, jnp.array([1.0, 2.0])).null_directions()
            >>> round(float(found["a"][0] / found["b"][0]), 6)
            -1.0
        """
        return jax.vmap(self.tangent.unravel)(jnp.asarray(self._found_null_space().T, self.dtype))

    def unidentified(self) -> tuple[str, ...]:
        """The combinations that the data cannot tell apart, in words.

            Σⱼ vⱼ θⱼ  for each v of `null_directions`

        Returns:
            One string for each, such as ``1.00·a − 1.00·b``; none for a regular information.

        Raises:
            ValueError: while JAX traces.

        Examples:
            >>> import fisherax as fx, jax.numpy as jnp
            >>> model = fx.Conditional(lambda params, x: (params["a"] + params["b"]) * x, fx.heads.Poisson())
            >>> fx.fisher(model, {"a": 0.1, "b": 0.2}, jnp.array([1.0, 2.0])).unidentified()
            ('1.00·a − 1.00·b',)
        """
        # Directions that differ by less than is printed are said once.
        return tuple(dict.fromkeys(combination(self.tangent, u) for u in self._found_null_space().T))

    def _found_null_space(self) -> np.ndarray:
        if is_traced(*jtu.tree_leaves(self)):
            raise ValueError(
                "How many directions the data do not determine depends on numbers, which are not known while "
                "JAX traces: call `null_directions` and `unidentified` outside jit and vmap "
                "(`rank` and `condition_number` work inside)."
            )
        return self._null_space()
