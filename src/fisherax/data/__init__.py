"""Files into arrays: tables, formulas, checks and example data sets. Nothing here knows any statistics."""

from . import datasets as datasets
from .batches import Batch as Batch
from .batches import Batches as Batches
from .errors import DataError as DataError
from .readers import Kind as Kind
from .tables import Table as Table
from .tables import open_table as open_table
