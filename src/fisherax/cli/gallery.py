"""`fisherax gallery`: the geometry of statistical models on one page."""

from pathlib import Path
from typing import Annotated

import typer


def gallery(
    output: Annotated[Path, typer.Argument(metavar="[OUT.html]", help="The page to write.")] = Path(
        "fisherax-gallery.html"
    ),
) -> None:
    """Write a page that shows the geometry of statistical models, in six figures with their formulas.

    Fisher balls of the normal distribution, in two parameterisations and whitened; geodesics of the half-plane; three
    categories as a piece of a sphere; and a fit to data. One file, to be opened in any browser; its panels can be
    dragged, and need no network.

    [bold]Examples[/bold]

      fisherax gallery
      fisherax gallery pages/geometry.html
    """
    if output.suffix.lower() not in (".html", ".htm"):
        from .errors import InputError

        raise InputError(f"{output}: the gallery is a page", "give a name that ends in .html")
    if not output.parent.is_dir():
        from .errors import InputError

        raise InputError(f"{output}: there is no directory {output.parent}", "make it, or name another")
    from ..report.gallery import write_gallery
    from .compilation import prepare
    from .progress import work

    prepare()
    with work("Drawing the gallery") as told:
        write_gallery(output, told)
    typer.echo(f"The gallery is in {output}: open it in a browser.")
