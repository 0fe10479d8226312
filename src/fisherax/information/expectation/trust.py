"""May this number be called a Fisher information? Checks that cost nothing next to computing it."""

from collections.abc import Iterator
from typing import Any

import equinox as eqx
import jax
import jax.core
import jax.numpy as jnp
import numpy as np
from jax import lax

from ..._types import Array, Bool, Float, PyTree
from ...models.tangent import Simplex, Tangent
from .law import Law
from .regularity import name_of
from .result import Expectation
from .rule import Moments, Rule, SampleRule

# A mean score, or a difference of two forms, above this fraction of the information is no rounding.
_IRREGULAR = 1e-6
# An error above this fraction of the information means that the integral has not converged, or does not.
_UNRESOLVED = 1e-2
_STANDARD_ERRORS = 8.0
# What the score of a probability rounds by: a difference of terms of the order 1, in units of machine epsilon.
_CANCELLED = 512.0
_NOT_FINITE = "it is not finite there: a parameter is out of its range, or the density is not defined"


class Checks(eqx.Module):
    """What may be wrong with an information computed on a rule; one flag each."""

    no_density: Bool[Array, ""]
    not_finite: Bool[Array, ""]
    diverges: Bool[Array, ""]
    not_centred: Bool[Array, ""]
    not_twice_differentiable: Bool[Array, ""]

    def reasons(self) -> Iterator[str]:
        """The failed ones in words; the flags must be concrete."""
        if self.no_density:
            yield (
                "the density does not integrate to 1 over the support: a parameter is out of its range, the "
                "log-density is not normalised, or the distribution has both a density and point masses"
            )
        if self.not_finite:
            yield _NOT_FINITE
        if self.diverges:
            yield (
                "the integral of the squared score does not converge: the information is infinite, or the "
                "density has a feature too sharp to resolve"
            )
        if self.not_centred:
            yield (
                "the mean of the score is not zero: a jump of the density moves with a parameter, or the "
                "parameter may leave a constraint (probabilities their sum)"
            )
        if self.not_twice_differentiable:
            yield (
                "the score form E[s sᵀ] is another matrix, so the log-density is not twice differentiable; "
                "use the score form, ScoreForm()"
            )


def checks(
    rule: Rule,
    mass: Float[Array, " n"],
    value: Float[Array, "d d"],
    error: Float[Array, "d d"],
    moments: Moments,
    tangent: Tangent,
) -> Checks:
    """Hold an information against the score form on the same points, and the mean score against zero.

    A score of nothing but rounding is zero, and no failure: the components of a mixture are equal, say, and
    their weights cannot be told. It shows where parameters are tied, so that their scores cancel: on a simplex.
    """
    mass, value, error, moments = lax.stop_gradient((mass, value, error, moments))
    mean, mean_error, outer, outer_error = (
        moments.mean,
        moments.mean_error,
        moments.outer,
        moments.outer_error,
    )
    noise = _rounding_of_scores(tangent, value.dtype)
    own = jnp.sqrt(jnp.diagonal(outer))
    scale, crossed = jnp.maximum(own, noise), _crossed(noise, own)
    product = scale[:, None] * scale[None, :]
    slack = max(_IRREGULAR, 4e3 * float(jnp.finfo(value.dtype).eps))
    sampled = isinstance(rule, SampleRule)
    times = _STANDARD_ERRORS if sampled else 10.0
    return Checks(
        not_finite=~jnp.all(jnp.isfinite(value) & jnp.isfinite(error)),
        no_density=jnp.abs(jnp.sum(mass) - 1.0) > _UNRESOLVED,
        diverges=jnp.any((error > _UNRESOLVED * product + crossed) | (outer_error > _UNRESOLVED * product))
        & (not sampled),
        not_centred=jnp.any(jnp.abs(mean) > slack * scale + times * mean_error + noise),
        not_twice_differentiable=jnp.any(
            jnp.abs(value - outer) > slack * product + times * (error + outer_error) + crossed
        ),
    )


def cleared(value: Float[Array, "d d"], moments: Moments, tangent: Tangent) -> Float[Array, "d d"]:
    """The information with zeros where the score is nothing but rounding."""
    none = jnp.diagonal(lax.stop_gradient(moments.outer)) <= _rounding_of_scores(tangent, value.dtype) ** 2
    return jnp.where(none[:, None] | none[None, :], 0.0, value)


def _rounding_of_scores(tangent: Tangent, dtype: Any) -> Float[Array, " d"]:
    """Which is in units of the parameter, so that only those without units, probabilities, have one in advance."""
    size = _CANCELLED * float(jnp.finfo(dtype).eps)
    parts = [np.full(leaf.dim, size if isinstance(leaf, Simplex) else 0.0) for leaf in tangent.leaves]
    return jnp.asarray(np.concatenate(parts), dtype)


def _crossed(noise: Float[Array, " d"], scale: Float[Array, " d"]) -> Float[Array, "d d"]:
    """What such rounding makes of second derivatives."""
    mixed = noise[:, None] * scale[None, :]
    return mixed + mixed.T + jnp.sqrt(noise[:, None] * noise[None, :])


def trusted(law: Law, f: PyTree, result: Expectation, failed: Checks) -> Expectation:
    """The result, unless a check failed.

    Then, outside of tracing, it raises and says why. Under `jit` and `vmap` no Python error can be raised
    for one set of parameters among many: there the value is NaN and its error infinite.
    """
    flags = jnp.stack(jax.tree.leaves(failed))
    if not isinstance(flags, jax.core.Tracer):
        for reason in failed.reasons():
            _refuse(law, f, reason)
        return result
    bad = jnp.any(flags)
    assert result.error is not None
    return Expectation(
        jnp.where(bad, jnp.nan, result.value), jnp.where(bad, jnp.inf, result.error), result.method
    )


def refuse_no_number(law: Law, f: PyTree, result: Expectation) -> Expectation:
    """The same of a closed form, which is NaN or infinite where there is no information."""
    if not isinstance(result.value, jax.core.Tracer) and not np.all(np.isfinite(result.value)):
        _refuse(law, f, _NOT_FINITE)
    return result


def _refuse(law: Law, f: PyTree, reason: str) -> None:
    raise ValueError(f"The Fisher information of {name_of(law, f)} is undefined at {_shown(f)}: {reason}.")


def _shown(f: PyTree) -> str:
    shown = jax.tree.map(lambda leaf: np.array2string(np.asarray(leaf), precision=6, threshold=8), f)
    return str(shown).replace("'", "")
