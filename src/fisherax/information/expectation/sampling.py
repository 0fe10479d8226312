"""The last resort: draws from the distribution itself."""

import jax
from jax import lax

from ..._types import PRNGKeyArray, PyTree
from .law import Law, held
from .rule import SampleRule

NUM_SAMPLES = 16384


def sample_rule(law: Law, f: PyTree, key: PRNGKeyArray | None, num_samples: int) -> SampleRule:
    """`num_samples` draws; without a key always the same ones, of `jax.random.key(0)`."""
    key = jax.random.key(0) if key is None else key
    law, f = held((law, f))
    points = lax.stop_gradient(law.head.sample(f, key, (num_samples,)))
    return SampleRule(points=points, log_drawn=lax.stop_gradient(law.log_prob(f, points)))
