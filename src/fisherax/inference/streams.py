"""Data that come in batches: the first pass, and the likelihood that reads the others."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from .._tree import as_arrays, is_stream
from .._types import Params
from ..models.base import Model
from ..models.conditional import Conditional
from ..models.exponential import ExponentialFamily
from ..models.family import Family
from ..models.unconditional import Unconditional
from .families import (
    Problem,
    adapted_form,
    check_family_rows,
    exponential_form,
    kinks_of,
    starts_of,
)
from .layout import layout_of, units
from .likelihood import Block, Rows, Streamed, SufficientStatistics
from .likelihood.linear_terms import LinearTerms, is_linear
from .likelihood.model_terms import ModelTerms
from .likelihood.statistics import Sums, sums
from .likelihood.stream import BatchProgress, Blocks
from .likelihood.terms import Terms
from .linear_start import linear_start
from .observations import as_rows, check_enough, check_inputs
from .regression import block_length, check_linear_rows, linear_terms
from .starts import interior

LONGEST = 2**16
"""Rows to a block of a stream, at most."""
_SAMPLE = 20_000


class Weighted(NamedTuple):
    """A batch of a stream with a case weight for each row.

    Attributes:
        data: What an unweighted batch would be.
        weights: (n,), repetitions of each row.

    Examples:
        >>> import fisherax as fx, numpyro.distributions as dist, numpy as np
        >>> batches = [fx.Weighted(np.array([1.0, 2.0]), np.array([3, 1])), fx.Weighted(np.array([4.0]), np.array([2]))]
        >>> float(fx.fit(fx.Family(dist.Poisson), batches).params["rate"])
        2.1666666666666665
    """

    data: Any
    weights: Any


def is_streamed(data: Any) -> bool:
    """Whether data come in batches: an iterable of them, or a function that returns one."""
    return callable(data) or is_stream(data)


class Source:
    """Batches as `Rows`, from the beginning each time; the first time, every row is checked.

    Args:
        model: What the data are for.
        data: An iterable that can be iterated again, or a function without arguments that returns one.
        check: Called with each batch and the number of rows before it, until all have been seen.
    """

    def __init__(self, model: Model, data: Any, check: Callable[[Rows, int], None]):
        if not callable(data) and iter(data) is data:
            raise ValueError(
                "fit: an iterator can be read once, but a fit reads its data several times: give a list of batches, "
                "an object whose __iter__ starts again, or a function that returns an iterator."
            )
        self.model, self.data, self.check = model, data, check
        self.checked = 0

    def __call__(self) -> Iterator[Rows]:
        batches: Any = self.data() if callable(self.data) else self.data
        start = 0
        for batch in batches:
            data, weights = (batch.data, batch.weights) if isinstance(batch, Weighted) else (batch, None)
            rows = as_rows(self.model, data, weights, start)
            if start >= self.checked:
                self.check(rows, start)
                self.checked = start + rows.size
            start += rows.size
            yield rows

    def first(self) -> Rows:
        """The first batch in which a row counts."""
        empty = True
        for rows in self():
            if rows.weights is None or bool(jnp.any(rows.weights > 0)):
                return rows
            empty = False
        raise ValueError(
            "fit: the stream is empty: there is nothing to estimate parameters from."
            if empty
            else "fit: all weights are zero, so there are no observations."
        )


def streamed_problem(
    model: Model, data: Any, init: Params | None, starts: int | None, progress: BatchProgress | None
) -> Problem:
    """The likelihood of a stream, and where to start."""
    if isinstance(model, Unconditional):
        source = Source(model, data, lambda rows, start: check_family_rows(model, rows, start))
        form = exponential_form(model) if init is None else None
        if isinstance(model, Family) and form is not None:
            return _statistics(model, form, source, progress)
        first = source.first()
        x = np.asarray(first.targets)[:_SAMPLE]
        w = None if first.weights is None else np.asarray(first.weights)[:_SAMPLE]
        params = [as_arrays(init)] if init is not None else starts_of(model, x, w, starts)
        coordinates = model.coordinates(params[0])
        likelihood = _streamed(ModelTerms(model, coordinates), source, first, params[0], LONGEST, progress)
        likelihood.kinks = kinks_of(model, params[0])
        _count(likelihood)
        check_enough(likelihood.num_observations, coordinates.dim)
        return Problem(likelihood, [coordinates.to_vector(p) for p in params], units(coordinates))
    assert isinstance(model, Conditional)
    if is_linear(model):
        return _linear(model, data, init, progress)
    if init is None:
        raise ValueError(
            "fit: a Conditional with a function of its own needs init=, a pytree of parameters to start from."
        )
    source = Source(model, data, check_inputs)
    params = as_arrays(init)
    coordinates = model.coordinates(params)
    likelihood = _streamed(ModelTerms(model, coordinates), source, source.first(), params, LONGEST, progress)
    _count(likelihood)
    check_enough(likelihood.num_observations, coordinates.dim)
    return Problem(likelihood, [coordinates.to_vector(params)], units(coordinates))


def _linear(model: Conditional, data: Any, init: Params | None, progress: BatchProgress | None) -> Problem:
    terms: LinearTerms = linear_terms(model)
    source = Source(model, data, lambda rows, start: check_linear_rows(terms, rows, start))
    params = terms.coordinates.to_params(jnp.zeros(terms.coordinates.dim))
    longest = min(LONGEST, 8 * block_length(terms.size))
    likelihood = _streamed(terms, source, source.first(), params, longest, progress)
    likelihood.num_rows = -1  # not known before the first pass, which linear_start makes
    begin = linear_start(terms, _counting(likelihood), init)
    check_enough(likelihood.num_observations, terms.coordinates.dim)
    return begin.problem(likelihood)


def _streamed(
    terms: Terms,
    source: Source,
    first: Rows,
    params: Params,
    longest: int,
    progress: BatchProgress | None,
) -> Streamed:
    length = min(longest, 1 << (first.size - 1).bit_length())
    return Streamed(terms, Blocks(source, length), params, 0.0, -1, 0, progress)


class _Weight(eqx.Module):
    """Σ wᵢ of a block."""

    def __call__(self, block: Block) -> Any:
        return jnp.sum(block.weights)


def _count(likelihood: Streamed) -> None:
    """The pass that counts, and checks every row."""
    likelihood.num_observations = float(likelihood.sum(_Weight()))


def _counting(likelihood: Streamed) -> Callable[[Any], Any]:
    """Sums over the stream, the first of which also counts observations."""

    def add_up(part: Any) -> Any:
        if likelihood.num_observations:
            return likelihood.sum(part)
        total, weight = likelihood.sum(_Both(part)).parts
        likelihood.num_observations = float(weight)
        return total

    return add_up


class _Pair(eqx.Module):
    parts: tuple[Any, Any]

    def __add__(self, other: "_Pair") -> "_Pair":
        return _Pair((self.parts[0] + other.parts[0], self.parts[1] + other.parts[1]))


class _Both(eqx.Module):
    part: Callable[[Block], Any]

    def __call__(self, block: Block) -> _Pair:
        return _Pair((self.part(block), jnp.sum(block.weights)))


@eqx.filter_jit
def _sums(form: ExponentialFamily, block: Block) -> Sums:
    return sums(form, block.targets, block.weights)


@eqx.filter_jit
def _start(form: ExponentialFamily, totals: Sums) -> dict[str, jax.Array]:
    return form.start(totals.mean)


def _statistics(
    model: Family, form: ExponentialFamily, source: Source, progress: BatchProgress | None
) -> Problem:
    """One pass over the stream; afterwards it is not needed again."""
    first = source.first()
    form = adapted_form(model, form, first)
    length = min(LONGEST, 1 << (first.size - 1).bit_length())
    totals: Sums | None = None
    read = 0
    for block, size in Blocks(source, length):
        part = _sums(form, block)
        totals = part if totals is None else totals + part
        read += size
        if progress is not None:
            progress(read)
    assert totals is not None
    count = float(totals.count)
    params = interior(model, _start(form, totals), count)
    layout = layout_of(model, params)
    check_enough(count, layout.coordinates.dim)
    likelihood = SufficientStatistics(model, form, totals, layout.coordinates, layout.tangent, source, read)
    return Problem(likelihood, [layout.to_vector(params)], layout.unit)
