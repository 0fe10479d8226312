"""Three definitions of one matrix: E[s sᵀ], −E[∇² ln p] and the second derivative of the KL divergence.

They agree for every regular family, at random parameters. Here those whose observations are numbers, counts and
categories, by the library's sums and quadratures; vectors have a file of their own.
"""

import functools

import jax
import numpy as np
import pytest

from .regular_families import QUICK, REGULAR, random_params
from .three_forms import three_forms


@pytest.mark.parametrize("name", REGULAR)
def test_three_definitions_agree_at_random_parameters(name):
    family = REGULAR[name][0]

    informations = jax.jit(functools.partial(three_forms, family.head), compiler_options=QUICK)
    for params in random_params(name, 6):
        by_score, by_hessian, by_kl = map(np.asarray, informations(params))
        scale = np.sqrt(np.outer(np.diag(by_score), np.diag(by_score)))
        assert np.all(np.isfinite(by_score)), params
        assert np.all(np.abs(by_hessian - by_score) <= 1e-8 * scale), params
        assert np.all(np.abs(by_kl - by_score) <= 1e-8 * scale), params
        closed = family.information(params)
        if closed is not None:
            assert np.all(np.abs(closed - by_score) <= 1e-9 * scale), params
