"""θ ↦ G(θ): estimators, structures and the expectations behind them."""

from .divergence import kl as kl
from .estimators import Empirical as Empirical
from .estimators import Estimator as Estimator
from .estimators import Exact as Exact
from .estimators import MonteCarlo as MonteCarlo
from .estimators import Observed as Observed
from .expectation import Form as Form
from .expectation import HessianForm as HessianForm
from .expectation import KLForm as KLForm
from .expectation import ScoreForm as ScoreForm
from .explain import Explanation as Explanation
from .explain import LeafReport as LeafReport
from .explain import explain as explain
from .fisher import Metric as Metric
from .fisher import fisher as fisher
from .pullback import pullback as pullback
from .structures import EKFAC as EKFAC
from .structures import KFAC as KFAC
from .structures import BlockDiagonal as BlockDiagonal
from .structures import Dense as Dense
from .structures import Diagonal as Diagonal
from .structures import Structure as Structure
