"""The gallery as one self-contained page: the story in order, figures, formulas, and panels to be handled."""

import json
import os
from importlib import metadata
from importlib.resources import files
from pathlib import Path

import jinja2
from markupsafe import Markup

from ..numbers import significant
from ..write import write_text
from . import figures
from .mathml import formula
from .shown import Told, all_of

SCRIPTS = ("families.js", "balls.js", "geodesics.js", "panel.js", "scenes.js")


def write_gallery(path: str | os.PathLike[str] = "fisherax-gallery.html", told: Told | None = None) -> Path:
    """Write the gallery: the geometry of statistical models in six figures, on one page that needs no network.

    Its figures are drawn by `fisherax.plot`; its panels, which a reader handles in the browser, compute the same in
    plain JavaScript. The page follows the reader's light or dark theme, prints, and is the same each time.

    Args:
        path: The file to write; it appears whole or not at all.
        told: Told how much is drawn, from 0 to 1, after each figure.

    Returns:
        The path.

    Raises:
        ValueError: If the file cannot be written.
    """
    return write_text(path, to_html(told))


def to_html(told: Told | None = None) -> str:
    """The page as text."""
    folder = files("fisherax.report")
    gallery = folder.joinpath("gallery")
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    shown = all_of(told or (lambda done: None))
    script = "\n".join(gallery.joinpath(name).read_text(encoding="utf-8") for name in SCRIPTS)
    environment.globals.update(
        css=Markup(
            folder.joinpath("style.css").read_text(encoding="utf-8")
            + gallery.joinpath("gallery.css").read_text(encoding="utf-8")
        ),
        script=Markup(script),
        formula=lambda text: Markup(formula(text)),
        svg=lambda picture: Markup(picture.svg),
        version=metadata.version("fisherax"),
        curvature=significant(shown.curvature, 4),
        fit=json.dumps({**shown.fit, "level": f"{100 * figures.LEVEL:g}%"}, ensure_ascii=False),
        **shown.pictures,
    )
    template = environment.from_string(gallery.joinpath("gallery.html.j2").read_text(encoding="utf-8"))
    return template.render()
