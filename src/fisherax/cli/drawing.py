"""`fisherax balls` once its arguments are read: the model, the chart, the picture, the file."""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
from matplotlib.figure import Figure

from .._numbers import span
from ..plotting.ball import balls
from ..plotting.ball_field import ball_field
from ..plotting.chart import Chart
from ..plotting.style import axes_of, figure_of, settings, styled
from ..report.write import write_bytes
from .assignments import read_assignments
from .compilation import prepare
from .errors import InputError
from .expression import function_of
from .family_names import Named
from .models import checked, made
from .request import family_of
from .whole_numbers import whole

FORMATS = (".svg", ".png", ".pdf")
_COUNT = 7
_MOST = 400
"""The most balls in one picture."""


@dataclass(frozen=True)
class Range:
    """A coordinate to draw over: `count` values from `low` to `high`."""

    name: str
    low: float
    high: float
    count: int

    @property
    def values(self) -> np.ndarray:
        """The values."""
        return np.linspace(self.low, self.high, self.count)


def run(
    family: str,
    arguments: Sequence[str],
    *,
    output: Path,
    radii: tuple[float, ...],
    where: Sequence[str],
    whiten: bool,
    exact: bool,
) -> None:
    """Draw, write the file, and say where it is.

    Raises:
        InputError: The arguments make no sense.
    """
    import typer

    if output.suffix.lower() not in FORMATS:
        raise InputError(f"{output}: a picture is one of {', '.join(FORMATS)}", "name it so")
    if any(not (math.isfinite(radius) and radius > 0) for radius in radii):
        raise InputError("--radius must be a positive number", "such as --radius 0.3")
    prepare()
    write_bytes(output, to_bytes(picture(family, arguments, radii, where, whiten, exact), output.suffix))
    typer.echo(f"The picture is in {output}")


def picture(
    family: str,
    arguments: Sequence[str],
    radii: tuple[float, ...],
    where: Sequence[str],
    whiten: bool,
    exact: bool,
) -> Figure:
    """The figure that was asked for."""
    named, components = family_of(family, None)
    if components is not None:
        raise InputError("balls are drawn of a family, not of a mixture", f"write {named.name}")
    pieces = [piece for text in arguments for piece in text.split()]
    ranges = [_range(piece) for piece in pieces if ".." in piece]
    values = read_assignments([piece for piece in pieces if ".." not in piece], named.name)
    if not ranges:
        return _at_one_point(named, values, radii, where, whiten, exact)
    if len(ranges) != 2 or ranges[0].name == ranges[1].name:
        raise InputError(
            f"a picture has two axes, but {len(ranges)} range{' is' if len(ranges) == 1 else 's are'} given",
            "write such as loc=-2..2 scale=0.5..2, and a value of every other parameter",
        )
    if ranges[0].count * ranges[1].count > _MOST:
        raise InputError(f"{ranges[0].count} × {ranges[1].count} balls cannot be told apart", "draw fewer")
    model, chart = _chart(named, ranges, values, where)
    radii = radii or (0.3,)
    with styled():
        ax = axes_of(None, 5.6, 4.4)
        grid = (ranges[0].values, ranges[1].values)
        ball_field(model, chart, grid, radii, whitened=whiten, exact=exact, ax=ax)
        _say(ax.figure, named.name + (", whitened" if whiten else ""), radii)
    return figure_of(ax)


def to_bytes(figure: Figure, suffix: str) -> bytes:
    """The figure as a file: the same figure gives the same bytes."""
    stream = io.BytesIO()
    kind = suffix.lower().removeprefix(".")
    metadata: dict[str, Any] = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind, {})
    with styled(), settings({"svg.hashsalt": "fisherax"}):
        figure.savefig(stream, format=kind, metadata=metadata)
    return stream.getvalue()


def _range(text: str) -> Range:
    name, _, ends = text.partition("=")
    low, _, rest = ends.partition("..")
    high, _, count = rest.partition(":")
    try:
        ends = float(low), float(high)
    except ValueError:
        raise InputError(f"{text!r} is no range", "write such as scale=0.5..2 or scale=0.5..2:9") from None
    number = whole(count) if count else _COUNT
    if number is None or number < 2:
        raise InputError(
            f"{text!r} is no range: {count!r} centres", "give a whole number of them, two or more"
        )
    if not name:
        raise InputError(f"{text!r} is no range: it has no name", "write such as scale=0.5..2")
    return Range(name, *span(f"{text!r}: a range", *ends), number)


def _at_one_point(
    named: Named,
    values: dict[str, Any],
    radii: tuple[float, ...],
    where: Sequence[str],
    whiten: bool,
    exact: bool,
) -> Figure:
    if where or whiten or not exact:
        raise InputError(
            "--where, --whiten and --ellipses-only need two ranges to draw over", "such as loc=-2..2"
        )
    _check_names(named, values, [name for name, _ in named.parameters])
    held = [named.known] if named.known is not None else []
    given = {name: checked(named, name, value) for name, value in values.items()}
    model = made(named, {name: given[name] for name in held}, None)
    params = {name: value for name, value in given.items() if name not in held}
    radii = tuple(sorted(radii)) or (0.25, 0.5, 1.0)
    with styled():
        ax = balls(model, params, radii=radii, ax=axes_of(None, 4.6, 3.6))
        _say(ax.figure, named.name, radii)
    return figure_of(ax)


def _chart(
    named: Named, ranges: Sequence[Range], values: dict[str, Any], where: Sequence[str]
) -> tuple[Any, Chart]:
    """The model, with what has a value held, and the map from the two coordinates to its other parameters."""
    first, second = (found.name for found in ranges)
    formulas = {}
    for text in where:
        name, equals, expression = text.partition("=")
        name = name.strip()
        if not equals or not expression.strip():
            raise InputError(f"--where: {text!r} says nothing", "write such as loc=h/lambda")
        formulas[name] = function_of(expression, (first, second), "--where")
    parameters = [name for name, _ in named.parameters]
    direct = [name for name in (first, second) if name in parameters and name not in formulas]
    if not where:
        for found in ranges:
            if found.name not in parameters:
                raise InputError(
                    f"{named.name} has no parameter {found.name!r}",
                    f"it has {', '.join(parameters)}; --where NAME=EXPRESSION makes them of other coordinates",
                )
    for found in ranges:
        if found.name in direct:
            for end in (found.low, found.high):
                checked(named, found.name, end)
    twice = [name for name in values if name in direct or name in formulas]
    if twice:
        raise InputError(f"{named.name}: {twice[0]} is given twice", "give it once")
    _check_names(named, {**values, **dict.fromkeys(direct), **formulas}, parameters)
    model = made(named, {name: checked(named, name, value) for name, value in values.items()}, None)

    def to_params(a: Any, b: Any) -> dict[str, Any]:
        at = {first: a, second: b}
        made_of = {name: jnp.asarray(function(at), float) for name, function in formulas.items()}
        return {**{name: at[name] for name in direct}, **made_of}

    return model, Chart((first, second), to_params)


def _check_names(named: Named, given: dict[str, Any], wanted: Sequence[str]) -> None:
    extra = [name for name in given if name not in wanted]
    missing = [name for name in wanted if name not in given]
    if extra or missing:
        what = f"it has no parameter {extra[0]!r}" if extra else f"{', '.join(missing)} is missing"
        raise InputError(f"{named.name}: {what}", f"give {' '.join(f'{name}=...' for name in wanted)}")


def _say(figure: Any, name: str, radii: Sequence[float]) -> None:
    shown = ", ".join(f"{radius:.3g}" for radius in radii)
    nats = ", ".join(f"{radius**2 / 2:.2g}" for radius in radii)
    figure.suptitle(
        f"Fisher balls of {name}: r = {shown} (r²/2 = {nats} nats)", fontsize=9, x=0.02, ha="left"
    )
