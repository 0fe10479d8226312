"""The log-likelihood of fixed data: sufficient statistics, arrays in memory, streams."""

from .base import Likelihood as Likelihood
from .evaluation import Evaluation as Evaluation
from .memory import InMemory as InMemory
from .objective import Objective as Objective
from .rows import Rows as Rows
from .stream import Streamed as Streamed
from .sufficient import SufficientStatistics as SufficientStatistics
from .terms import Block as Block
from .terms import Terms as Terms
