"""The public names of `fisherax.data`; a name added here is one of the package at once."""

from . import datasets as datasets
from .batches import Batch as Batch
from .batches import Batches as Batches
from .checks import check_cells as check_cells
from .checks import check_enough_rows as check_enough_rows
from .checks import check_rank as check_rank
from .checks import check_support as check_support
from .checks import check_varies as check_varies
from .datasets import load_dataset as load_dataset
from .designs import Design as Design
from .designs import DesignBatches as DesignBatches
from .designs import DesignRows as DesignRows
from .designs import make_design as make_design
from .errors import DataError as DataError
from .readers import Kind as Kind
from .specifications import Encoding as Encoding
from .tables import Table as Table
from .tables import open_table as open_table
