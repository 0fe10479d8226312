"""A fit as a page to read and as a JSON document: the same content twice."""

from typing import TYPE_CHECKING

from .._on_demand import on_demand as _names_of

if TYPE_CHECKING:
    from ._public import *  # noqa: F403

# Imported when first asked for: a page needs matplotlib, which takes a second to
# import; a number in words does not.
__getattr__, __dir__ = _names_of(__name__, "_public")
