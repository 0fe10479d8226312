"""Files into arrays: tables, formulas, checks and example data sets. Nothing here knows any statistics."""

from typing import TYPE_CHECKING

from .._on_demand import on_demand as _names_of

if TYPE_CHECKING:
    from ._public import *  # noqa: F403

# Imported when first asked for: what reads tables (Arrow, pandas, formulaic) takes a second to import, and
# the list of data sets needs none of it.
__getattr__, __dir__ = _names_of(__name__, "_public")
