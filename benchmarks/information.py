"""The information of a network with about two thousand parameters and 4,096 inputs, against what any code must do.

One full gradient of the log-likelihood is the unit. The dense matrix needs a product of the N × P (for `Exact` with ten
classes, the 10 N × P) matrix of gradients with itself, 2NP² operations: that product alone, in NumPy, stands beside
it. Then the verbs of the dense operator against NumPy and SciPy on the same matrix, in float64.
"""

from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import scipy.linalg

import fisherax as fx

from .timing import Contest

INPUTS, HIDDEN, CLASSES, SIZE = 16, 74, 10, 4_096
ESTIMATORS = {"Empirical": fx.Empirical(), "Exact": fx.Exact()}
STRUCTURES = {"Dense": fx.Dense(), "BlockDiagonal": fx.BlockDiagonal(), "Diagonal": fx.Diagonal()}


def apply(params: dict[str, Any], x: jax.Array) -> jax.Array:
    """Two layers."""
    return jnp.tanh(x @ params["W1"] + params["b1"]) @ params["W2"] + params["b2"]


def run() -> Iterator[str]:
    """The tables."""
    jax.config.update("jax_enable_x64", True)
    yield from estimates(*network(np.float32))
    yield from verbs(*network(np.float64))


def network(dtype: Any) -> tuple[fx.Model, dict[str, jax.Array], jax.Array, jax.Array]:
    """A classifier with random weights, inputs and labels."""
    rng = np.random.default_rng(0)
    shapes = {"W1": (INPUTS, HIDDEN), "b1": (HIDDEN,), "W2": (HIDDEN, CLASSES), "b2": (CLASSES,)}
    params = {key: jnp.asarray(0.3 * rng.normal(size=shape), dtype) for key, shape in shapes.items()}
    inputs = jnp.asarray(rng.normal(size=(SIZE, INPUTS)), dtype)
    targets = jnp.asarray(rng.integers(0, CLASSES, SIZE))
    return fx.Conditional(apply, fx.heads.Categorical()), params, inputs, targets


def estimates(model: fx.Model, params: dict[str, jax.Array], x: jax.Array, y: jax.Array) -> Iterator[str]:
    """Time of each estimator with each structure, in gradients."""
    num_params = sum(leaf.size for leaf in params.values())

    @jax.jit
    def gradient(params: Any) -> Any:
        return jax.grad(lambda p: jnp.mean(jax.vmap(lambda x, y: model.log_prob(p, (x, y)))(x, y)))(params)

    rows = np.random.default_rng(1).normal(size=(SIZE, num_params)).astype(np.float32)
    contest = Contest(f"P = {num_params:,}, N = {SIZE:,}, float32", rounds=3)
    contest.add("one gradient", lambda: jax.block_until_ready(gradient(params)))
    contest.add("the product alone, NumPy, N × P", lambda: rows.T @ rows)
    for name, estimator in ESTIMATORS.items():
        data = x if name == "Exact" else (x, y)
        for shape, structure in STRUCTURES.items():
            compute = jax.jit(
                lambda params, data, estimator=estimator, structure=structure: fx.fisher(
                    model, params, data, estimator, structure
                )
            )
            contest.add(
                f"{name}, {shape}",
                lambda compute=compute, data=data: jax.block_until_ready(
                    jax.tree.leaves(compute(params, data))
                ),
            )
    outcome = contest.run("one gradient")
    yield outcome.markdown()
    product = "the product alone, NumPy, N × P"
    yield (
        f"The dense empirical Fisher takes {outcome.ratio('Empirical, Dense', product):.2g} times the product "
        f"alone; the exact one, with ten times as many rows, {outcome.ratio('Exact, Dense', product):.2g} times.\n"
    )


def verbs(model: fx.Model, params: dict[str, jax.Array], x: jax.Array, y: jax.Array) -> Iterator[str]:
    """The dense operator's verbs against the same in NumPy and SciPy."""
    information = fx.fisher(model, params, (x, y), fx.Empirical()).damped(1e-2)
    matrix = np.asarray(information.coordinates_matrix())
    flat = np.random.default_rng(2).normal(size=len(matrix))
    vector = jax.tree.map(lambda leaf: leaf + 1.0, params)
    contest = Contest(f"P = {len(matrix):,}, float64", rounds=3)
    contest.add("one Cholesky, SciPy", lambda: scipy.linalg.cholesky(matrix, lower=True))
    contest.add(
        "Cholesky and two triangular solves, SciPy", lambda: scipy.linalg.solve(matrix, flat, assume_a="pos")
    )
    contest.add("eigh, NumPy", lambda: np.linalg.eigh(matrix))
    contest.add("matrix times vector, NumPy", lambda: matrix @ flat)

    def verb(name: str, *arguments: Any) -> None:
        call = jax.jit(lambda G, *rest: getattr(G, name)(*rest))
        contest.add(
            f"G.{name}", lambda: jax.block_until_ready(jax.tree.leaves(call(information, *arguments)))
        )

    verb("mv", vector)
    verb("solve", vector)
    verb("logdet")
    verb("sqrt_mv", vector)
    verb("eigh")
    yield contest.run("one Cholesky, SciPy").markdown()
