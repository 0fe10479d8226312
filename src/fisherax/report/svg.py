"""A matplotlib figure as SVG inside a page: its colours and fonts, no network, always the same bytes."""

import html
import io
import re
import warnings

from matplotlib.figure import Figure

from ..plotting import style

# The colours of figures become CSS variables, with the light theme's value where a reader has no CSS.
_VARIABLES = {
    style.INK: "--ink",
    style.MUTED: "--muted",
    style.GRID: "--grid",
    style.BLUE: "--blue",
    style.VERMILLION: "--vermillion",
    style.GREEN: "--green",
    style.ORANGE: "--orange",
    style.PURPLE: "--purple",
    style.SKY: "--sky",
}
_ATTRIBUTES = re.compile(r' (d|x|y|x1|x2|y1|y2|points|transform|width|height|viewBox)="([^"]*)"')
_LONG = re.compile(r"-?\d+\.\d{3,}(?:e-?\d+)?")


def to_svg(figure: Figure, *, ident: str, title: str, description: str) -> str:
    """The figure as an inline `<svg>` element, as wide as it was made and no wider than its column.

    Args:
        figure: A figure made by `plotting`.
        ident: A name that no other figure of the page has; all ids inside begin with it.
        title: What the figure shows, in a few words.
        description: The same for a reader who cannot see it.
    """
    stream = io.StringIO()
    settings = {"svg.hashsalt": ident}
    with style.styled(), style.settings(settings), warnings.catch_warnings():
        # A name in a script that the layout font lacks is drawn by the reader's own fonts.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        metadata = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(stream, format="svg", transparent=True, metadata=metadata)
    return _inlined(stream.getvalue(), ident, title, description)


def _inlined(text: str, ident: str, title: str, description: str) -> str:
    body = text[text.index("<svg") :]
    opening, body = body.split(">", 1)
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.S)
    body = re.sub(r"<!--.*?-->", "", body, flags=re.S)
    body = re.sub(r"<style.*?</style>", "", body, flags=re.S)
    body = body.replace("xlink:href", "href")
    body = re.sub(r'\bid="([^"]*)"', rf'id="{ident}-\1"', body)
    body = re.sub(r'(url\(#|href="#)', rf"\1{ident}-", body)
    body = _ATTRIBUTES.sub(_rounded, body)
    # Fonts are the page's: narrower than the one the layout was made with, so that nothing runs over.
    body = re.sub(r"font: ([\d.]+)px [^;\"]*", r"font-size: \1px", body)
    body = re.sub(r"font-family: [^;\"]*;? ?", "", body)
    for colour, variable in _VARIABLES.items():
        body = body.replace(colour, f"var({variable}, {colour})")
    body = re.sub(r"\n\s*", "\n", body)

    view = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', opening)
    assert view is not None, "matplotlib writes a viewBox"
    width, height = float(view[1]), float(view[2])
    pixels = 96 / 72
    head = (
        f'<svg class="figure" role="img" aria-labelledby="{ident}-title {ident}-desc" '
        f'viewBox="0 0 {width:g} {height:g}" width="{width * pixels:.0f}" height="{height * pixels:.0f}">'
        f'<title id="{ident}-title">{html.escape(title)}</title>'
        f'<desc id="{ident}-desc">{html.escape(description)}</desc>'
    )
    return head + body.strip()


def _rounded(match: re.Match[str]) -> str:
    """Hundredths of a point are finer than any screen or printer."""
    return f' {match[1]}="{_LONG.sub(lambda m: f"{float(m[0]):.2f}", match[2])}"'
