"""The three definitions of the Fisher information, which agree where the density is regular."""

import equinox as eqx


class Form(eqx.Module):
    """Which definition of the information is computed. Left to itself the ladder takes the cheapest exact one."""


class ScoreForm(Form):
    """The information as the covariance of the score.

        I(θ) = E[s sᵀ],   s = ∂ ln p/∂θ

    It needs one derivative, and a density with kinks that move with a parameter, such as Laplace's, has it too.

    Examples:
        >>> import fisherax as fx, numpyro.distributions as dist
        >>> exact = fx.Exact(fx.ScoreForm())
        >>> round(float(fx.fisher(fx.Family(dist.Laplace), {"loc": 0.0, "scale": 2.0}, estimator=exact).trace()), 6)
        0.5

    References:
        Cramér (1946), Mathematical Methods of Statistics, §32.3; Lehmann and Casella (1998), Theory of Point
        Estimation, 2nd ed., §2.5.
    """


class HessianForm(Form):
    """The information as the mean curvature of minus the log-density.

        I(θ) = −E[∂² ln p/∂θ²]

    It is wrong, not merely inaccurate, where the score jumps as a parameter moves: there `fisher` raises ValueError.

    Examples:
        >>> import fisherax as fx, numpyro.distributions as dist
        >>> exact = fx.Exact(fx.HessianForm())
        >>> round(float(fx.fisher(fx.Family(dist.Poisson), {"rate": 4.0}, estimator=exact).trace()), 6)
        0.25

    References:
        Lehmann and Casella (1998), Theory of Point Estimation, 2nd ed., §2.5.
    """


class KLForm(Form):
    """The information as the curvature of the divergence.

        I(θ) = ∂² KL(p_θ ‖ p_φ)/∂φ²  at φ = θ

    of the closed form of the divergence where there is one, of its sum or quadrature elsewhere, which are
    refused where `HessianForm` is.

    Examples:
        >>> import fisherax as fx, numpyro.distributions as dist
        >>> exact = fx.Exact(fx.KLForm())
        >>> round(float(fx.fisher(fx.Family(dist.Poisson), {"rate": 4.0}, estimator=exact).trace()), 6)
        0.25

    References:
        Kullback and Leibler (1951), On information and sufficiency, Annals of Mathematical Statistics 22, 79–86.
    """
