"""Small public data sets that make good stories: `names`, `describe`, `load`, `load_dataset`.

>>> from fisherax.data import datasets
>>> datasets.names()
('nile', 'horsekicks', 'budworm', 'ships', 'bearings', 'faithful')
>>> float(datasets.load("nile")["flow"].mean())
919.35
"""

import difflib

import numpy as np

from ..catalogue import BY_NAME
from ..catalogue import Column as Column
from ..catalogue import DataSet as DataSet
from ..errors import DataError
from ..tables import Table, open_table


def names() -> tuple[str, ...]:
    """The names of the bundled data sets."""
    return tuple(BY_NAME)


def describe(name: str) -> DataSet:
    """Title, columns with units, source, licence and a command for one data set; printed, it reads well.

    Raises:
        DataError: There is no such data set.
    """
    if name not in BY_NAME:
        near = difflib.get_close_matches(name, BY_NAME, n=1)
        hint = f"did you mean {near[0]!r}? the" if near else "the"
        raise DataError(name, "no data set of this name is bundled", f"{hint} names are {', '.join(BY_NAME)}")
    return BY_NAME[name]


def load(name: str) -> Table:
    """One data set as a `Table`; ``load("nile")["flow"]`` is a column of it, as float64.

    Raises:
        DataError: There is no such data set.
    """
    return open_table(describe(name).path, name=name)


def load_dataset(name: str) -> dict[str, np.ndarray]:
    """One data set as NumPy arrays by column: float64 for numbers, strings for text.

    Args:
        name: One of `names()`; `describe(name)` tells the columns' units and the source.

    Returns:
        A dict of arrays of one length.

    Raises:
        DataError: There is no such data set.

    Examples:
        >>> import fisherax as fx
        >>> float(fx.load_dataset("horsekicks")["deaths"].sum())
        122.0
    """
    return load(name).arrays()
