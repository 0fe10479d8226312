"""Maximum likelihood and what follows from it."""

from .fit import Fit as Fit
from .likelihood import Likelihood as Likelihood
from .maximum import fit as fit
from .status import Status as Status
from .summary import Summary as Summary
