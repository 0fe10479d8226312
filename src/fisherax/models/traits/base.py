"""What the library knows about a distribution that NumPyro does not say."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import equinox as eqx
import numpyro.distributions as dist

from ..._types import Array, Float


class DataCoordinates(eqx.Module):
    """Coordinates y(x) of the data in which a log-density keeps its digits.

    Near x = 1 a double cannot resolve 1 − x below 1e-16, and a density like (1 − x)^{b−1} with small b
    has mass there. The information does not change with the coordinates of the data, so an integral may
    be computed in better ones; y may not depend on a parameter.
    """

    support: eqx.AbstractClassVar[Any]

    @abstractmethod
    def log_prob(self, distribution: Any, y: Float[Array, "*n"]) -> Float[Array, "..."]:
        """The log-density of y (with the Jacobian of the change of coordinates)."""

    @abstractmethod
    def to_data(self, y: Float[Array, "*n"]) -> Float[Array, "*n"]: ...

    @abstractmethod
    def from_data(self, x: Float[Array, "*n"]) -> Float[Array, "*n"]: ...


Entries = Mapping[tuple[str, str], Array]
"""A symmetric matrix over parameters by name: one entry of each pair, in either order. Those left out are zero."""


class Traits(eqx.Module):
    """Facts about one distribution class. The defaults say that NumPyro is right and nothing is special.

    Attributes:
        coordinates: Better coordinates for the data, or None.
    """

    coordinates: ClassVar[DataCoordinates | None] = None

    def kinks(self, distribution: dist.Distribution) -> Array | None:
        """(k, *batch): where ln p, as a function of x, has a kink or a jump; None if nowhere.

        A parameter that moves a kink is one in which ln p is not twice differentiable.
        """
        return None

    def landmarks(self, distribution: dist.Distribution) -> Array | None:
        """(l, *batch): rough quantiles in increasing order, where NumPyro has no cheap ones.

        An odd number of rows: the median in the middle and the quartiles next to it.
        """
        return None

    def information(self, params: Mapping[str, Array]) -> Entries | None:
        """The Fisher information over all parameters, free or fixed, in closed form; None where there is none.

        Parameters are numbers, or arrays of numbers that broadcast: the formulas hold entry by entry. They
        hold under `jit` and `vmap` and any nesting of derivatives.
        """
        return None


class DensityTraits(Traits):
    """A distribution whose log-density, or its derivatives, NumPyro computes wrongly somewhere."""

    @abstractmethod
    def log_prob(self, params: Mapping[str, Array], x: Array) -> Array:
        """ln p(x | params) by NumPyro's names, with derivatives that can be trusted."""
