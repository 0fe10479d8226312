"""G as a linear map: the five verbs, and lineax's protocol."""

from . import protocol as protocol
from .base import Information as Information
from .block import BlockDiagonalOperator as BlockDiagonalOperator
from .blocks import Block as Block
from .blockwise import BlockwiseOperator as BlockwiseOperator
from .damped import DampedOperator as DampedOperator
from .dense import DenseOperator as DenseOperator
from .diagonal import DiagonalOperator as DiagonalOperator
from .eigenvalue_corrected import EigenvalueCorrectedBlock as EigenvalueCorrectedBlock
from .implicit import ImplicitOperator as ImplicitOperator
from .kronecker import KroneckerBlock as KroneckerBlock
from .layout import Layout as Layout
from .layout import Part as Part
from .low_rank import LowRankOperator as LowRankOperator
from .plain_blocks import DenseBlock as DenseBlock
from .plain_blocks import DiagonalBlock as DiagonalBlock
from .provenance import Provenance as Provenance
from .shifted_kronecker import ShiftedKroneckerBlock as ShiftedKroneckerBlock
from .solver import InverseSolver as InverseSolver
from .summed import SummedOperator as SummedOperator
