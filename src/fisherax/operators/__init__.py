"""G as a linear map: the five verbs, and lineax's protocol."""

from . import protocol as protocol
from .base import Information as Information
from .block import BlockDiagonalOperator as BlockDiagonalOperator
from .damped import DampedOperator as DampedOperator
from .dense import DenseOperator as DenseOperator
from .diagonal import DiagonalOperator as DiagonalOperator
from .provenance import Provenance as Provenance
from .solver import InverseSolver as InverseSolver
from .summed import SummedOperator as SummedOperator
