"""formulaic's specification of a design, made on a few rows that stand for all, and its categories."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from formulaic import ModelSpec
from formulaic.transforms.contrasts import TreatmentContrasts

from .batches import Batch
from .encodings import FirstPass, evaluate, frame
from .formulas import Parsed


@dataclass(frozen=True)
class Encoding:
    """How a category became columns.

    Attributes:
        factor: The category as the formula writes it.
        levels: Its values, in order.
        coding: The name of the coding, such as ``"treatment"``.
        reference: The level that the others are compared with; None where every level has a column.
    """

    factor: str
    levels: tuple[str, ...]
    coding: str
    reference: str | None


def specification(parsed: Parsed, fixed: FirstPass, batch: Batch) -> Any:
    """formulaic's specification, made on a few rows that show every level of every category."""
    rows = max([2, *(len(levels) for levels in fixed.levels.values())])
    columns: dict[str, Any] = {}
    for name, values in batch.columns.items():
        if isinstance(values, pd.Categorical):
            levels = fixed.levels[name]
            index = pd.Index(levels, dtype=object)
            columns[name] = pd.Categorical.from_codes(
                np.resize(np.arange(len(levels)), rows), categories=index
            )
        elif name in fixed.levels:
            columns[name] = np.resize(np.asarray(fixed.levels[name], np.float64), rows)
        else:
            columns[name] = np.resize(values, rows)
    few = frame(Batch(columns, np.arange(rows), 1.0, 0), parsed, fixed.levels)
    spec = ModelSpec.from_spec(
        parsed.parts, output="numpy", na_action="ignore", transform_state=dict(fixed.states)
    )
    return evaluate(spec, few, parsed).model_spec


def encodings_of(parsed: Parsed, right: Any) -> tuple[Encoding, ...]:
    """The categories of the right side, as formulaic coded them."""
    reduced: dict[str, bool] = {}
    for term in right.structure:
        for scoped in term.scoped_terms:
            for factor in scoped.factors:
                reduced[factor.factor.expr] = reduced.get(factor.factor.expr, False) or factor.reduced
    found = []
    for factor, (_, state) in right.encoder_state.items():
        if "contrasts" not in state:
            continue
        coding, levels = state["contrasts"].contrasts, [str(level) for level in state["categories"]]
        reference = None
        if isinstance(coding, TreatmentContrasts) and reduced.get(factor, False):
            reference = levels[0] if coding.base not in state["categories"] else str(coding.base)
        name = type(coding).__name__.removesuffix("Contrasts").lower()
        found.append(Encoding(parsed.names.written(factor), tuple(levels), name, reference))
    return tuple(found)
