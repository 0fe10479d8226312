"""In float32 a manifold warns once, and is right to float32's digits."""

import json
import subprocess
import sys

import numpy as np
import numpyro.distributions as dist
import pytest

import fisherax as fx

P, Q = {"concentration": 1.0, "rate": 1.0}, {"concentration": 4.0, "rate": 0.5}
HALF_PLANE = {"loc": 0.0, "scale": 1.0}, {"loc": 3.0, "scale": 0.5}
# JAX keeps programs of both precisions apart by the process alone.
CODE = f"""
import json, warnings
import fisherax as fx, numpyro.distributions as dist
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    gamma, normal = fx.Manifold(fx.Family(dist.Gamma)), fx.Manifold(fx.Family(dist.Normal))
    p, q = {P!r}, {Q!r}
    log = gamma.log(p, q)
    end, distance = gamma.exp(p, log), gamma.distance(p, q)
    plane = normal.distance(*{HALF_PLANE!r})
print(json.dumps({{
    "warnings": [str(one.message) for one in said if "float32" in str(one.message)],
    "dtypes": [str(distance.dtype), str(plane.dtype)],
    "log": {{key: float(value) for key, value in log.items()}},
    "end": {{key: float(value) for key, value in end.items()}},
    "distances": [float(distance), float(plane)],
}}))
"""


def test_single_precision():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout.strip().splitlines()[-1])
    assert len(found["warnings"]) == 1
    assert "Manifolds are computed in float32" in found["warnings"][0]
    assert found["dtypes"] == ["float32", "float32"]
    gamma, normal = fx.Manifold(fx.Family(dist.Gamma)), fx.Manifold(fx.Family(dist.Normal))
    expected = float(gamma.distance(P, Q)), float(normal.distance(*HALF_PLANE))
    np.testing.assert_allclose(found["distances"], expected, rtol=1e-5)
    log = gamma.log(P, Q)
    for key in P:
        assert found["log"][key] == pytest.approx(float(log[key]), rel=1e-3)
        assert found["end"][key] == pytest.approx(Q[key], rel=1e-4)
