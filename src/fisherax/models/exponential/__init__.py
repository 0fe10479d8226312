"""Exponential families: everything from the log-partition function."""

from .base import ExponentialFamily as ExponentialFamily
from .base import Natural as Natural
from .base import Parameters as Parameters
from .registry import exponential_form as exponential_form
