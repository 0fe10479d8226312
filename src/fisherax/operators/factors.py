r"""Stacks of symmetric matrices, full or diagonal: the factors of a Kronecker product.

A factor acts on one axis of w (s, i, o): from the left on the inputs, from the right on the outputs. Inverses and
determinants are Cholesky's, one matrix of the stack after another (a batch of triangular systems can wait for ever,
see `models/cholesky.py`), with derivatives of their own:

    d(A⁻¹) = −A⁻¹ dA A⁻¹,   d ln det A = tr(A⁻¹ dA)
"""

import functools
from abc import abstractmethod
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from .._types import Array, Bool, Float, Matrix
from . import factorization, matrix_functions
from .factorization import Cholesky, Failed, tolerance
from .identifiability import null_space

Stack = Float[Array, "s n n"]


class Factor(eqx.Module):
    """One symmetric matrix for each of s stacked parts."""

    array: eqx.AbstractVar[Array]

    @property
    def size(self) -> int:
        return self.array.shape[1]

    @property
    @abstractmethod
    def is_diagonal(self) -> bool: ...

    @abstractmethod
    def left(self, w: Float[Array, "s n m"]) -> Float[Array, "s n m"]:
        """A w."""

    @abstractmethod
    def right(self, w: Float[Array, "s m n"]) -> Float[Array, "s m n"]:
        """w Aᵀ."""

    @abstractmethod
    def matrix(self) -> Stack: ...

    @abstractmethod
    def diagonal(self) -> Float[Array, "s n"]: ...

    @abstractmethod
    def inverse(self, definite: bool = True) -> "tuple[Factor, Failed]": ...

    @abstractmethod
    def root(self) -> "tuple[Factor, Failed]":
        """The symmetric A^{1/2}."""

    @abstractmethod
    def symmetric_inverse_root(self) -> "tuple[Factor, Failed]":
        """The symmetric A^{-1/2}."""

    @abstractmethod
    def inverse_root(self) -> "tuple[Factor, Failed]":
        """Any R with R Rᵀ = A⁻¹; not symmetric."""

    @abstractmethod
    def logdets(self) -> tuple[Float[Array, " s"], Failed]: ...

    @abstractmethod
    def eigenvalues(self) -> Float[Array, "s n"]:
        """In the order of the basis; those that rounding made negative are zero."""

    @abstractmethod
    def eigensystem(self) -> tuple[Float[Array, "s n"], Stack | None]:
        """Eigenvalues, and eigenvectors as columns (None for the identity), from one decomposition."""

    @abstractmethod
    def scaled_eigenvalues(self, definite: bool = True) -> Float[Array, "s n"]: ...

    @abstractmethod
    def shifted(self, shifts: Float[Array, " s"]) -> "Factor":
        """A_s + shift_s 1."""

    @abstractmethod
    def null_space(self, s: int, definite: bool) -> np.ndarray:
        """The directions that A_s takes to zero, as columns."""

    def traces(self) -> Float[Array, " s"]:
        return jnp.sum(self.diagonal(), axis=1)


class FullFactor(Factor):
    array: Stack

    @property
    def is_diagonal(self) -> bool:
        return self.size == 1

    def left(self, w: Float[Array, "s n m"]) -> Float[Array, "s n m"]:
        return self.array @ w

    def right(self, w: Float[Array, "s m n"]) -> Float[Array, "s m n"]:
        return w @ transposed(self.array)

    def matrix(self) -> Stack:
        return self.array

    def diagonal(self) -> Float[Array, "s n"]:
        return jnp.diagonal(self.array, axis1=1, axis2=2)

    def inverse(self, definite: bool = True) -> tuple[Factor, Failed]:
        inverse, failed = _inverses(definite, self.array)
        return FullFactor(inverse), jnp.any(failed > 0)

    def root(self) -> tuple[Factor, Failed]:
        roots, values = jax.vmap(matrix_functions.square_root_and_spectrum)(self.array)
        return FullFactor(roots), ~jnp.all(values >= -_floor(values))

    def symmetric_inverse_root(self) -> tuple[Factor, Failed]:
        roots, values = jax.vmap(matrix_functions.inverse_square_root_and_spectrum)(self.array)
        return FullFactor(roots), ~jnp.all(values > _floor(values))

    def inverse_root(self) -> tuple[Factor, Failed]:
        roots, failed = _inverse_roots(self.array)
        return FullFactor(roots), jnp.any(failed)

    def logdets(self) -> tuple[Float[Array, " s"], Failed]:
        values, failed = _logdets(self.array)
        return values, jnp.any(failed > 0)

    def eigenvalues(self) -> Float[Array, "s n"]:
        return _clipped(jax.vmap(matrix_functions.eigenvalues)(self.array))

    def eigensystem(self) -> tuple[Float[Array, "s n"], Stack | None]:
        values, vectors = jax.vmap(matrix_functions.eigensystem)(self.array)
        return _clipped(values), vectors

    def scaled_eigenvalues(self, definite: bool = True) -> Float[Array, "s n"]:
        return jax.vmap(lambda a: factorization.scaled_eigenvalues(a, definite))(self.array)

    def shifted(self, shifts: Float[Array, " s"]) -> Factor:
        return FullFactor(self.array + shifts[:, None, None] * jnp.eye(self.size, dtype=self.array.dtype))

    def null_space(self, s: int, definite: bool) -> np.ndarray:
        matrix = self.array[s]
        return null_space(np.asarray(matrix), np.asarray(factorization.scaling(matrix, definite)))


class DiagonalFactor(Factor):
    array: Float[Array, "s n"]

    @property
    def is_diagonal(self) -> bool:
        return True

    def left(self, w: Float[Array, "s n m"]) -> Float[Array, "s n m"]:
        return self.array[:, :, None] * w

    def right(self, w: Float[Array, "s m n"]) -> Float[Array, "s m n"]:
        return w * self.array[:, None, :]

    def matrix(self) -> Stack:
        return jax.vmap(jnp.diag)(self.array)

    def diagonal(self) -> Float[Array, "s n"]:
        return self.array

    def inverse(self, definite: bool = True) -> tuple[Factor, Failed]:
        return DiagonalFactor(1 / self.array), self._fails(definite)

    def root(self) -> tuple[Factor, Failed]:
        return DiagonalFactor(jnp.sqrt(self.array)), ~jnp.all(self.array >= 0)

    def symmetric_inverse_root(self) -> tuple[Factor, Failed]:
        return DiagonalFactor(1 / jnp.sqrt(self.array)), self._fails()

    def inverse_root(self) -> tuple[Factor, Failed]:
        return self.symmetric_inverse_root()

    def logdets(self) -> tuple[Float[Array, " s"], Failed]:
        return jnp.sum(jnp.log(self.array), axis=1), self._fails()

    def eigenvalues(self) -> Float[Array, "s n"]:
        return self.array

    def eigensystem(self) -> tuple[Float[Array, "s n"], Stack | None]:
        return self.array, None

    def scaled_eigenvalues(self, definite: bool = True) -> Float[Array, "s n"]:
        del definite
        return jnp.sign(self.array)

    def shifted(self, shifts: Float[Array, " s"]) -> Factor:
        return DiagonalFactor(self.array + shifts[:, None])

    def null_space(self, s: int, definite: bool) -> np.ndarray:
        del definite
        values = np.asarray(self.array[s])
        return np.eye(self.size, dtype=values.dtype)[:, values == 0]

    def _fails(self, definite: bool = True) -> Failed:
        sizes = self.array if definite else jnp.abs(self.array)
        return ~jnp.all((sizes > 0) & jnp.isfinite(sizes))


def as_factor(array: Float[Array, "s n n"] | Float[Array, "s n"]) -> Factor:
    return FullFactor(array) if array.ndim == 3 else DiagonalFactor(array)


def symmetrised(array: Float[Array, "s n n"] | Float[Array, "s n"]) -> Array:
    """(A + Aᵀ)/2; a diagonal as it is."""
    return 0.5 * (array + transposed(array)) if array.ndim == 3 else array


def transposed(stack: Stack) -> Stack:
    return jnp.swapaxes(stack, 1, 2)


def _clipped(values: Float[Array, "s n"]) -> Float[Array, "s n"]:
    """Eigenvalues that rounding made negative are zero."""
    return jnp.where((values < 0) & (values >= -_floor(values)), 0.0, values)


def _floor(values: Float[Array, "s n"]) -> Float[Array, "s 1"]:
    """The rounding error of computed eigenvalues, 10 n ε max|λ|, for each matrix."""
    largest = jnp.max(jnp.abs(values), axis=1, keepdims=True, initial=0.0)
    return tolerance(values.shape[1], values.dtype) * largest


# These are compiled once for each shape: a loop outside `jit` is compiled again whenever it is met. A flag is a number
# here, since that has a derivative (of zero).


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def _inverse_rule(definite: bool, stack: Stack) -> tuple[Stack, Float[Array, " s"]]:
    inverses, failed = lax.map(lambda matrix: factorization.inverse(matrix, definite), stack)
    return inverses, failed.astype(stack.dtype)


@_inverse_rule.defjvp
def _inverse_jvp(definite: bool, primals: tuple[Array], tangents: tuple[Array]) -> tuple[Any, Any]:
    (stack,), (direction,) = primals, tangents
    inverses, failed = _inverses(definite, stack)
    return (inverses, failed), (-inverses @ symmetrised(direction) @ inverses, jnp.zeros_like(failed))


@jax.custom_jvp
def _logdet_rule(stack: Stack) -> tuple[Float[Array, " s"], Float[Array, " s"]]:
    values, failed = lax.map(factorization.logdet, stack)
    return values, failed.astype(stack.dtype)


@_logdet_rule.defjvp
def _logdet_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Any, Any]:
    (stack,), (direction,) = primals, tangents
    inverses, failed = _inverses(True, stack)
    slopes = jnp.sum(inverses * symmetrised(direction), axis=(1, 2))
    return (_logdets(stack)[0], failed), (slopes, jnp.zeros_like(failed))


_inverses = jax.jit(_inverse_rule, static_argnums=0)
_logdets = jax.jit(_logdet_rule)


@jax.jit
def _inverse_roots(stack: Stack) -> tuple[Stack, Bool[Array, " s"]]:
    def one(matrix: Matrix) -> tuple[Matrix, Failed]:
        cholesky = Cholesky.of(matrix)
        return cholesky.inverse_factor().T, cholesky.failed

    return lax.map(one, stack)
