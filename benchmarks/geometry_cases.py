"""The families of `geometry.py`, here and in geomstats: what is drawn, how points are written, what is true."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpyro.distributions as dist
import scipy.linalg

from . import geometry_truth as truth

Params = dict[str, Any]


def _shapes(rng: np.random.Generator, *size: int) -> np.ndarray:
    return np.exp(rng.uniform(np.log(0.5), np.log(8.0), size))


def _covariances(rng: np.random.Generator, n: int, size: int) -> np.ndarray:
    root = np.linalg.qr(rng.normal(size=(n, size, size)))[0]
    matrices = np.einsum("nij,nj,nkj->nik", root, _shapes(rng, n, size), root)
    return 0.5 * (matrices + matrices.swapaxes(1, 2))


def _covariance_truth(p: np.ndarray, q: np.ndarray) -> truth.Truth:
    """d² = ½ Σ ln² λ of the pencil (Q, P), and the geometric mean (Atkinson and Mitchell 1981)."""
    size = int(np.sqrt(p.size))
    values, vectors = scipy.linalg.eigh(q.reshape(size, size), p.reshape(size, size))
    back = np.linalg.inv(vectors)
    middle = (back.T * np.sqrt(values)) @ back
    velocity = (back.T * np.log(values)) @ back
    return truth.Truth(velocity.ravel(), float(np.sqrt(0.5 * np.sum(np.log(values) ** 2))), middle.ravel())


class Case(NamedTuple):
    """A family here and there.

    Attributes:
        kind: NumPyro's class.
        draw: Parameters with a leading axis.
        fixed: What is no parameter.
        flat: Parameters → coordinates x, in which the truth is known.
        truth: (x, x′) → the geodesic.
        there: x → the peer's point, and the same back.
        back: The peer's point → x.
        peers: The peer's spaces, by what the tables call them.
    """

    kind: Any
    draw: Callable[[np.random.Generator, int], Params]
    flat: Callable[[Params], np.ndarray]
    truth: Callable[[np.ndarray, np.ndarray], truth.Truth]
    peers: dict[str, str]
    fixed: Params = {}  # noqa: RUF012
    there: Callable[[np.ndarray], np.ndarray] = lambda x: x
    back: Callable[[np.ndarray], np.ndarray] = lambda y: y


def _columns(*names: str) -> Callable[[Params], np.ndarray]:
    return lambda params: np.stack([np.asarray(params[name]) for name in names], axis=-1)


def _vector_flat(params: Params) -> np.ndarray:
    loc, spread = np.asarray(params["loc"]), np.asarray(params["covariance_matrix"])
    return np.concatenate([loc, spread[..., [0, 0, 1], [0, 1, 1]]], axis=-1)


def _rate_or_mean(x: np.ndarray) -> np.ndarray:
    return np.stack([x[..., 0], x[..., 0] / x[..., 1]], axis=-1)


def _shot(chart: truth.Chart) -> Callable[[np.ndarray, np.ndarray], truth.Truth]:
    return lambda p, q: truth.shot(chart, p, q)


def _twice(name: str) -> dict[str, str]:
    return {"geomstats": name, "geomstats, its tolerances turned down": f"{name}, tight"}


CASES = {
    "Normal": Case(
        dist.Normal,
        lambda rng, n: {"loc": rng.normal(size=n), "scale": _shapes(rng, n)},
        _columns("loc", "scale"),
        _shot(truth.NORMAL),
        {"geomstats": "Normal"},
    ),
    "Gamma": Case(
        dist.Gamma,
        lambda rng, n: {"concentration": _shapes(rng, n), "rate": _shapes(rng, n)},
        _columns("concentration", "rate"),
        _shot(truth.GAMMA),
        _twice("Gamma"),
        there=_rate_or_mean,
        back=_rate_or_mean,
    ),
    "Beta": Case(
        dist.Beta,
        lambda rng, n: {"concentration1": _shapes(rng, n), "concentration0": _shapes(rng, n)},
        _columns("concentration1", "concentration0"),
        _shot(truth.DIRICHLET),
        _twice("Beta"),
    ),
    "Dirichlet(3)": Case(
        dist.Dirichlet,
        lambda rng, n: {"concentration": _shapes(rng, n, 3)},
        lambda params: np.asarray(params["concentration"]),
        _shot(truth.DIRICHLET),
        _twice("Dirichlet"),
    ),
    "MultivariateNormal(3), known mean": Case(
        dist.MultivariateNormal,
        lambda rng, n: {"covariance_matrix": _covariances(rng, n, 3)},
        lambda params: np.asarray(params["covariance_matrix"]).reshape(-1, 9).squeeze(),
        _covariance_truth,
        {"geomstats": "covariance"},
        fixed={"loc": np.zeros(3)},
        there=lambda x: x.reshape(*x.shape[:-1], 3, 3),
        back=lambda y: y.reshape(*y.shape[:-2], 9),
    ),
    "MultivariateNormal(2)": Case(
        dist.MultivariateNormal,
        lambda rng, n: {"loc": rng.normal(size=(n, 2)), "covariance_matrix": _covariances(rng, n, 2)},
        _vector_flat,
        _shot(truth.NORMAL_VECTOR),
        {"geomstats, general": "general", "pyBregMan": "vector"},
        there=lambda x: x[..., [0, 1, 2, 3, 3, 4]],
        back=lambda y: y[..., [0, 1, 2, 3, 5]],
    ),
}
