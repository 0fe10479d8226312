"""What a formula says: its response, terms, offsets, and the columns that it needs.

    response ~ term + term + ...       an intercept is included; `- 1` or `0 +` leaves it out
    a:b, a*b, (a + b)**2               interactions
    log(x), I(x**2), np.sqrt(x)        functions that work row by row
    C(x), C(x, Treatment("b"))         categories; a text column is one by itself
    center(x), scale(x), poly(x, 2)    transforms whose constants are found in the data
    bs(x, df=5), cr(x, df=4)           splines
    offset(log(t))                     a term whose coefficient is 1
    cbind(dead, alive) ~ ...           successes and failures, for a Binomial response
    `a name with spaces`               a column whose name is no Python name
    y ~ .                              all other columns

The terms are formulaic's. What stands in a term is a Python expression, and only such expressions are let
through as give a row's value from that row alone: then a stream of batches and the whole table agree, and a
formula cannot run code of its own.
"""

import ast
import re
from dataclasses import dataclass
from typing import Any

from formulaic import Formula, SimpleFormula
from formulaic.errors import FormulaicError

from .errors import DataError, listed, one_line, quoted
from .expressions import Names, Uses
from .readers.base import Kind
from .tables import Table

_make_formula: Any = Formula  # its metaclass picks the class to make, which no type checker follows


@dataclass(frozen=True)
class Parsed:
    """A formula, checked against the columns of a table.

    Attributes:
        text: The formula as it was written.
        parts: formulaic's formula, in the parts ``lhs``, ``rhs`` and, if there are any, ``offset`` and
            ``weights``.
        names: The Python name of each column.
        response: The response as it was written.
        counts: Whether the response is ``cbind(successes, failures)``.
        columns: The columns needed, in the order of the table.
        categories: Those of them that are categories: text, or inside ``C(...)``.
        coded: Those that stand inside ``C(...)`` and nowhere else.
        stateful: The calls whose constants must be found in the data, inner calls before outer ones.
    """

    text: str
    parts: Any
    names: Names
    response: str
    counts: bool
    columns: tuple[str, ...]
    categories: tuple[str, ...]
    coded: frozenset[str]
    stateful: tuple[ast.Call, ...]

    @property
    def source(self) -> str:
        """What messages call the formula."""
        return _source(self.text)


def parse(text: str, table: Table, *, weights: str | None = None, offset: str | None = None) -> Parsed:
    """Read a formula and check every name in it.

    Args:
        text: The formula.
        table: The table whose columns it may name.
        weights: An expression for the weight of each row.
        offset: An expression that is added to the offsets of the formula.

    Raises:
        DataError: The formula does not parse, names an unknown column, or has no response or term.
    """
    source, names = _source(text), Names(table.columns)
    if text.partition("~")[1] and not text.rpartition("~")[2].strip():
        raise DataError(source, "there is nothing on the right", "write at least 1, for an intercept")
    left, right = _sides(source, _formula(source, names.aliased(text), names))
    terms, offsets = _split_offsets(source, right, names)
    if offset is not None:
        offsets.append(names.aliased(offset))
    if not terms:
        raise DataError(source, "there is no term on the right", "write at least 1, for an intercept")
    counts = _check_response(source, left, table.columns, names)
    parts: dict[str, Any] = {"lhs": left, "rhs": SimpleFormula(terms, _ordering="none")}
    if offsets:
        parts["offset"] = _sum(source, offsets, names)
    if weights is not None:
        parts["weights"] = _sum(source, [names.aliased(weights)], names)
    uses = Uses(source, table, names)
    for part, formula in parts.items():
        for term in formula:
            for factor in term.factors:
                uses.visit(factor, response=part == "lhs")
        if part == "lhs" and not uses.columns:
            raise DataError(source, "the response names no column", "write it as 'response ~ term + term'")
    return Parsed(
        text=text,
        parts=_make_formula(**parts),
        names=names,
        response=names.written(str(left[0])),
        counts=counts,
        columns=tuple(name for name in table.columns if name in uses.columns),
        categories=tuple(name for name in table.columns if name in uses.categories),
        coded=frozenset(uses.categories - uses.plain),
        stateful=tuple(uses.stateful.values()),
    )


def _source(text: str) -> str:
    return f"formula {quoted(text, 80)}"


def _formula(source: str, text: str, names: Names) -> Any:
    try:
        return _make_formula(text, _context={"__formulaic_variables_available__": list(names.alias.values())})
    except MemoryError:
        raise
    except Exception as error:  # formulaic's parser meets some brackets with an AttributeError, for one
        reason = "look at its brackets and operators"
        if isinstance(error, FormulaicError):
            plain = re.sub(r"\x1b?\[[0-9;]*m", "", str(error).split("\n", 1)[0])
            reason = one_line(names.written(plain)).rstrip(".")[:160]
        raise DataError(
            source, f"it does not parse ({reason})", "write it as 'response ~ term + term'"
        ) from error


def _sides(source: str, formula: Any) -> tuple[SimpleFormula, SimpleFormula]:
    left, right = getattr(formula, "lhs", None), getattr(formula, "rhs", None)
    if left is None or right is None or (isinstance(left, SimpleFormula) and not len(left)):
        raise DataError(source, "there is no response", "write it as 'response ~ term + term'")
    if not isinstance(left, SimpleFormula) or not isinstance(right, SimpleFormula):
        raise DataError(source, "it has more than two sides", "write it as 'response ~ term + term'")
    return left, right


def _split_offsets(source: str, right: SimpleFormula, names: Names) -> tuple[list[Any], list[str]]:
    """The terms with a coefficient, and the expressions inside offset(...)."""
    terms, offsets = [], []
    for term in right:
        calls = [_call(factor.expr, "offset") for factor in term.factors]
        if all(call is None for call in calls):
            terms.append(term)
            continue
        call = calls[0]
        if len(calls) > 1 or call is None or len(call.args) != 1 or call.keywords:
            raise DataError(
                source,
                f"{quoted(names.written(str(term)))} is no offset",
                "write '+ offset(expression)' as a term of its own",
            )
        offsets.append(ast.unparse(call.args[0]))
    return terms, offsets


def _check_response(source: str, left: SimpleFormula, kinds: dict[str, Kind], names: Names) -> bool:
    """One response, or successes and failures; True for the latter."""
    if len(left) != 1 or len(left[0].factors) != 1:
        terms = listed([names.written(str(term)) for term in left])
        raise DataError(
            source,
            f"the response must be one expression, but it is {terms}",
            "for successes and failures write cbind(successes, failures) ~ ..., for a sum I(a + b) ~ ...",
        )
    expression = left[0].factors[0].expr
    call = _call(expression, "cbind")
    if call is not None:
        if len(call.args) != 2 or call.keywords:
            raise DataError(source, "cbind takes two columns", "write cbind(successes, failures) ~ ...")
        return True
    column = names.column.get(expression, expression)
    if kinds.get(column) is Kind.TEXT:
        raise DataError(
            source,
            f"the response {quoted(column)} is text",
            f"for the probability of one of its values write I({names.written(expression)} == 'value') ~ ...",
        )
    return False


def _sum(source: str, expressions: list[str], names: Names) -> SimpleFormula:
    """The sum of some expressions, as a formula with one column."""
    whole = " + ".join(f"({expression})" for expression in expressions)
    shown = quoted(names.written(" + ".join(expressions)))
    try:
        ast.parse(whole, mode="eval")
        formula = _make_formula(f"0 + I({whole})")
    except MemoryError:
        raise
    except Exception as error:
        raise DataError(source, f"{shown} does not parse", "write a column or an expression") from error
    if not isinstance(formula, SimpleFormula) or len(formula) != 1:
        raise DataError(source, f"{shown} is more than one expression", "write one without ~ or |")
    return formula


def _call(expression: str, function: str) -> ast.Call | None:
    """The call, where `expression` is one of `function`."""
    try:
        node = ast.parse(expression.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        return None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == function:
        return node
    return None
