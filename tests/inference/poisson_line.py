"""A Poisson regression on a line."""

import numpy as np

import fisherax as fx
from fisherax.models import LinearPredictor, heads


def poisson_regression():
    rng = np.random.default_rng(2)
    X = np.column_stack([np.ones(80), rng.normal(size=80), rng.uniform(0, 10, size=80)])
    y = rng.poisson(np.exp(X @ [0.3, 0.4, 0.1])).astype(float)
    model = fx.Conditional(LinearPredictor(("one", "a", "b")), heads.Poisson())
    return X, y, fx.fit(model, (X, y))
