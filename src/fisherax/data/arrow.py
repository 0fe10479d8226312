"""Arrow's compute functions. They are made at run time, where a type checker cannot see them."""

from typing import Any

import pyarrow.compute

compute: Any = pyarrow.compute
