"""Categorical observations: softmax regression, classifiers, language models."""

import jax
import jax.numpy as jnp
import numpyro.distributions as dist

from ..._types import Array, Float, PyTree
from ..base import Head


class Categorical(Head):
    """One of k classes: y ~ Categorical(softmax f) over the last axis of the logits f.

        ln p(y | f) = f_y − ln Σⱼ exp fⱼ,    I(f) = diag(p) − p pᵀ,   p = softmax f

    The head's parameter is f, of shape (..., k); leading axes are independent draws. `targets` are whole numbers
    from 0 to k − 1, of shape (...) behind the axis of observations.

    The information of one draw has rank k − 1. Its root has k − 1 columns: with
    u = √p, diag(u)(1 − uuᵀ) is a root of k columns, and the Householder reflection that sends u to
    −e_k turns the one that vanishes into the last. What is left is, with v = u + e_k,

        L_ij = u_i (δ_ij − v_i u_j / (1 + u_k)),    j < k.

    Examples:
        >>> import fisherax as fx, jax.numpy as jnp
        >>> head = fx.heads.Categorical()
        >>> round(float(head.log_prob(jnp.zeros(4), jnp.array(2))), 6)  # −ln 4
        -1.386294
        >>> root = head.information_root(jnp.zeros(2))
        >>> jnp.round(root @ root.T, 6)
        Array([[ 0.25, -0.25],
               [-0.25,  0.25]], dtype=float64)

    References:
        McCullagh and Nelder (1989), Generalized Linear Models, 2nd ed., chapter 5; Golub and Van Loan (2013), Matrix
        Computations, 4th ed., §5.1 (Householder reflections).
    """

    def distribution(self, f: PyTree) -> dist.Distribution:
        return dist.CategoricalLogits(f).to_event(jnp.ndim(f) - 1)

    def log_prob(self, f: PyTree, y: Array) -> Array:
        log_p = jax.nn.log_softmax(f, axis=-1)
        return jnp.sum(jnp.take_along_axis(log_p, jnp.asarray(y, int)[..., None], axis=-1))

    def information_root(self, f: PyTree) -> Float[Array, "d r"]:
        classes = jnp.shape(f)[-1]
        u = jnp.exp(0.5 * jax.nn.log_softmax(jnp.reshape(f, (-1, classes)), axis=-1))
        v = u.at[:, -1].add(1.0)
        eye = jnp.eye(classes, dtype=u.dtype)[:, :-1]
        root = u[:, :, None] * (eye - v[:, :, None] * u[:, None, :-1] / (1.0 + u[:, -1])[:, None, None])
        draws = root.shape[0]
        if draws == 1:
            return root[0]
        blocks = jnp.einsum("tij,ts->tisj", root, jnp.eye(draws, dtype=u.dtype))
        return jnp.reshape(blocks, (draws * classes, draws * (classes - 1)))
