"""A line through twenty points, and counts with less spread than Poisson's."""

import numpy as np

import fisherax as fx

RNG = np.random.default_rng(5)
X = np.linspace(-1, 1, 20)
DESIGN = np.column_stack([np.ones(20), X])
UNDER = np.array([3.0, 3, 3, 4, 2, 3, 3, 4, 2, 3, 3, 3])  # less spread than Poisson's


def linear(names, head, dispersion=None):
    return fx.Conditional(fx.LinearPredictor(names, dispersion), head)
