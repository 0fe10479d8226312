"""The families by their command-line names: what `fisherax families` lists, known without importing JAX."""

import difflib
from dataclasses import dataclass


@dataclass(frozen=True)
class Named:
    """A family as the command line knows it.

    Attributes:
        name: Its name there.
        distribution: NumPyro's name for it.
        parameters: Each parameter and where it lives, in words.
        support: The key of its support in `supports`.
        known: A parameter that counts, so that it must be given with --fixed.
        columns: Whether an observation is a row of several columns.
        links: The link functions of its regression, the default first; empty where it has none.
        dispersion: The parameter that its regression estimates besides the coefficients.
    """

    name: str
    distribution: str
    parameters: tuple[tuple[str, str], ...]
    support: str
    known: str | None = None
    columns: bool = False
    links: tuple[str, ...] = ()
    dispersion: str | None = None

    @property
    def free(self) -> tuple[str, ...]:
        """The names of the parameters that can be estimated."""
        return tuple(name for name, _ in self.parameters if name != self.known)


_REAL, _POSITIVE, _UNIT = "a real number", "> 0", "between 0 and 1"
_SHARES = "shares that sum to 1"
_LOC_SCALE = (("loc", _REAL), ("scale", _POSITIVE))
_SHAPES = (("concentration1", _POSITIVE), ("concentration0", _POSITIVE))
_SHAPE_RATE = (("concentration", _POSITIVE), ("rate", _POSITIVE))
_TRIALS = ("total_count", "a whole number")
_PROBABILITY_LINKS = ("logit", "probit", "log", "identity")

FAMILIES: tuple[Named, ...] = (
    Named("normal", "Normal", _LOC_SCALE, "real", links=("identity", "log", "inverse"), dispersion="scale"),
    Named("lognormal", "LogNormal", _LOC_SCALE, "positive"),
    Named("student-t", "StudentT", (("df", _POSITIVE), *_LOC_SCALE), "real"),
    Named("cauchy", "Cauchy", _LOC_SCALE, "real"),
    Named("laplace", "Laplace", _LOC_SCALE, "real"),
    Named("logistic", "Logistic", _LOC_SCALE, "real"),
    Named("gumbel", "Gumbel", _LOC_SCALE, "real"),
    Named(
        "gamma",
        "Gamma",
        _SHAPE_RATE,
        "positive",
        links=("inverse", "log", "identity"),
        dispersion="shape",
    ),
    Named("inverse-gamma", "InverseGamma", _SHAPE_RATE, "positive"),
    Named("exponential", "Exponential", (("rate", _POSITIVE),), "nonnegative"),
    Named("weibull", "Weibull", (("scale", _POSITIVE), ("concentration", _POSITIVE)), "positive"),
    Named("beta", "Beta", _SHAPES, "unit"),
    Named("kumaraswamy", "Kumaraswamy", _SHAPES, "unit"),
    Named("half-normal", "HalfNormal", (("scale", _POSITIVE),), "nonnegative"),
    Named("von-mises", "VonMises", (("loc", "an angle"), ("concentration", _POSITIVE)), "angle"),
    Named("bernoulli", "Bernoulli", (("probs", _UNIT),), "binary", links=_PROBABILITY_LINKS),
    Named(
        "binomial",
        "Binomial",
        (_TRIALS, ("probs", _UNIT)),
        "trials",
        known="total_count",
        links=_PROBABILITY_LINKS,
    ),
    Named("geometric", "Geometric", (("probs", _UNIT),), "count"),
    Named("poisson", "Poisson", (("rate", _POSITIVE),), "count", links=("log", "identity")),
    Named(
        "negative-binomial",
        "NegativeBinomial",
        (("total_count", _POSITIVE), ("probs", _UNIT)),
        "count",
        links=("log", "identity"),
        dispersion="concentration",
    ),
    Named("categorical", "Categorical", (("probs", _SHARES),), "category"),
    Named(
        "multinomial",
        "Multinomial",
        (_TRIALS, ("probs", _SHARES)),
        "counts",
        known="total_count",
        columns=True,
    ),
    Named("dirichlet", "Dirichlet", (("concentration", "> 0, for each column"),), "shares", columns=True),
    Named(
        "multivariate-normal",
        "MultivariateNormal",
        (("loc", "a real number for each column"), ("covariance_matrix", "symmetric, positive definite")),
        "real",
        columns=True,
    ),
)

BY_NAME = {family.name: family for family in FAMILIES}

MIXTURE = "-mixture"
_NOT_MIXED = frozenset({"categorical", "bernoulli"})  # a mixture of these is not identified
MIXABLE = tuple(family.name for family in FAMILIES if not family.columns and family.name not in _NOT_MIXED)

# Names that people try, and why there is no such family here.
_IRREGULAR = "the support moves with the parameters, so the Fisher information is undefined"
REFUSED = {
    "uniform": f"uniform is not a regular family: {_IRREGULAR}",
    "pareto": f"pareto is not a regular family: {_IRREGULAR}",
    "truncated-normal": f"truncated-normal is not a regular family: {_IRREGULAR}",
}

_ALSO = {
    "gaussian": "normal",
    "log-normal": "lognormal",
    "t": "student-t",
    "studentt": "student-t",
    "student": "student-t",
    "inversegamma": "inverse-gamma",
    "halfnormal": "half-normal",
    "vonmises": "von-mises",
    "negativebinomial": "negative-binomial",
    "negbin": "negative-binomial",
    "nb": "negative-binomial",
    "multivariatenormal": "multivariate-normal",
    "mvn": "multivariate-normal",
    "gmm": "normal-mixture",
}

REGRESSIONS = tuple(family.name for family in FAMILIES if family.links)


def is_known(name: str) -> bool:
    """Whether this is the name of a family or of a mixture of one."""
    return name in BY_NAME or (name.endswith(MIXTURE) and name.removesuffix(MIXTURE) in MIXABLE)


def canonical(name: str) -> str | None:
    """The command line's own spelling of a family's name, or None if there is no such family."""
    plain = name.strip().lower().replace("_", "-").replace(" ", "-")
    plain = _ALSO.get(plain, plain)
    return plain if is_known(plain) else None


def complaint(name: str) -> tuple[str, str]:
    """Why `name` is no family, and what to do about it."""
    plain = name.strip().lower().replace("_", "-")
    if plain in REFUSED:
        return REFUSED[plain], "choose another family (fisherax families lists them)"
    near = difflib.get_close_matches(plain, [*BY_NAME, *_ALSO, *(f"{n}{MIXTURE}" for n in MIXABLE)], n=2)
    names = list(dict.fromkeys(_ALSO.get(n, n) for n in near))
    hint = f"did you mean {' or '.join(names)}?" if names else "fisherax families lists the names"
    return f"there is no family {name!r}", hint


def completions(incomplete: str) -> list[str]:
    """The names that begin like this, for the shell."""
    names = [*BY_NAME, *(f"{name}{MIXTURE}" for name in MIXABLE)]
    return [name for name in names if name.startswith(incomplete.lower())]
