"""The dually flat structure of an exponential family: two affine coordinate systems, and a potential of each."""

from typing import Any, Literal

import equinox as eqx
import jax.numpy as jnp
import jax.tree_util as jtu
import numpy as np
from jax import lax
from jax.core import Tracer

from .._tree import as_arrays
from .._types import Array, Bool, Params, PyTree, Scalar
from ..information.checks import check_params
from ..information.traced import factor_of, times, unknown_inside
from ..models.exponential import ExponentialFamily
from ..models.family import Family
from .affine import (
    canonical_divergence,
    dual_potential,
    form_of,
    from_mean,
    from_natural,
    mean_of,
    natural_of,
    potential,
)


class DuallyFlat(eqx.Module):
    """An exponential family in its natural and its expectation coordinates.

        ln p(x | θ) = ⟨η, T(x)⟩ − A(η) + ln h(x),    m = E T = ∇A(η),    A*(m) = max_η ⟨η, m⟩ − A(η),   η = ∇A*(m)

    η is affine for the e-connection and m for the m-connection; in either the metric is the Hessian of the
    potential, G = ∇²A(η) = (∇²A*(m))⁻¹, and KL divergence is the canonical divergence of the two. Coordinates
    are dicts with one entry for each statistic, named after it.

    Args:
        model: A `Family` that is an exponential family, with all of its parameters free (but for those without whose
            value it is none, such as a binomial's count). No batch of parameters: use `jax.vmap`.

    Raises:
        ValueError: If the model is no exponential family, or a curved one.

    Examples:
        >>> import fisherax as fx, numpyro.distributions as dist
        >>> flat = fx.DuallyFlat(fx.Family(dist.Normal))
        >>> p, q = {"loc": 0.0, "scale": 1.0}, {"loc": 2.0, "scale": 1.0}
        >>> {name: float(value) for name, value in flat.natural(q).items()}  # μ/σ², −1/2σ²
        {'y': 2.0, 'y^2': -0.5}
        >>> {name: float(value) for name, value in flat.expectation(q).items()}  # μ, μ² + σ²
        {'y': 2.0, 'y^2': 5.0}
        >>> float(flat.divergence(p, q)) == float(fx.kl(flat.model, p, q))
        True
        >>> middle = flat.m_geodesic(p, q)(0.5)  # mean and variance of the even mixture
        >>> float(middle["loc"]), round(float(middle["scale"]) ** 2, 12)
        (1.0, 2.0)

    References:
        Amari and Nagaoka (2000), Methods of Information Geometry, sections 3.3 and 3.4; Amari (2016), Information
        Geometry and Its Applications, sections 1.3 to 2.6; Barndorff-Nielsen (1978), Information and Exponential
        Families, chapter 9.
    """

    model: Family

    def __init__(self, model: Any):  # what is no family is refused with a better sentence than a type's
        form = form_of(model)
        extra = sorted(set(model.fixed) - form.requires)
        if extra:
            raise ValueError(
                f"DuallyFlat: {model.name} with {', '.join(extra)} fixed has fewer parameters than statistics: it is a "
                "curved exponential family, or not given in its own natural coordinates; leave these parameters free."
            )
        self.model = model

    # ---- coordinates -----------------------------------------------------------------------------------

    def natural(self, params: Params) -> PyTree[Array]:
        """The natural coordinates η(θ).

        Args:
            params: θ, a dict of the family's parameters.

        Returns:
            η, a dict of arrays by statistic.

        Raises:
            ValueError: If θ is outside its space, has a batch shape, or more directions than there are statistics.
        """
        return self._natural("natural", self._form, params)

    def expectation(self, params: Params) -> PyTree[Array]:
        """The expectation coordinates m(θ) = E T(x) = ∇A(η(θ)).

        Args:
            params: θ, a dict of the family's parameters.

        Returns:
            m, a dict of arrays by statistic.

        Raises:
            ValueError: As `natural`.
        """
        return mean_of(self._form, self._natural("expectation", self._form, params))

    def from_natural(self, eta: PyTree) -> Params:
        """θ(η), the inverse of `natural`.

        Args:
            eta: η, a dict of numbers or arrays by statistic.

        Returns:
            θ, a dict of the family's parameters; NaN, under `jit` and `vmap`, where no member has this η.

        Raises:
            ValueError: If η is outside of the natural parameter space.
        """
        eta = as_arrays(eta)
        return self._member("from_natural", eta, *from_natural(self._form, eta))

    def from_expectation(self, mean: PyTree) -> Params:
        """θ(m), the inverse of `expectation`: the maximum of the likelihood of data with these mean statistics.

        Args:
            mean: m, a dict of numbers or arrays by statistic.

        Returns:
            θ, a dict of the family's parameters; NaN, under `jit` and `vmap`, where no member has this m.

        Raises:
            ValueError: If no member has these mean statistics.
        """
        mean = as_arrays(mean)
        return self._member("from_expectation", mean, *from_mean(self._form, mean))

    # ---- potentials and their divergence ---------------------------------------------------------------

    def potential(self, params: Params) -> Scalar:
        """A(η(θ)), the log-partition function.

        Args:
            params: θ, a dict of the family's parameters.

        Returns:
            A scalar, in nats.

        Raises:
            ValueError: As `natural`.
        """
        return potential(self._form, self._natural("potential", self._form, params))

    def dual_potential(self, params: Params) -> Scalar:
        """A*(m(θ)) = ⟨η, m⟩ − A(η): minus the entropy, where h = 1.

        Args:
            params: θ, a dict of the family's parameters.

        Returns:
            A scalar, in nats.

        Raises:
            ValueError: As `natural`.
        """
        return dual_potential(self._form, self._natural("dual_potential", self._form, params))

    def divergence(self, params: Params, other: Params) -> Scalar:
        """The canonical divergence D(θ ‖ θ′) = A(η′) + A*(m) − ⟨η′, m⟩ = KL(p_θ ‖ p_θ′), to its last digit.

        Args:
            params: θ, a dict of the family's parameters.
            other: θ′, likewise.

        Returns:
            A scalar ≥ 0, in nats.

        Raises:
            ValueError: As `natural`.
        """
        here, there = self._checked("divergence", params), self._checked("divergence", other)
        return canonical_divergence(self._form, here, there)

    # ---- geodesics -------------------------------------------------------------------------------------

    def e_geodesic(self, params: Params, other: Params) -> "DualGeodesic":
        """The geodesic of the e-connection, straight in η: η(t) = (1 − t) η + t η′, so that p_t ∝ p_θ¹⁻ᵗ p_θ′ᵗ.

        Args:
            params: θ, at t = 0.
            other: θ′, at t = 1.

        Returns:
            A function of t that returns parameters; `jax.vmap` it for many t.

        Raises:
            ValueError: As `natural`. The function raises where the line has left the family (t outside [0, 1]).
        """
        return self._geodesic("e", params, other)

    def m_geodesic(self, params: Params, other: Params) -> "DualGeodesic":
        """The geodesic of the m-connection, straight in m: the member with the mean statistics of a mixture.

            m(t) = (1 − t) m + t m′

        Args:
            params: θ, at t = 0.
            other: θ′, at t = 1.

        Returns:
            A function of t that returns parameters; `jax.vmap` it for many t.

        Raises:
            ValueError: As `natural`. The function raises where the line has left the family (t outside [0, 1]).
        """
        return self._geodesic("m", params, other)

    # ---- within ----------------------------------------------------------------------------------------

    @property
    def _form(self) -> ExponentialFamily:
        return form_of(self.model)

    def _checked(self, call: str, params: Params) -> dict[str, Array]:
        """All parameters, of one member."""
        params = as_arrays(params)
        check_params(f"DuallyFlat.{call}", self.model, params)
        params = times(factor_of(unknown_inside(self.model, params)), params)
        batch = self.model.batch_shape(params)
        if batch:
            raise ValueError(
                f"DuallyFlat.{call}: the parameters have the batch shape {batch}; it takes one member: use jax.vmap."
            )
        return self.model.all_parameters(params)

    def _natural(self, call: str, form: ExponentialFamily, params: Params) -> PyTree[Array]:
        eta = natural_of(form, self._checked(call, params))
        size, dim = sum(map(jnp.size, jtu.tree_leaves(eta))), self.model.tangent(as_arrays(params)).dim
        if size != dim:
            raise ValueError(
                f"DuallyFlat.{call}: {self.model.name} has parameters of {dim} directions, but {size} natural "
                "coordinates: its parameters are not identified; take a parameterisation that is, such as "
                "probabilities instead of logits."
            )
        return eta

    def _geodesic(self, kind: Literal["e", "m"], params: Params, other: Params) -> "DualGeodesic":
        call = f"{kind}_geodesic"
        # Straight lines do not depend on where T is measured from, and there they keep their digits.
        form = self._form.adapted(lax.stop_gradient(self._checked(call, params)))
        start, end = (self._natural(call, form, point) for point in (params, other))
        if kind == "m":
            start, end = mean_of(form, start), mean_of(form, end)
        return DualGeodesic(self, form, kind, start, end)

    def _member(self, call: str, at: PyTree, params: Params, inside: Bool[Array, ""]) -> Params:
        """The free parameters, if they are those of a member."""
        if not isinstance(inside, Tracer) and not bool(np.asarray(inside)):
            shown = {name: np.asarray(value).tolist() for name, value in at.items()}
            raise ValueError(f"DuallyFlat.{call}: no member of {self.model.name} is at {shown}.")
        return {key: jnp.where(inside, params[key], jnp.nan) for key in self.model.parameters}


class DualGeodesic(eqx.Module):
    """A straight line in η or in m, as a function t ↦ θ."""

    flat: DuallyFlat
    form: ExponentialFamily
    kind: Literal["e", "m"] = eqx.field(static=True)
    start: PyTree[Array]
    end: PyTree[Array]

    def __call__(self, t: Any) -> Params:
        """θ(t), for one t.

        Args:
            t: A number; 0 at the start and 1 at the end.

        Returns:
            Parameters; NaN, under `jit` and `vmap`, where the line has left the family.

        Raises:
            ValueError: If it is known to have left the family.
        """
        here = jtu.tree_map(lambda a, b: a + t * (b - a), self.start, self.end)
        convert = from_natural if self.kind == "e" else from_mean
        return self.flat._member(f"{self.kind}_geodesic", here, *convert(self.form, here))
