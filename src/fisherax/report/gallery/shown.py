"""Everything that is computed for the page, one piece after another, so that one can say how far it is."""

import dataclasses
from collections.abc import Callable

from . import figures
from .figures import Picture

Told = Callable[[float], None]


@dataclasses.dataclass(frozen=True)
class Shown:
    """What the page shows.

    Attributes:
        pictures: The figures, by the names that the template calls them.
        fit: The fitted parameters, and the radius of their region.
        curvature: The scalar curvature at the fit.
    """

    pictures: dict[str, Picture]
    fit: dict[str, float]
    curvature: float


def all_of(told: Told) -> Shown:
    """Draw and compute all; `told` hears how much is done, from 0 to 1, after each piece."""
    fit, values = figures.gamma_fit()
    pieces = {
        "half_plane": figures.half_plane,
        "information_form": figures.information_form,
        "whitened": figures.whitened,
        "geodesics": figures.shortest_lines,
        "triangle": figures.triangle,
        "sphere": figures.sphere,
        "gamma": lambda: figures.gamma_pictures(fit, values),
        "curvature": lambda: figures.curvature_at(values),
    }
    found = {}
    for k, (name, piece) in enumerate(pieces.items()):
        told((k + 1) / (len(pieces) + 1))
        found[name] = piece()
    told(1.0)
    found["shape_rate"], found["mean_shape"] = found.pop("gamma")
    return Shown(fit=values, curvature=found.pop("curvature"), pictures=found)
