"""What a person asked for: the arguments of `fisherax fit` after the shell, before any data are read."""

import enum
from dataclasses import dataclass, field
from typing import Any

from . import family_names
from .assignments import Assignments
from .errors import InputError
from .family_names import BY_NAME, MIXTURE, Named


class Method(enum.StrEnum):
    """How intervals are made."""

    wald = "wald"
    score = "score"
    profile = "profile"


class Covariance(enum.StrEnum):
    """The covariance behind standard errors and Wald intervals."""

    expected = "expected"
    observed = "observed"
    opg = "opg"
    sandwich = "sandwich"
    clustered = "clustered"


class LinkName(enum.StrEnum):
    """The function of the mean that a regression makes linear."""

    identity = "identity"
    log = "log"
    logit = "logit"
    probit = "probit"
    inverse = "inverse"


@dataclass(frozen=True)
class Request:
    """What to fit to what, and what to say about it.

    Attributes:
        data: A path, "-", or the name of a bundled data set.
        family: The family, or that of a mixture's components.
        components: How many components a mixture has; None for a family by itself.
        formula: The formula of a regression; None for a family.
        columns: The columns that a family is fitted to; empty where they are to be found.
        link: The link of a regression, or None for its default.
        fixed: Parameters held at values.
        weights, offset, clusters: Columns, or None.
        level: The level of intervals.
        method: How intervals are made.
        covariance: The covariance behind standard errors.
        drop_missing: Leave out rows with missing values.
        stream: Read the table in pieces even if it is small.
        text: How a text file is written: arguments of `open_table`.
    """

    data: str
    family: Named
    components: int | None
    formula: str | None
    columns: tuple[str, ...]
    link: str | None
    fixed: Assignments = field(default_factory=dict)
    weights: str | None = None
    offset: str | None = None
    clusters: str | None = None
    level: float = 0.95
    method: Method = Method.wald
    covariance: Covariance = Covariance.expected
    drop_missing: bool = False
    stream: bool = False
    text: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 < self.level < 1:
            percent = (
                f"{self.level:g} percent is --level {self.level / 100:g}" if 1 < self.level < 100 else ""
            )
            raise InputError(f"the level of an interval lies between 0 and 1, not {self.level:g}", percent)
        if (self.covariance is Covariance.clustered) != (self.clusters is not None):
            raise InputError(
                "a clustered covariance needs the column that names the clusters",
                "add --clusters COLUMN",
            )
        if self.clusters is not None and self.method is not Method.wald:
            raise InputError("clustered standard errors give Wald intervals only", "leave out --method")
        if self.formula is None:
            self._check_family()
        else:
            self._check_regression()

    def _check_family(self) -> None:
        for option, value in (("--link", self.link), ("--offset", self.offset)):
            if value is not None:
                raise InputError(f"{option} belongs to a regression", "give a formula, such as 'y ~ 1'")
        for name in self.fixed:
            if name not in dict(self.family.parameters):
                names = ", ".join(name for name, _ in self.family.parameters)
                raise InputError(f"--fixed: {self.family.name} has no parameter {name!r}", f"it has {names}")
        if all(name in self.fixed for name in self.family.free) and self.components is None:
            raise InputError(f"--fixed: no parameter of {self.family.name} is left to be estimated")
        if self.family.known is not None and self.family.known not in self.fixed and not self.family.columns:
            raise InputError(
                f"the {self.family.known} of {self.family.name} is a count, known beforehand",
                f"add --fixed {self.family.known}=N",
            )
        if not self.family.columns and len(self.columns) > 1:
            raise InputError(
                f"{self.family.name} is a distribution of one number, not of {len(self.columns)} columns",
                "name one column",
            )

    def _check_regression(self) -> None:
        if self.components is not None or not self.family.links:
            name = self.family.name + (MIXTURE if self.components is not None else "")
            raise InputError(
                f"there is no regression for {name}",
                f"choose one of {', '.join(family_names.REGRESSIONS)}, or name a column instead of a formula",
            )
        if self.columns:
            raise InputError("--column names what a family is fitted to, but a formula is given", "drop one")
        if self.link is not None and self.link not in self.family.links:
            raise InputError(
                f"--link {self.link} does not go with {self.family.name}",
                f"its links are {', '.join(self.family.links)}",
            )
        for name in self.fixed:
            if name != self.family.dispersion:
                has = self.family.dispersion
                hint = f"only {has} can be" if has else "it has no parameter beside the coefficients"
                raise InputError(
                    f"--fixed: {name} cannot be held fixed in a {self.family.name} regression", hint
                )

    @property
    def family_name(self) -> str:
        """The family as it was named."""
        return self.family.name + (MIXTURE if self.components is not None else "")

    @property
    def num_free(self) -> int | None:
        """The number of free parameters, where it does not depend on the data."""
        if self.family.columns or self.family.support == "category":
            return None
        free = sum(name not in self.fixed for name in self.family.free)
        k = self.components
        return free if k is None else k * free + k - 1


def family_of(name: str, components: int | None) -> tuple[Named, int | None]:
    """The family by its name, and the number of components if it is a mixture.

    Raises:
        InputError: There is no such family.
    """
    known = family_names.canonical(name)
    if known is None:
        raise InputError(*family_names.complaint(name))
    if known in BY_NAME:
        if components is not None:
            raise InputError("--components belongs to a mixture", f"choose --family {known}{MIXTURE}")
        return BY_NAME[known], None
    components = 2 if components is None else components
    if components < 1:
        raise InputError(f"a mixture needs at least one component, not {components}")
    return BY_NAME[known.removesuffix(MIXTURE)], components
