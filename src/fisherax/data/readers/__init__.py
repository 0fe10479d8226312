"""One file per format: how a table is read in bounded memory."""

from .base import Chunk as Chunk
from .base import Kind as Kind
from .base import Reader as Reader
