"""The figures that hold a fit against its data."""

from typing import Any

import jax
import numpy as np
import numpyro.distributions as dist

from ..models.unconditional import Unconditional
from ..plotting.counts import count_bars
from ..plotting.distribution import histogram, is_continuous, quantile_plot, residuals_of
from ..plotting.observations import Observations, outputs_of
from ..plotting.residuals import residual_plot
from ..plotting.response import curves_of, response
from .numbers import percent, whole
from .panels import Panel, panel

_QQ = (
    "Quantile residuals: each observation's place in its own fitted distribution, as a quantile of the "
    "standard normal. Under the model they follow the line, within the band for 95 in 100 points."
)
_RANDOM = " Counts leave a gap in which the residual is drawn at random, always by the same draws."


def fit_panels(
    fit: Any, data: Observations | None, level: float, kind: str, name: str, unit: str | None
) -> tuple[list[Panel], list[str]]:
    """Fitted distribution and quantile plot, or response, residuals and quantile plot; and what was left out.

    Args:
        fit: A fit.
        data: Its observations; None if they are gone.
        level: The level of the band around a response.
        kind: The covariance of that band.
        name, unit: What was observed.
    """
    if data is None:
        return [], ["The fit is not held against the data: they were read as a stream and not kept."]
    if data.targets.ndim != 1:
        return [], [
            "The fit is not held against the data: one observation is a vector, which no figure shows."
        ]
    notes: list[str] = []
    some = data.thinned()
    if some.size < data.size:
        notes.append(
            f"Residuals are drawn for {whole(some.size)} of the {whole(data.size)} rows, at equal distances."
        )
    if np.any(data.weights != 1):
        notes.append("Residual figures show each row once, whatever its weight.")
    outputs = outputs_of(fit, some.inputs)
    ordered = not _is_categorical(fit, outputs)
    residuals = residuals_of(fit.model.head, outputs, some) if ordered else None
    if isinstance(fit.model, Unconditional):
        panels = _family_panels(fit, data, residuals, name, unit)
    else:
        panels = _regression_panels(fit, data, some, outputs, residuals, level, kind, name, unit)
    if residuals is None and ordered:
        notes.append("There are no quantile residuals: the fitted density has no distribution function here.")
    return panels, notes


def _is_categorical(fit: Any, outputs: Any) -> bool:
    """Whether observations are names and no numbers: then they have no quantiles."""
    first = fit.model.head.distribution(jax.tree.map(lambda a: a[0], outputs))
    return isinstance(first, dist.CategoricalProbs | dist.CategoricalLogits)


def _family_panels(
    fit: Any, data: Observations, residuals: np.ndarray | None, name: str, unit: str | None
) -> list[Panel]:
    head, params = fit.model, fit.params
    if is_continuous(head, params):
        ax = histogram(head, params, data, name, unit)
        caption = (
            f"The {whole(data.weights.sum())} observations as a histogram of area 1, and the fitted density."
        )
        panels = [panel(ax, "fit-density", "Observed and fitted distribution", caption)]
        if residuals is not None:
            panels.append(
                panel(quantile_plot(residuals), "fit-quantiles", "Quantiles, observed and fitted", _QQ)
            )
        return panels
    ax = count_bars(head, params, data, name, unit)
    caption = (
        f"How often each count was observed among {whole(data.weights.sum())}, and how often the fitted "
        "model expects it; the outermost classes hold all that lies beyond."
    )
    panels = [panel(ax, "fit-counts", "Observed and expected counts", caption)]
    if residuals is not None and np.unique(data.targets).size > 2:
        ax = quantile_plot(residuals)
        panels.append(panel(ax, "fit-quantiles", "Quantiles, observed and fitted", _QQ + _RANDOM))
    return panels


def _regression_panels(
    fit: Any,
    data: Observations,
    some: Observations,
    outputs: Any,
    residuals: np.ndarray | None,
    level: float,
    kind: str,
    name: str,
    unit: str | None,
) -> list[Panel]:
    panels = []
    curves = curves_of(fit, data)
    if curves is not None:
        ax = response(fit, data, curves, level, kind, name, unit)
        caption = (
            f"The fitted mean over {curves.name}, with a {percent(level)} band at each point ({kind} "
            "covariance), and the observations."
        )
        if len(curves.groups) > 1:
            caption += f" One curve for each of {len(curves.groups)} groups of rows."
        panels.append(panel(ax, "fit-response", "Response", caption))
    if residuals is None:
        return panels
    means, what = _means(fit, outputs, some, name)
    if means is not None:
        ax = residual_plot(means, residuals, what, unit)
        caption = (
            "Residuals against fitted means. If the model is right they scatter evenly about 0, with 95 in "
            "100 between the dotted lines."
        )
        panels.append(panel(ax, "fit-residuals", "Residuals and fitted means", caption))
    discrete = np.all(some.targets == np.round(some.targets))
    panels.append(
        panel(
            quantile_plot(residuals),
            "fit-quantiles",
            "Quantiles of residuals",
            _QQ + (_RANDOM if discrete else ""),
        )
    )
    return panels


def _means(fit: Any, outputs: Any, some: Observations, name: str) -> tuple[np.ndarray | None, str]:
    """Fitted means, of a proportion where the number of trials differs."""
    head = fit.model.head
    try:
        means = np.asarray(jax.vmap(lambda f: head.distribution(f).mean)(outputs), float)
    except NotImplementedError:
        return None, ""
    if means.shape != some.targets.shape or not np.all(np.isfinite(means)):
        return None, ""
    if isinstance(some.inputs, dict) and "trials" in some.inputs:
        return means / np.asarray(some.inputs["trials"], float), f"fitted proportion {name}"
    return means, f"fitted mean of {name}"
