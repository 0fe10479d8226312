"""What the metric alone implies, as connection, geodesics and curvature; and what exponential families add to it."""

from .amari import cubic_tensor as cubic_tensor
from .divergence import hellinger_distance as hellinger_distance
from .divergence import jeffreys_divergence as jeffreys_divergence
from .divergence import renyi_divergence as renyi_divergence
from .dual import DuallyFlat as DuallyFlat
