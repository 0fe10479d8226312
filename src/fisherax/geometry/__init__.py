"""What the metric alone implies, as connection, geodesics and curvature; and what exponential families add to it."""

from .alpha import AlphaConnection as AlphaConnection
from .amari import cubic_tensor as cubic_tensor
from .ball import Ball as Ball
from .bounds import Bounds as Bounds
from .curves import Geodesic as Geodesic
from .divergence import hellinger_distance as hellinger_distance
from .divergence import jeffreys_divergence as jeffreys_divergence
from .divergence import renyi_divergence as renyi_divergence
from .dual import DuallyFlat as DuallyFlat
from .manifold import Manifold as Manifold
from .whitening import Whitening as Whitening
