"""What a formula's columns owe to the data: levels of categories, means and scales, knots of splines.

All of it is found in a first pass, and fixed. Afterwards a row's entries in the design matrix depend on that
row alone, so a stream and the whole table give the same numbers, bit for bit. The first pass always cuts the
table in the same way, whatever is done later.

Levels, means and scales take memory that does not grow with the table. Polynomials and splines need their one
argument whole: 8 bytes for a row, and about 150 while the knots are found.
"""

import ast
import gc
import keyword
import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from formulaic import ModelSpec

from .batches import Batch, Batches
from .errors import DataError, one_line, quoted
from .expressions import MOMENTS, context
from .formulas import Parsed

MAX_LEVELS = 1_000


@dataclass(frozen=True)
class FirstPass:
    """What the data fix.

    Attributes:
        levels: The sorted values of each column of categories.
        states: formulaic's state of each transform that has one, by the call as it is written.
        num_rows: The number of rows used, where it was counted.
        dropped: The number of rows left out, where it was counted.
    """

    levels: dict[str, list[Any]]
    states: dict[str, dict[str, Any]]
    num_rows: int | None
    dropped: int | None


def first_pass(parsed: Parsed, batches: Batches) -> FirstPass:
    """Levels and states; the table is not read at all where the formula asks for neither."""
    levels: dict[str, list[Any]] = {}
    num_rows = dropped = None
    if parsed.categories:
        levels, num_rows, dropped = _levels(parsed, batches)
    states: dict[str, dict[str, Any]] = {}
    for node in parsed.stateful:
        call = ast.unparse(node)
        argument = ModelSpec.from_spec(
            f"0 + I({ast.unparse(node.args[0])})",
            output="numpy",
            na_action="ignore",
            transform_state=dict(states),
        )
        shown = Call(node, parsed.names.written(call), parsed.source)
        values = (
            _one_column(shown, evaluate(argument, frame(batch, parsed, levels), parsed)) for batch in batches
        )
        states[call] = _moments(shown, values) if shown.function in MOMENTS else _shape(shown, values, parsed)
    return FirstPass(levels, states, num_rows, dropped)


@dataclass(frozen=True)
class Call:
    """A call of a transform in a formula."""

    node: ast.Call
    written: str
    source: str

    @property
    def function(self) -> str:
        """The transform's name."""
        assert isinstance(self.node.func, ast.Name)
        return self.node.func.id

    def error(self, cause: str, remedy: str) -> DataError:
        """What is wrong with the call."""
        return DataError(self.source, f"{quoted(self.written)} {cause}", remedy)

    def literals(self, names: tuple[str, ...]) -> dict[str, Any]:
        """The arguments after the first, called `names` in this order."""
        given = [
            *zip(names, self.node.args[1:], strict=False),
            *((k.arg, k.value) for k in self.node.keywords),
        ]
        try:
            return {str(name): ast.literal_eval(value) for name, value in given}
        except ValueError as error:
            raise self.error("takes True, False or a number", "write one of these") from error


def frame(batch: Batch, parsed: Parsed, levels: dict[str, list[Any]]) -> pd.DataFrame:
    """A batch as formulaic takes it, each category with all of its levels."""
    columns = {}
    for name, values in batch.columns.items():
        if isinstance(values, pd.Categorical):
            values = values.set_categories(pd.Index(levels[name], dtype=object))
        elif name in parsed.coded and isinstance(levels[name][0], int):
            values = values.astype(np.int64)
        columns[parsed.names.alias[name]] = values
    return pd.DataFrame(columns)


def evaluate(spec: Any, data: pd.DataFrame, parsed: Parsed) -> Any:
    """The matrix (or matrices) of a formula; what its expressions raise becomes one sentence.

    A logarithm of a negative number warns nobody here: whoever uses the numbers must look for NaN.
    """
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            matrices = spec.get_model_matrix(data, context=context())
    except MemoryError:
        raise
    except Exception as error:  # any exception at all: the expressions are the user's
        reason = one_line(parsed.names.written(str(error).split("\n", 1)[0]))[:200].rstrip(".")
        words = [name for name in parsed.names.alias if keyword.iskeyword(name)]
        bare = next((word for word in words if re.search(rf"(?<![\w`]){word}(?![\w`])", parsed.text)), None)
        remedy = f"write {bare}, a word of Python's, as `{bare}`" if bare else "correct the expression"
        raise DataError(parsed.source, f"it cannot be evaluated ({reason})", remedy) from error
    # What formulaic made for this refers to itself and to the data: a stream would wait for Python's rarest collection
    # to be rid of its batches. Here it is young, and found in less than a millisecond.
    gc.collect(1)
    return matrices


def _levels(parsed: Parsed, batches: Batches) -> tuple[dict[str, list[Any]], int, int]:
    found: dict[str, set[Any]] = {name: set() for name in parsed.categories}
    num_rows = dropped = 0
    for batch in batches:
        num_rows, dropped = num_rows + len(batch), batch.dropped
        for name, seen in found.items():
            values = batch[name]
            if isinstance(values, pd.Categorical):
                seen.update(values.categories)
            else:
                seen.update(np.unique(values).tolist())
            if len(seen) > MAX_LEVELS:
                raise DataError(
                    batches.reader.name,
                    f"the column has more than {MAX_LEVELS} different values, too many for categories",
                    "leave it out of the formula, or group its values",
                    column=name,
                )
    for name, seen in found.items():
        if len(seen) == 1:
            raise DataError(
                batches.reader.name,
                f"the column has one value only ({quoted(next(iter(seen)))}), so there is nothing to compare",
                "leave it out of the formula",
                column=name,
            )
    return {name: _sorted_levels(name, seen, parsed.coded) for name, seen in found.items()}, num_rows, dropped


def _sorted_levels(name: str, seen: set[Any], coded: frozenset[str]) -> list[Any]:
    """Whole numbers lose their ``.0`` where they are nothing but labels."""
    levels = sorted(seen)
    if name in coded and all(isinstance(x, float) and x.is_integer() and abs(x) < 2**53 for x in levels):
        return [int(x) for x in levels]
    return levels


def _one_column(call: Call, matrix: Any) -> np.ndarray:
    values = np.asarray(matrix, np.float64)
    if values.ndim != 2 or values.shape[1] != 1:
        raise call.error("transforms more than one column", "transform one")
    if not np.isfinite(values).all():
        raise call.error("meets values that are not finite", "leave such rows out, or change what is inside")
    return values[:, 0]


def _moments(call: Call, values: Iterable[np.ndarray]) -> dict[str, Any]:
    """The state of center, scale and standardize, from n, the mean and S = Σ(x − mean)².

    Two groups of rows together have the mean m₁ + δ n₂/n and S₁ + S₂ + δ² n₁n₂/n, where δ = m₂ − m₁ (Chan,
    Golub and LeVeque 1983, eq. 2.1). Large sums are never subtracted.
    """
    n, mean, total = 0, 0.0, 0.0
    for x in values:
        size, centre = len(x), float(np.mean(x))
        delta = centre - mean
        total += float(np.sum((x - centre) ** 2)) + delta**2 * size * n / (n + size)
        n += size
        mean += delta * size / n
    if call.function == "center":
        options: dict[str, Any] = {"center": True, "scale": False, "ddof": 1}
    elif call.function == "scale":
        options = {"center": True, "scale": True, "ddof": 1}
        options |= call.literals(("center", "scale", "ddof"))
    else:
        options = {"center": True, "rescale": True, "ddof": 0}
        options |= call.literals(("center", "rescale", "ddof"))
        options["scale"] = options.pop("rescale")
    about = mean if options["center"] is True else float(options["center"])
    spread = options["scale"]
    if spread is True:
        # Without centring, the scale is the root mean square about 0; else about the centre.
        square = (total + n * (mean - about) ** 2) / max(n - options["ddof"], 1)
        spread = np.float64(np.sqrt(square))
        if not spread > 0:
            raise call.error("has no spread to scale by", "leave the term out")
    return {
        "ddof": options["ddof"],
        "center": None if options["center"] is False else np.float64(about),
        "scale": None if spread is False else np.float64(spread),
    }


def _shape(call: Call, values: Iterable[np.ndarray], parsed: Parsed) -> dict[str, Any]:
    """The state of a polynomial or spline, which formulaic finds in the whole column."""
    options = [ast.unparse(part) for part in [*call.node.args[1:], *call.node.keywords]]
    written = f"{call.function}({', '.join(['x', *options])})"
    spec = ModelSpec.from_spec(f"0 + {written}", output="numpy", na_action="ignore")
    matrix = evaluate(spec, pd.DataFrame({"x": np.concatenate(list(values))}), parsed)
    return next(iter(matrix.model_spec.transform_state.values()), {})
