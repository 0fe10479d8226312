"""How the information is kept: one file a structure."""

from .base import COLUMNS as COLUMNS
from .base import Structure as Structure
from .block_diagonal import BlockDiagonal as BlockDiagonal
from .captured import Captured as Captured
from .dense import Dense as Dense
from .diagonal import Diagonal as Diagonal
from .ekfac import EKFAC as EKFAC
from .kfac import KFAC as KFAC
