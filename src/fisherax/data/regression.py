"""Regression by formula: a formula and a table made into a model, its data, and a fit.

Apart from this file and its neighbours `tally` and `separation`, the folder knows no statistics; `fisherax.data` itself
does not import it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpyro.distributions import constraints as C

from ..inference import Fit, fit
from ..inference.observations import LARGEST_WEIGHT
from ..inference.streams import Weighted
from ..models import heads
from ..models.base import Head
from ..models.conditional import Conditional
from ..models.linear import LinearPredictor
from .checks import check_cells, check_support
from .designs import Design, DesignRows, make_design
from .errors import DataError, quoted
from .tables import open_table
from .tally import Tally

# The head by name, and the parameter that it estimates besides the coefficients.
_HEADS: dict[str, tuple[type[Head], str | None]] = {
    "normal": (heads.Normal, "scale"),
    "bernoulli": (heads.Bernoulli, None),
    "binomial": (heads.Bernoulli, None),
    "poisson": (heads.Poisson, None),
    "gamma": (heads.Gamma, "shape"),
    "negative-binomial": (heads.NegativeBinomial, "concentration"),
}
STREAM_ROWS = 65_536
LARGEST = 1e150


@final
@dataclass(frozen=True, eq=False)
class Regression:
    """A generalised linear model of a design: what to fit, to which data.

    Attributes:
        design: The formula, made into columns.
        model: The linear predictor in front of its head.
    """

    design: Design
    model: Conditional

    @property
    def num_parameters(self) -> int:
        """The coefficients, and the head's own parameter if it has one."""
        return self.design.num_columns + (self._predictor.dispersion is not None)

    @property
    def _predictor(self) -> LinearPredictor:
        predictor = self.model.apply
        assert isinstance(predictor, LinearPredictor)
        return predictor

    def read(self) -> DesignRows:
        """All rows, checked one by one and as a whole (see `Tally.check`).

        Raises:
            DataError: The data cannot be used.
        """
        rows = self.design.read()
        self.check_values(rows)
        tally = Tally(self)
        tally.add(rows)
        tally.check(lambda: [rows])
        return rows

    def check_values(self, rows: DesignRows) -> None:
        """Every response lies in the head's support, and no number is so large that its square is none.

        Raises:
            DataError: One does not, or is.
        """
        head, design = self.model.head, self.design
        for name, values in zip(
            (*design.column_names, design.response), (*rows.matrix.T, rows.response), strict=True
        ):
            small = np.abs(values) <= LARGEST
            check_cells(design.table, name, small, values, rows.positions, "too large to compute with")
        if rows.weights is not None:
            small = rows.weights <= LARGEST_WEIGHT
            check_cells(
                design.table, "weights", small, rows.weights, rows.positions, "too large to compute with"
            )
        y, positions = rows.response, rows.positions
        if isinstance(head, heads.Normal) or rows.trials is not None:
            return
        if isinstance(head, heads.Bernoulli):
            says = "the response must be 0 or 1, or written cbind(successes, failures)"
            check_cells(design.table, design.response, (y == 0) | (y == 1), y, positions, says)
            return
        positive = isinstance(head, heads.Gamma)
        check_support(
            design.table,
            design.response,
            y,
            (lambda y: y > 0) if positive else (lambda y: (y >= 0) & (y == np.floor(y))),
            family=type(head).__name__,
            support="positive numbers" if positive else "whole numbers from 0",
            positions=positions,
        )

    def arrays(self, rows: DesignRows) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """(inputs, targets), as `fit` takes them."""
        inputs = {"x": rows.matrix}
        if rows.offset is not None:
            inputs["offset"] = rows.offset
        if rows.trials is not None:
            inputs["trials"] = rows.trials
        return inputs, rows.response

    def stream(
        self, rows: int = STREAM_ROWS, progress: Callable[[float], None] | None = None
    ) -> "RegressionStream":
        """The same in batches, for any number of passes in bounded memory."""
        return RegressionStream(self, rows, progress)


@final
class RegressionStream:
    """Batches of a regression; each `iter` is a pass, which tells `progress` how far it is, from 0 to 1.

    The first pass checks every row, and at its end what can only be said of all of them (see `Tally.check`).

    Attributes:
        tally: What the first pass found, once it is complete.
    """

    def __init__(self, regression: Regression, rows: int, progress: Callable[[float], None] | None):
        self.regression, self.rows, self.progress = regression, rows, progress
        self.tally: Tally | None = None

    def __iter__(self) -> Iterator[Any]:
        tally = Tally(self.regression) if self.tally is None else None
        batches = self.regression.design.batches(self.rows)
        for rows, done in batches.with_progress():
            if tally is not None:
                self.regression.check_values(rows)
                tally.add(rows)
            data = self.regression.arrays(rows)
            yield data if rows.weights is None else Weighted(data, rows.weights)
            if self.progress is not None:
                self.progress(done)
        if tally is not None:
            tally.check(lambda: batches)
            self.tally = tally


def regression(design: Design, head: str | Head = "normal", link: str | None = None) -> Regression:
    """The generalised linear model of a design.

    Args:
        design: The formula, made into columns.
        head: A name ("normal", "bernoulli", "binomial", "poisson", "gamma", "negative-binomial"), or a head.
        link: The link's name, for a head by name; the head's own default where it is None.

    Raises:
        ValueError: There is no such head or link, or the response does not go with it.
    """
    dispersion: str | None
    if isinstance(head, str):
        name = head.lower().replace("_", "-")
        if name not in _HEADS:
            raise ValueError(f"There is no regression for {head!r}; there is one for {', '.join(_HEADS)}.")
        kind, dispersion = _HEADS[name]
        made = kind() if link is None else kind(link=link)  # pyright: ignore[reportCallIssue]
    else:
        if link is not None:
            raise ValueError(
                f"glm: {head!r} has a link of its own: give the link to it, or name the head in words."
            )
        made, dispersion = head, _free_dispersion(head)
    binomial = isinstance(made, heads.Bernoulli | heads.Binomial)
    if design.has_trials and not binomial:
        raise DataError(
            f"formula {quoted(design.formula, 80)}",
            f"cbind(successes, failures) goes with a binomial family, not with {type(made).__name__}",
            "choose --family binomial, or name one column",
        )
    if isinstance(made, heads.Binomial) and not design.has_trials:
        raise ValueError("glm: a Binomial head needs its trials: write cbind(successes, failures) ~ ...")
    if design.has_trials and isinstance(made, heads.Bernoulli):
        made = heads.Binomial(made.link)
    predictor = LinearPredictor(design.column_names, dispersion, trials=design.has_trials)
    constraints = {} if dispersion is None else {dispersion: C.positive}
    return Regression(design, Conditional(predictor, made, constraints))


def _free_dispersion(head: Head) -> str | None:
    for kind, name in _HEADS.values():
        if name is not None and isinstance(head, kind):
            return name if getattr(head, name) is None else None
    return None


def glm(
    formula: str,
    data: Any,
    head: str | Head = "normal",
    *,
    link: str | None = None,
    weights: str | None = None,
    offset: str | None = None,
    drop_missing: bool = False,
    stream: bool = False,
    progress: Callable[[int, float, float], None] | None = None,
    max_iterations: int = 200,
) -> Fit:
    r"""Regression by formula: a generalised linear model fitted to a table by maximum likelihood.

    $$ y_i \sim p(\cdot \mid \mu_i), \qquad \mathrm{link}(\mu_i) = x_i^\top \beta + \mathrm{offset}_i $$

    Args:
        formula: ``response ~ terms``; `fisherax.data.formulas` says what may stand in one. For a binomial
            response of several trials write ``cbind(successes, failures) ~ ...``.
        data: A path, the name of a bundled data set, a pandas or Arrow table, or a mapping of columns.
        head: "normal", "bernoulli", "binomial", "poisson", "gamma" or "negative-binomial", or a head of
            `fisherax.heads`. The scale of a Normal, the shape of a Gamma and the concentration of a negative
            binomial are estimated with the coefficients.
        link: "identity", "log", "logit", "probit" or "inverse"; the head's canonical link by default (the
            logarithm for a negative binomial).
        weights: A column, or an expression of columns, with the number of times each row counts.
        offset: A column or an expression added to the linear predictor, besides any ``offset(...)`` in the
            formula.
        drop_missing: Leave out rows with a missing value in a column that is used.
        stream: Read the table in batches, again in each iteration, instead of keeping it in memory.
        progress: Called with (iteration, log-likelihood, decrement) after each pass.
        max_iterations: Passes allowed.

    Returns:
        A `Fit`, whose `params` are ``{"coefficients": (p,)}`` and, where there is one, the head's own
        parameter. Look at its `status` first.

    Raises:
        DataError: The formula or the data cannot be used; one line names the row and the column.
        ValueError: There is no such head or link.

    Examples:
        >>> import fisherax as fx
        >>> fitted = fx.glm("incidents ~ type + offset(log(service))", "ships", head="poisson")
        >>> fitted.names[:2], round(float(fitted.values[1]), 4)
        (('Intercept', 'type[T.B]'), -0.8837)

    References:
        McCullagh and Nelder (1989), Generalized Linear Models, 2nd ed., chapter 2.
    """
    table = open_table(data)
    design = make_design(formula, table, weights=weights, offset=offset, drop_missing=drop_missing)
    wanted = regression(design, head, link)
    if stream:
        return fit(wanted.model, wanted.stream(), progress=progress, max_iterations=max_iterations)
    rows = wanted.read()
    return fit(
        wanted.model,
        wanted.arrays(rows),
        weights=rows.weights,
        progress=progress,
        max_iterations=max_iterations,
    )
