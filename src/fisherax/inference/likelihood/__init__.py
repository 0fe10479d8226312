"""The log-likelihood of fixed data: sufficient statistics, arrays in memory, streams."""

from .base import Likelihood as Likelihood
from .evaluation import Evaluation as Evaluation
from .memory import InMemory as InMemory
from .objective import Objective as Objective
from .rows import Rows as Rows
from .statistics import SufficientStatistics as SufficientStatistics
from .stream import Streamed as Streamed
from .terms import Block as Block
from .terms import Terms as Terms
