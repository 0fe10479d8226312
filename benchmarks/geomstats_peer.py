"""geomstats and pyBregMan behind a line-based protocol, in an environment of their own.

Run as a script by that environment's Python: each line of standard input is a JSON request

    {"space": "Gamma", "call": "distance", "arguments": [p, q], "repeat": 3}

and each answer a line {"seconds": per call, "value": ...} or {"error": ...}. Points are as the library has them; a
leading axis makes a batch. The clock is started here, so that the pipe costs the peer nothing.
"""

# pyright: reportMissingImports=false

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

Call = Callable[..., Any]
REQUIREMENTS = ("geomstats==2.8.0", "pybregman==0.1.1", "numpy==1.26.4", "scipy<1.18")
"""NumPy 2.4 has no `trapz`, which geomstats imports, and pyBregMan asks for a NumPy before 2."""


def spaces() -> dict[str, dict[str, Call]]:
    """By name: distance(p, q), log(p, q), exp(p, v), middle(p, q)."""
    from geomstats.information_geometry.beta import BetaDistributions
    from geomstats.information_geometry.dirichlet import DirichletDistributions
    from geomstats.information_geometry.gamma import GammaDistributions
    from geomstats.information_geometry.normal import NormalDistributions

    kinds = {
        "Gamma": GammaDistributions,
        "Beta": BetaDistributions,
        "Dirichlet": lambda: DirichletDistributions(3),
    }
    return {
        "Normal": _geomstats(NormalDistributions(1)),
        "covariance": _geomstats(NormalDistributions(3, "centered")),
        "general": _geomstats(NormalDistributions(2, "general")),
        "vector": _bregman(2),
        **{name: _geomstats(kind()) for name, kind in kinds.items()},
        **{f"{name}, tight": _geomstats(_tightened(kind())) for name, kind in kinds.items()},
    }


def _geomstats(space: Any) -> dict[str, Call]:
    metric = space.metric

    def middle(p: np.ndarray, q: np.ndarray) -> np.ndarray:
        values = metric.geodesic(initial_point=p, end_point=q)(0.5)
        return np.reshape(values, np.shape(p))

    return {
        "distance": metric.dist,
        "log": lambda p, q: metric.log(q, p),
        "exp": lambda p, v: metric.exp(v, p),
        "middle": middle,
    }


def _tightened(space: Any) -> Any:
    """The same space with the tolerances of its solvers turned down, which it does not come with."""
    from geomstats.numerics.bvp import ScipySolveBVP
    from geomstats.numerics.geodesic import ExpODESolver, LogODESolver
    from geomstats.numerics.ivp import ScipySolveIVP

    bvp = ScipySolveBVP(tol=1e-9, max_nodes=100_000)
    space.metric.log_solver = LogODESolver(space, n_nodes=1000, integrator=bvp)
    ivp = ScipySolveIVP(method="DOP853", rtol=1e-11, atol=1e-12)
    space.metric.exp_solver = ExpODESolver(space, integrator=ivp)
    return space


def _bregman(size: int) -> dict[str, Call]:
    """Distances of full normals only: there are no logarithm and no exponential map. Points are [μ, vec Σ]."""
    from bregman.application.distribution.exponential_family.gaussian.dissimilarity import (
        GaussianFisherRaoDistance,
    )
    from bregman.application.distribution.exponential_family.gaussian.gaussian import GaussianManifold
    from bregman.application.distribution.exponential_family.gaussian.geodesic import (
        FisherRaoKobayashiGeodesic,
    )
    from bregman.base import LAMBDA_COORDS, Point

    manifold = GaussianManifold(size)
    dissimilarity = GaussianFisherRaoDistance(manifold)

    def distance(p: np.ndarray, q: np.ndarray) -> Any:
        if p.ndim == 2:
            return [distance(a, b) for a, b in zip(p, q, strict=True)]
        # Its own bound on the relative error, 1e-5, takes a minute.
        return dissimilarity(Point(LAMBDA_COORDS, p), Point(LAMBDA_COORDS, q), eps=1e-2)

    def middle(p: np.ndarray, q: np.ndarray) -> Any:
        if p.ndim == 2:
            return [middle(a, b) for a, b in zip(p, q, strict=True)]
        curve = FisherRaoKobayashiGeodesic(manifold, Point(LAMBDA_COORDS, p), Point(LAMBDA_COORDS, q))
        return curve(0.5).data

    return {"distance": distance, "middle": middle}


def answer(known: dict[str, dict[str, Call]], request: dict[str, Any]) -> dict[str, Any]:
    """One call, as often as asked."""
    call = known[request["space"]].get(request["call"])
    if call is None:
        return {"error": "not offered"}
    arguments = [np.asarray(a, float) for a in request["arguments"]]
    value: Any = None
    start = time.perf_counter()
    for _ in range(request["repeat"]):
        value = call(*arguments)
    seconds = (time.perf_counter() - start) / request["repeat"]
    return {"seconds": seconds, "value": np.asarray(value, float).tolist()}


def main() -> None:
    out, sys.stdout = sys.stdout, sys.stderr  # what the libraries print is no answer
    known = spaces()
    print(json.dumps({"ready": sorted(known)}), file=out, flush=True)
    for line in sys.stdin:
        try:
            reply = answer(known, json.loads(line))
        except Exception as error:
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), file=out, flush=True)


if __name__ == "__main__":
    main()
