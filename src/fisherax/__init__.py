"""fisherax: how much does your data say about your parameters?

The Fisher information of any JAX model, and everything that it is good for, from one object:

    import fisherax as fx, numpyro.distributions as dist

    fit = fx.fit(fx.Family(dist.Gamma), flows)          # maximum likelihood
    G = fx.fisher(fit.model, fit.params)                # the information of one observation
    fit.confidence_interval(level=0.95, method="profile")
"""

from typing import TYPE_CHECKING

from ._on_demand import on_demand as _names_of

if TYPE_CHECKING:
    from ._public import *  # noqa: F403

# The public names stand in _public.py, which is imported when the first of them is asked for:
# `fisherax --help` and a shell's completion answer before JAX could be imported.
__getattr__, __dir__ = _names_of(__name__, "_public")
