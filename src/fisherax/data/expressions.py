"""Which expressions may stand in a formula's terms, and which columns they use.

Only what computes a row's value from that row alone: names of columns, arithmetic, comparisons, the functions
listed here, and transforms whose constants are found in the data beforehand.
"""

import ast
import keyword
import re
from collections.abc import Iterable
from typing import Any, final

import numpy as np

from .errors import DataError, quoted
from .readers.base import Kind
from .tables import Table, suggestion

MOMENTS = frozenset({"center", "scale", "standardize"})
SHAPES = frozenset({"poly", "bs", "cr", "cs", "cc"})
_CODINGS = frozenset({"Treatment", "Sum", "Helmert", "Diff", "Poly"})
_ROWWISE = {
    "log1p": np.log1p,
    "expm1": np.expm1,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "sin": np.sin,
    "cos": np.cos,
}
_BUILT_IN = frozenset({"log", "log10", "log2", "exp", "exp2", "exp10", "I", "C"})
_FUNCTIONS = MOMENTS | SHAPES | _CODINGS | _BUILT_IN | frozenset(_ROWWISE)
_NODES = (
    *(ast.BinOp, ast.UnaryOp, ast.Compare, ast.Call, ast.Name, ast.Constant, ast.Attribute, ast.keyword),
    *(ast.List, ast.Tuple, ast.Dict, ast.expr_context, ast.operator, ast.unaryop, ast.cmpop),
)
_BACKTICKS = re.compile(r"`([^`]*)`")


def context() -> dict[str, Any]:
    """The functions that formulas have here beyond formulaic's own."""
    return {**_ROWWISE, "cbind": lambda successes, failures: np.stack([successes, failures], axis=1)}


@final
class Names:
    """A Python name for each column; one that is no Python name stands in backticks in a formula.

    Attributes:
        alias: The Python name by column.
        column: The column by Python name.
    """

    def __init__(self, columns: Iterable[str]):
        self.alias = {
            name: name if name.isidentifier() and not keyword.iskeyword(name) else f"_column_{i}_"
            for i, name in enumerate(columns)
        }
        self.column = {alias: name for name, alias in self.alias.items()}

    def aliased(self, text: str) -> str:
        """`text` with every name in backticks replaced by a Python name."""
        return _BACKTICKS.sub(lambda match: self.alias.get(match.group(1), match.group(0)), text)

    def written(self, text: str) -> str:
        """`text` with the columns' own names again, in backticks where they stand among other things."""
        if text in self.column:
            return self.column[text]
        return re.sub(
            r"\b_column_\d+_\b",
            lambda match: (
                f"`{self.column[match.group()]}`" if match.group() in self.column else match.group()
            ),
            text,
        )


@final
class Uses:
    """Which columns the factors of a formula use, and how.

    Attributes:
        columns: All of them.
        categories: Those that are categories: text, or inside ``C(...)``.
        plain: Those that stand outside ``C(...)`` somewhere.
        stateful: The calls whose constants must be found in the data, inner calls first, by how they are
            written.
    """

    def __init__(self, source: str, table: Table, names: Names):
        self._source, self._table, self._kinds, self._names = source, table, table.columns, names
        self.columns: set[str] = set()
        self.categories: set[str] = set()
        self.plain: set[str] = set()
        self.stateful: dict[str, ast.Call] = {}

    def visit(self, factor: Any, *, response: bool) -> None:
        """Note what one factor of a term uses; `response` says whether it stands on the left."""
        method = factor.eval_method.value
        if method == "literal":
            return
        if method == "lookup":
            expression = str(factor.expr)
            column = self._names.column.get(expression, expression)
            self._column(column, coded=self._kinds.get(column) is Kind.TEXT, compared=False)
            return
        try:
            node = ast.parse(factor.expr.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError) as error:
            cause = f"{quoted(self._names.written(factor.expr))} does not parse"
            raise self._refused(cause, "correct the expression") from error
        is_counts = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "cbind"
        if response and is_counts:
            for child in node.args:
                self._walk(child, coded=False, compared=False)
        else:
            self._walk(node, coded=False, compared=False)

    def _walk(self, node: ast.AST, *, coded: bool, compared: bool) -> None:
        if not isinstance(node, _NODES):
            cause = f"{self._shown(node)} cannot stand in a formula"
            raise self._refused(cause, "use arithmetic, comparisons and the functions of formulas")
        if isinstance(node, ast.Name):
            self._column(self._names.column.get(node.id, node.id), coded=coded, compared=compared)
        elif isinstance(node, ast.Attribute):
            self._attribute(node)
        elif isinstance(node, ast.Call):
            self._call(node, coded=coded, compared=compared)
        else:
            compared = compared or isinstance(node, ast.Compare)
            for child in ast.iter_child_nodes(node):
                self._walk(child, coded=coded, compared=compared)

    def _call(self, node: ast.Call, *, coded: bool, compared: bool) -> None:
        if isinstance(node.func, ast.Name):
            self._function(node.func.id)
        elif isinstance(node.func, ast.Attribute):
            self._attribute(node.func)
        else:
            raise self._refused(
                f"{self._shown(node)} cannot stand in a formula", "call a function by its name"
            )
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name == "C" and not (node.args and isinstance(node.args[0], ast.Name)):
            raise self._refused(f"{self._shown(node)} is no column", "C takes a column: add one to the table")
        if name in MOMENTS | SHAPES and not node.args:
            raise self._refused(f"{self._shown(node)} transforms nothing", f"write {name}(column)")
        for i, child in enumerate([*node.args, *node.keywords]):
            self._walk(child, coded=coded or (name == "C" and i == 0), compared=compared)
        if name in MOMENTS | SHAPES:
            self.stateful.setdefault(ast.unparse(node), node)

    def _function(self, name: str) -> None:
        if name in self._kinds:
            raise self._refused(f"{quoted(name)} is a column here, not a function", "rename the column")
        if name in ("offset", "cbind"):
            place = "as a term of its own" if name == "offset" else "on the left, as the whole response"
            raise self._refused(f"{name}(...) stands in the wrong place", f"write it {place}")
        if name not in _FUNCTIONS:
            known = ", ".join(sorted(_FUNCTIONS - _CODINGS))
            raise self._refused(f"there is no function {quoted(name)}", f"formulas know {known} and np.NAME")

    def _attribute(self, node: ast.Attribute) -> None:
        """np.NAME for what NumPy does row by row, contr.NAME for codings of categories."""
        base = node.value.id if isinstance(node.value, ast.Name) else ""
        rowwise = isinstance(getattr(np, node.attr, None), np.ufunc) or node.attr in (
            "where",
            "clip",
            "pi",
            "e",
        )
        if base not in self._kinds and (base == "contr" or (base == "np" and rowwise)):
            return
        raise self._refused(
            f"{self._shown(node)} does not work row by row", "use one that does, as np.sqrt(x)"
        )

    def _column(self, name: str, *, coded: bool, compared: bool) -> None:
        if name not in self._kinds:
            cause = f"there is no column {quoted(name.strip('`'))}"
            raise DataError(self._table.name, cause, suggestion(name.strip("`"), self._kinds))
        kind = self._kinds[name]
        if kind is Kind.TEXT and not coded and not compared:
            raise DataError(
                self._table.name,
                "the column is text, so no number can be computed from it",
                "use it as a category, by its name alone",
                column=name,
            )
        self.columns.add(name)
        if coded or kind is Kind.TEXT:
            self.categories.add(name)
        if not coded:
            self.plain.add(name)

    def _shown(self, node: ast.AST) -> str:
        return quoted(self._names.written(ast.unparse(node)))

    def _refused(self, cause: str, remedy: str) -> DataError:
        return DataError(self._source, cause, remedy)
