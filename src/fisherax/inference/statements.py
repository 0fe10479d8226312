"""What a fit says about its parameters: intervals, profiles, tests, and functions of them."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from .._numbers import Real
from .._types import Params, PyTree
from . import tests
from .estimate import Estimate
from .intervals import confidence_interval
from .profile import Profile, profile
from .tests import Test
from .transform import Transformed, transform

if TYPE_CHECKING:
    from .fit import Fit


class Statements(Estimate):
    """Statements about the parameters, each with its confidence; see `Fit`, which is made of it."""

    def confidence_interval(
        self,
        level: Real = 0.95,
        method: str = "wald",
        kind: str = "expected",
        clusters: Sequence[Any] | np.ndarray | None = None,
        scale: str = "natural",
    ) -> Params:
        """A confidence interval for each entry.

            wald     θ̂ᵢ ± z se(θ̂ᵢ)
            score    {v : gᵀI⁻¹g ≤ z² at the maximum of ℓ over θᵢ = v}
            profile  {v : 2(ℓ̂ − max over θᵢ = v of ℓ) ≤ z²}

        with z the normal quantile of the level, g the score and I the information. For a proportion the score
        interval is Wilson's. Where under θᵢ = v another parameter runs to the boundary of its space, its own score,
        which does not vanish there, is left out.

        Args:
            level: The level of confidence, between 0 and 1.
            method: "wald", "score" or "profile".
            kind: The covariance behind a Wald interval, as for `information`, or the information behind a score
                interval ("expected", "observed" or "opg").
            clusters: For the kind "clustered", a label for each row.
            scale: For Wald intervals: "natural", on the parameter itself, which may reach out of its space; or
                "unconstrained", on ln θ or logit θ and carried back, which may not. The others are the same on any
                scale.

        Returns:
            A pytree like the parameters with a trailing axis (lower, upper), in their units. A side without an end
            reaches to the edge of the entry's range, perhaps to ±∞; `profile(name).open_ended()` says why. An angle's
            interval is the arc from lower to upper through the estimate, in radians: one end may lie beyond ±π, so
            that 3.0 to 3.5 is the arc across π. Where no angle is excluded it is the whole circle, from half a turn
            below the estimate to half a turn above it.

        Warns:
            UserWarning: Where a better maximum was found on the way, whose intervals these are; or where the set has
                another part apart from the estimate, as it may where the likelihood has several maxima: the interval
                is the part around the estimate, up to the nearest crossings.

        Raises:
            ValueError: For an unknown method, scale or kind, a level outside (0, 1), a scale or a kind that the method
                does not take; or, unless the method is "wald", for a fit that did not converge or a likelihood that
                keeps rising along the way.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist, numpy as np
            >>> fit = fx.fit(fx.Family(dist.Poisson), np.array([2.0, 4.0, 3.0]))
            >>> for method in ("wald", "score", "profile"):
            ...     print(method, np.round(fit.confidence_interval(method=method)["rate"], 4))
            wald [1.04 4.96]
            score [1.5784 5.7021]
            profile [1.4415 5.4081]

        References:
            Wilson (1927), JASA 22, 209–212; Cox and Hinkley (1974), Theoretical Statistics, §9.3; Venzon and Moolgavkar
            (1988), Applied Statistics 37, 87–94.
        """
        return confidence_interval(cast("Fit", self), level, method, kind, clusters, scale)

    def profile(self, name: str, reach: Real = 3.7, points: Real = 10) -> Profile:
        """The profile likelihood of one entry, all others re-maximised.

            D(v) = 2(ℓ̂ − max over θᵢ = v of ℓ)

        The points are equally spaced in √D, so that they are dense where the curve bends.

        Args:
            name: One of `names`.
            reach: How far to go on each side, in √D: about so many standard errors.
            points: Points on each side.

        Returns:
            A `Profile`: its values and deviances, and intervals of any level. Where a better maximum was met on the
            way, it is the profile of that one; see its `restarted`.

        Raises:
            ValueError: For an unknown name, a reach or number of points that is not positive, a fit that did not
                converge, or a likelihood that keeps rising along the way.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist, numpy as np
            >>> fit = fx.fit(fx.Family(dist.Poisson), np.array([2.0, 4.0, 3.0]))
            >>> np.round(fit.profile("rate").interval(0.95), 4)
            array([1.4415, 5.4081])

        References:
            Pawitan (2001), In All Likelihood, §3.4; Venzon and Moolgavkar (1988), Applied Statistics 37, 87–94; Bates
            and Watts (1988), Nonlinear Regression Analysis, §6.1 (the signed root).
        """
        return profile(cast("Fit", self), name, reach, points)

    def wald_test(
        self, null: Any, kind: str = "expected", clusters: Sequence[Any] | np.ndarray | None = None
    ) -> Test:
        """Wald's test of a hypothesis on some or all entries.

            W = (θ̂ − θ₀)ᵀ Σ⁻¹ (θ̂ − θ₀)

        It depends on the scale of the parameters: the test of a scale differs from that of its logarithm.

        Args:
            null: Names of entries, or of whole leaves of the parameters, with their values: {"x1": 0.0}; or a whole
                pytree of parameters. What is not named is free.
            kind: The covariance Σ, as for `information`.
            clusters: As for `information`.

        Returns:
            A `Test`: statistic, degrees of freedom and p-value from the χ² distribution.

        Raises:
            ValueError: For unknown names, a hypothesis that is not inside the parameter space, a singular covariance,
                or a fit at a boundary.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist, numpy as np
            >>> fit = fx.fit(fx.Family(dist.Poisson), np.array([2.0, 4.0, 3.0]))
            >>> print(fit.wald_test({"rate": 2.0}))
            Wald test (expected) of rate = 2: χ² = 1 on 1 df, p = 0.3173

        References:
            Wald (1943), Transactions of the American Mathematical Society 54, 426–482.
        """
        return tests.wald_test(cast("Fit", self), null, kind, clusters)

    def score_test(self, null: Any, kind: str = "expected") -> Test:
        """Rao's score test of a hypothesis on some or all entries.

            S = gᵀ I⁻¹ g  at the maximum of ℓ under the hypothesis

        Args:
            null: As for `wald_test`.
            kind: The information I: "expected", "observed" or "opg".

        Returns:
            A `Test`, with the maximum under the hypothesis.

        Raises:
            ValueError: For another kind, unknown names, a hypothesis that is not inside the parameter space or under
                which the likelihood cannot be maximised; and where the information is singular there.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist, numpy as np
            >>> fit = fx.fit(fx.Family(dist.Poisson), np.array([2.0, 4.0, 3.0]))
            >>> print(fit.score_test({"rate": 2.0}))
            score (Rao) test (expected) of rate = 2: χ² = 1.5 on 1 df, p = 0.2207

        References:
            Rao (1948), Proceedings of the Cambridge Philosophical Society 44, 50–57.
        """
        return tests.score_test(cast("Fit", self), null, kind)

    def likelihood_ratio_test(self, null: Any) -> Test:
        """The likelihood-ratio test of a hypothesis on some or all entries.

            2(ℓ̂ − ℓ̃),  with ℓ̃ the maximum of ℓ under the hypothesis

        Args:
            null: As for `wald_test`.

        Returns:
            A `Test`, with the maximum under the hypothesis.

        Raises:
            ValueError: For unknown names, a hypothesis that is not inside the parameter space or under which the
                likelihood cannot be maximised; and where ℓ̃ exceeds ℓ̂, so that the fit is not the maximum.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist, numpy as np
            >>> fit = fx.fit(fx.Family(dist.Poisson), np.array([2.0, 4.0, 3.0]))
            >>> print(fit.likelihood_ratio_test({"rate": 2.0}))
            likelihood-ratio test of rate = 2: χ² = 1.29837 on 1 df, p = 0.2545

        References:
            Wilks (1938), Annals of Mathematical Statistics 9, 60–62.
        """
        return tests.likelihood_ratio_test(cast("Fit", self), null)

    def transform(
        self,
        g: Callable[[Params], PyTree],
        kind: str = "expected",
        clusters: Sequence[Any] | np.ndarray | None = None,
    ) -> Transformed:
        """A function of the parameters with its covariance, by the delta method; exact for a linear g.

            g(θ̂),  J Σ Jᵀ,   J = ∂g/∂θ at θ̂

        Args:
            g: From a pytree of parameters to a pytree of numbers; a differentiable JAX function.
            kind: The covariance Σ, as for `information`.
            clusters: As for `information`.

        Returns:
            A `Transformed`, with standard errors and intervals. A function of the parameters that the data do not
            determine has an infinite variance.

        Raises:
            ValueError: If g has no finite derivative at the estimate, or the estimate is at a boundary.

        Examples:
            >>> import jax.numpy as jnp
            >>> import fisherax as fx, numpyro.distributions as dist, numpy as np
            >>> fit = fx.fit(fx.Family(dist.Poisson), np.array([2.0, 4.0, 3.0]))
            >>> print(fit.transform(lambda params: {"no event": jnp.exp(-params["rate"])}))
            no event  0.0497871 ± 0.04979
            (standard errors by the delta method; covariance: expected)

        References:
            Cramér (1946), Mathematical Methods of Statistics, §28.4; Doob (1935), Annals of Mathematical Statistics 6,
            160–169.
        """
        return transform(cast("Fit", self), g, kind, clusters)
