"""p(x | θ): families, and conditional models made of a function and a head."""

from . import heads as heads
from . import links as links
from .base import Head as Head
from .base import Model as Model
from .conditional import Conditional as Conditional
from .coordinates import Coordinates as Coordinates
from .family import Family as Family
from .linear import LinearPredictor as LinearPredictor
from .mixture import Mixture as Mixture
from .tangent import Tangent as Tangent
