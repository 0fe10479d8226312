"""What the library knows about a distribution that NumPyro does not say."""

from .base import DataCoordinates as DataCoordinates
from .base import DensityTraits as DensityTraits
from .base import Entries as Entries
from .base import Traits as Traits
from .registry import traits as traits
