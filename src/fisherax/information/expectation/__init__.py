"""Expectations under p(· | f): closed form, KL Hessian, sums, quadrature, sampling."""

from .cubic import head_cubic as head_cubic
from .divergence import head_kl as head_kl
from .divergence import refuse_unresolved as refuse_unresolved
from .forms import Form as Form
from .forms import HessianForm as HessianForm
from .forms import KLForm as KLForm
from .forms import ScoreForm as ScoreForm
from .information import head_information as head_information
from .midway import head_jeffreys as head_jeffreys
from .midway import head_renyi as head_renyi
from .moments import expect as expect
from .result import Expectation as Expectation
