"""The public names: what `fisherax.NAME` is. A name added here is one of `fisherax` at once."""

from . import plotting
from .bayes import JeffreysPrior as JeffreysPrior
from .data import load_dataset as load_dataset
from .data.regression import glm as glm
from .geometry import DuallyFlat as DuallyFlat
from .geometry import Manifold as Manifold
from .geometry import cubic_tensor as cubic_tensor
from .geometry import hellinger_distance as hellinger_distance
from .geometry import jeffreys_divergence as jeffreys_divergence
from .geometry import renyi_divergence as renyi_divergence
from .inference import Fit as Fit
from .inference import fit as fit
from .inference.bounds import cramer_rao_bound as cramer_rao_bound
from .inference.efficiency import efficiency as efficiency
from .inference.streams import Weighted as Weighted
from .information import EKFAC as EKFAC
from .information import KFAC as KFAC
from .information import BlockDiagonal as BlockDiagonal
from .information import Dense as Dense
from .information import Diagonal as Diagonal
from .information import Empirical as Empirical
from .information import Exact as Exact
from .information import HessianForm as HessianForm
from .information import KLForm as KLForm
from .information import Metric as Metric
from .information import MonteCarlo as MonteCarlo
from .information import Observed as Observed
from .information import ScoreForm as ScoreForm
from .information import explain as explain
from .information import fisher as fisher
from .information import kl as kl
from .information import pullback as pullback
from .models import Conditional as Conditional
from .models import Family as Family
from .models import LinearPredictor as LinearPredictor
from .models import Mixture as Mixture
from .models import Model as Model
from .models import heads as heads
from .models import links as links
from .operators import Information as Information

plot = plotting
"""`fx.plot.profile`, `fx.plot.triangle`, `fx.plot.balls` and the other figures."""
