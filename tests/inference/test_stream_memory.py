"""What is kept of a stream does not grow with it."""

import tracemalloc
import weakref

import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest

import fisherax as fx

NUM_BATCHES, ROWS = 20, 100_000
SETTLED = 6  # by then all is compiled, and what is kept for good is there
POISSON = fx.Conditional(fx.LinearPredictor(("c", "a", "b")), fx.heads.Poisson())


class Watched:
    """Batches made as they are asked for, which counts what is left of those before and what else has grown."""

    def __init__(self, make, num_batches=NUM_BATCHES):
        self.make = make
        self.num_batches = num_batches
        self.most_alive = 0
        self.growth = 0
        self.size = 0
        self.longest = 0

    def __iter__(self):
        given = []
        tracemalloc.start()
        try:
            for i in range(self.num_batches):
                if i == SETTLED:
                    tracemalloc.clear_traces()
                    held = self.held()
                batch = self.make(np.random.default_rng(i))
                arrays = jax.tree.leaves(batch)
                self.size = sum(a.nbytes for a in arrays)
                given += [weakref.ref(a) for a in arrays]
                alive = sum(ref() is not None for ref in given)
                self.most_alive = max(self.most_alive, alive - len(arrays))
                del arrays
                if i > SETTLED:
                    self.growth = max(self.growth, self.held() - held - self.size)
                    self.longest = max(self.longest, i)
                yield batch
                del batch
        finally:
            tracemalloc.stop()

    def held(self):
        """Bytes of Python and NumPy, and of JAX."""
        return tracemalloc.get_traced_memory()[0] + sum(a.nbytes for a in jax.live_arrays())


def counts(generator):
    x = np.column_stack([np.ones(ROWS), generator.normal(size=(ROWS, 2))])
    return x, generator.poisson(np.exp(x @ np.array([0.3, 0.4, -0.2]))).astype(float)


def positive(generator):
    return generator.gamma(2.0, 3.0, ROWS)


def fit_poisson(stream):
    return fx.fit(POISSON, stream).errors("sandwich")


def fit_gamma(stream):
    return fx.fit(fx.Family(dist.Gamma), stream).errors()


def empirical(stream):
    params = {"concentration": jnp.asarray(2.0), "rate": jnp.asarray(0.3)}
    return fx.fisher(fx.Family(dist.Gamma), params, stream, fx.Empirical()).as_matrix()


@pytest.mark.parametrize(
    ("read", "make"),
    [(fit_poisson, counts), (fit_gamma, positive), (empirical, positive)],
    ids=["regression", "sufficient statistics", "fisher"],
)
def test_what_is_held_of_a_stream_is_constant(read, make):
    stream = Watched(make)
    read(stream)
    assert stream.longest == NUM_BATCHES - 1
    assert stream.most_alive <= 4  # two batches of (inputs, targets): one being read, one on its way
    # A number kept for each row would be a quarter, or all, of a batch for each of the 13 batches that follow; what
    # is compiled for a full block is a megabyte or two, once.
    assert stream.growth < 3 * stream.size
