"""Output distributions for `Conditional`: one file a head, each with its closed-form root L."""

from .bernoulli import Bernoulli as Bernoulli
from .bernoulli import Binomial as Binomial
from .categorical import Categorical as Categorical
from .gamma import Gamma as Gamma
from .negative_binomial import NegativeBinomial as NegativeBinomial
from .normal import Normal as Normal
from .poisson import Poisson as Poisson
