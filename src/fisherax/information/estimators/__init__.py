"""How the information is estimated: one file an estimator."""

from .base import Estimator as Estimator
from .base import ProductEstimator as ProductEstimator
from .empirical import Empirical as Empirical
from .exact import Exact as Exact
from .monte_carlo import MonteCarlo as MonteCarlo
from .observed import Observed as Observed
