"""Categorical observations: softmax regression, classifiers, language models."""

import jax
import jax.numpy as jnp
import numpyro.distributions as dist

from ..._types import Array, Float, PyTree
from ..base import Head


class Categorical(Head):
    """y ~ Categorical(softmax f) over the last axis of the logits f; leading axes are independent.

    The information of one draw is diag(p) − ppᵀ, of rank k − 1. Its root has k − 1 columns: with
    u = √p, diag(u)(1 − uuᵀ) is a root of k columns, and the Householder reflection that sends u to
    −e_k turns the one that vanishes into the last. What is left is, with v = u + e_k,

        L_ij = u_i (δ_ij − v_i u_j / (1 + u_k)),    j < k.
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
