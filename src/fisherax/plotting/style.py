"""One look for all figures: colours, sizes, and axes that are drawn without any global state.

Figures are made as `Figure` objects on their own canvas, never through pyplot, and their settings hold inside
`styled()` alone. The colours are Okabe and Ito's, which readers with any colour vision tell apart; lines that
mean different things also differ in their dashes, so that a page printed in grey still reads.

References:
    Okabe and Ito (2008), Color Universal Design, https://jfly.uni-koeln.de/color/.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

INK = "#1c1e21"
MUTED = "#6a6e74"
GRID = "#dcdee2"
BLUE = "#0072b2"
VERMILLION = "#d55e00"
GREEN = "#009e73"
ORANGE = "#e69f00"
PURPLE = "#cc79a7"
SKY = "#56b4e9"

TRUTH = BLUE
"""What is computed without approximation: the likelihood, the divergence, the fitted density."""
QUADRATIC = VERMILLION
"""What the information alone says: ellipses, parabolas, Wald intervals."""
DATA = MUTED
"""Observations."""
SERIES = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY)
"""Colours of lines that are told apart by a legend."""
DASHES = (
    "solid",
    (0, (5, 2)),
    (0, (1.5, 1.5)),
    (0, (5, 1.5, 1.2, 1.5)),
    (0, (8, 2)),
    (0, (3, 1, 1, 1, 1, 1)),
)

PANEL = (3.5, 2.75)
"""Inches of one panel: at its natural size it fits a telephone."""

_SETTINGS = {
    "font.family": ["DejaVu Sans"],
    "font.size": 8.5,
    "axes.titlesize": 9,
    "axes.labelsize": 8.5,
    "axes.labelcolor": INK,
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titlecolor": INK,
    "axes.axisbelow": True,
    "axes.grid": False,
    "axes.unicode_minus": True,
    "axes.formatter.use_mathtext": False,
    "axes.formatter.limits": (-4, 5),
    "text.color": INK,
    "text.usetex": False,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "xtick.major.width": 0.8,
    "ytick.major.width": 0.8,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "lines.linewidth": 1.6,
    "lines.markersize": 4,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "legend.handlelength": 2.2,
    "legend.labelspacing": 0.3,
    "legend.borderaxespad": 0.2,
    "figure.facecolor": "white",
    "figure.dpi": 100.0,
    "savefig.dpi": 200.0,
    "svg.fonttype": "none",
}


@contextlib.contextmanager
def styled() -> Iterator[None]:
    """The settings of this file, for the duration of a `with` block, from matplotlib's own defaults."""
    with style.context(["default", _SETTINGS]):
        yield


@contextlib.contextmanager
def settings(values: dict[str, Any]) -> Iterator[None]:
    """A few more of matplotlib's settings, for the duration of a `with` block."""
    with style.context(values):
        yield


def new_figure(width: float = PANEL[0], height: float = PANEL[1]) -> Figure:
    """An empty figure of this size in inches, which belongs to no window and to no pyplot."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def axes_of(ax: Axes | None, width: float = PANEL[0], height: float = PANEL[1]) -> Axes:
    """The axes that were given, or those of a new figure."""
    return new_figure(width, height).add_subplot() if ax is None else ax


def figure_of(ax: Axes) -> Figure:
    """The figure that axes belong to."""
    figure = ax.get_figure(root=True)
    if not isinstance(figure, Figure):
        raise ValueError("These axes belong to no figure any more: make new ones with Figure.add_subplot.")
    return figure


def label(name: str, limit: int = 30) -> str:
    """A name as text for a figure: no mathematics is read into its dollar signs, and it is not overlong."""
    return shortened(name, limit).replace("$", r"\$")


def shortened(name: str, limit: int = 30) -> str:
    """The name, with its middle left out where it is longer than `limit` characters."""
    name = " ".join(name.split())
    if len(name) <= limit:
        return name
    head = limit // 2
    return f"{name[:head]}…{name[len(name) - (limit - 1 - head) :]}"


def with_unit(name: str, unit: str | None, limit: int = 30) -> str:
    """The label of an axis: ``flow (10^8 m^3)``."""
    return label(name, limit) + (f" ({label(unit, limit)})" if unit else "")
