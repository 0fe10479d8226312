"""A stream of batches gives the answer of the same data in memory, in passes that are counted."""

import numpy as np
import numpyro.distributions as dist
import pytest

import fisherax as fx

N, BATCH = 700, 300  # the last batch is short
RNG = np.random.default_rng(8)
POSITIVE = RNG.gamma(2.0, 3.0, N)
WEIGHTS = RNG.integers(0, 4, N).astype(float)
CLUSTERS = RNG.integers(0, 25, N)
X = np.column_stack([np.ones(N), RNG.normal(size=(N, 2))])
OFFSET = 0.2 * RNG.normal(size=N)
COUNTS = RNG.poisson(np.exp(X @ np.array([0.3, 0.4, -0.2]) + OFFSET)).astype(float)
POISSON = fx.Conditional(fx.LinearPredictor(("c", "a", "b")), fx.heads.Poisson())


def cut(*arrays):
    return [tuple(a[i : i + BATCH] for a in arrays) for i in range(0, N, BATCH)]


def same(stream, memory, kinds=("expected", "observed", "opg", "sandwich"), rtol=1e-9):
    assert stream.status.valid
    assert stream.num_observations == memory.num_observations
    assert stream.log_likelihood == pytest.approx(memory.log_likelihood, rel=1e-12)
    np.testing.assert_allclose(stream.values, memory.values, rtol=rtol)
    for kind in kinds:
        np.testing.assert_allclose(stream.errors(kind), memory.errors(kind), rtol=1e-8)
    np.testing.assert_allclose(
        stream.errors("clustered", CLUSTERS), memory.errors("clustered", CLUSTERS), rtol=1e-8
    )


def test_an_exponential_family_is_read_once():
    family = fx.Family(dist.Gamma)
    reads = []

    class Batches:
        def __iter__(self):
            reads.append(0)
            for (batch,) in cut(POSITIVE):
                reads[-1] += 1
                yield batch

    stream = fx.fit(family, Batches())
    assert stream.status.passes == 1
    # The first batch is looked at to measure statistics from where the data are, then there is the one pass.
    assert reads[-1] == 3
    assert sum(reads) <= 4
    same(stream, fx.fit(family, POSITIVE))


def test_weights_come_with_their_batch():
    family = fx.Family(dist.Weibull)
    stream = fx.fit(family, [fx.Weighted(x, w) for x, w in cut(POSITIVE, WEIGHTS)])
    memory = fx.fit(family, POSITIVE, weights=WEIGHTS)
    same(stream, memory)
    with pytest.raises(ValueError, match=r"fx\.Weighted\(data, weights\)"):
        fx.fit(family, [POSITIVE, POSITIVE], weights=WEIGHTS)
    # A batch of which nothing counts is no fault, a weight below zero is, by its number in the whole stream.
    rest = fx.fit(family, [fx.Weighted(POSITIVE[:300], np.zeros(300)), fx.Weighted(POSITIVE, np.ones(N))])
    np.testing.assert_allclose(rest.values, fx.fit(family, POSITIVE).values, rtol=1e-9)
    with pytest.raises(ValueError, match=r"weights\[301\] = -1\.0"):
        fx.fit(family, [fx.Weighted(POSITIVE[:300], np.ones(300)), fx.Weighted(POSITIVE[:2], [1.0, -1.0])])


def test_a_regression_streams_with_offsets():
    batches = [({"x": x, "offset": o}, y) for x, o, y in cut(X, OFFSET, COUNTS)]
    stream = fx.fit(POISSON, batches)
    memory = fx.fit(POISSON, ({"x": X, "offset": OFFSET}, COUNTS))
    same(stream, memory)
    assert stream.deviance == pytest.approx(memory.deviance, rel=1e-12)
    # The first pass counts, the second starts, the others are Newton's.
    assert stream.status.passes <= 8


def test_where_newton_stops_short_a_search_goes_on():
    """Three points are too few for Newton from the observations, and enough from where BFGS has led."""
    memory = fx.fit(POISSON, (X, COUNTS))
    assert memory.status.iterations > 3
    stream = fx.fit(POISSON, cut(X, COUNTS), max_iterations=3)
    assert stream.status.valid
    assert stream.status.optimizer == "BFGS, then Newton"
    np.testing.assert_allclose(stream.values, memory.values, rtol=1e-9)


def test_a_function_that_returns_batches_and_progress():
    rows, steps = [], []
    stream = fx.fit(
        POISSON,
        lambda: iter(cut(X, COUNTS)),
        rows_read=rows.append,
        progress=lambda iteration, value, decrement: steps.append((iteration, value, decrement)),
    )
    assert rows[:3] == [300, 600, 700]
    assert len(rows) == 3 * stream.status.passes
    assert [step[0] for step in steps] == list(range(1, len(steps) + 1))
    assert steps[-1][2] < 1e-14


def test_any_model_streams():
    model = fx.Conditional(lambda p, x: x @ p["w"] + p["b"], fx.heads.Poisson())
    start = {"w": np.zeros(2), "b": np.zeros(())}
    stream = fx.fit(model, cut(X[:, 1:], COUNTS), start)
    memory = fx.fit(model, (X[:, 1:], COUNTS), start)
    same(stream, memory)


def test_batches_of_any_length_are_the_same_data():
    family = fx.Family(dist.Weibull)
    cuts = np.split(POSITIVE, [100, 101, 600])
    np.testing.assert_allclose(fx.fit(family, cuts).values, fx.fit(family, POSITIVE).values, rtol=1e-10)


def test_what_a_stream_may_not_be():
    family = fx.Family(dist.Gamma)
    with pytest.raises(ValueError, match="read once"):
        fx.fit(family, iter(cut(POSITIVE)))
    with pytest.raises(ValueError, match="empty"):
        fx.fit(family, lambda: iter(()))
    bad = POSITIVE.copy()
    bad[650] = -1.0
    with pytest.raises(ValueError, match=r"observation 650 is -1\.0"):
        fx.fit(family, [batch for (batch,) in cut(bad)])
    with pytest.raises(ValueError, match=r"observation 650 is -1\.0"):
        fx.fit(fx.Family(dist.Weibull), [batch for (batch,) in cut(bad)])
    with pytest.raises(ValueError, match=r"observation 650 is -1\.0"):
        fx.fit(POISSON, cut(X, np.where(np.arange(N) == 650, -1.0, COUNTS)))
