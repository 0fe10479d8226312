"""A model and its data in words."""

from typing import Any

import numpy as np

from ..models.linear import LinearPredictor
from ..models.links import Link
from .numbers import listing, whole

_REGRESSIONS = {
    "Normal": "Normal regression",
    "Bernoulli": "Bernoulli regression",
    "Binomial": "Binomial regression",
    "Poisson": "Poisson regression",
    "Gamma": "Gamma regression",
    "NegativeBinomial": "Negative binomial regression",
    "Categorical": "Categorical regression",
}
_MOST_NAMES = 8


def describe_model(model: Any) -> str:
    """The name of a model: ``Gamma``, ``Poisson regression, log link``."""
    name = getattr(model, "name", None)
    if isinstance(name, str) and name:
        return name
    head = getattr(model, "head", model)
    kind = getattr(head, "name", None) or type(head).__name__
    link = getattr(head, "link", None)
    if isinstance(getattr(model, "apply", None), LinearPredictor):
        text = _REGRESSIONS.get(kind, f"{kind} regression")
        return f"{text}, {link.name} link" if isinstance(link, Link) else text
    return f"Model with a {kind} head"


def describe_parameters(fit: Any) -> str:
    """The free parameters, and those that were held fixed."""
    names = list(fit.names)
    shown = names if len(names) <= _MOST_NAMES else [*names[: _MOST_NAMES - 1], "…", names[-1]]
    text = f"{len(names)} estimated: {', '.join(shown)}"
    fixed = getattr(fit.model, "fixed", None) or {}
    if fixed:
        values = (
            f"{key} = {np.array2string(np.asarray(value), threshold=6)}" for key, value in fixed.items()
        )
        text += f"; fixed: {', '.join(values)}"
    return text


def describe_data(fit: Any, data_name: str | None, response: str | None, formula: str | None) -> str:
    """What was fitted to what, in a sentence or two."""
    count = whole(float(fit.num_observations))
    what = f"{count} observations" + (f" of {response}" if response else "")
    where = f" from {data_name}" if data_name else ""
    predictor = getattr(fit.model, "apply", None)
    if isinstance(predictor, LinearPredictor):
        link = getattr(fit.model.head, "link", None)
        mean = _LINKED.get(link.name, "{0}") if isinstance(link, Link) else "{0}"
        of = (
            "the probability of "
            if fit.model.head.__class__.__name__ in ("Bernoulli", "Binomial")
            else "the mean of "
        )
        left = mean.format(of + (response or "the response"))
        right = "the formula's terms" if formula else listing(predictor.names[:_MOST_NAMES])
        return (
            f"{describe_model(fit.model)} on {what}{where}: {left} is a sum of {right}, each times its "
            "coefficient, and the coefficients are estimated by maximum likelihood."
        )
    return (
        f"{what[0].upper()}{what[1:]}{where} are described as independent draws from one distribution, "
        f"{describe_model(fit.model)}, whose parameters are estimated by maximum likelihood."
    )


_LINKED = {
    "log": "the logarithm of {0}",
    "logit": "the log-odds (logit) of {0}",
    "probit": "the normal quantile (probit) of {0}",
    "inverse": "the inverse of {0}",
}
