"""Formulas as MathML, from a line of text.

A line is made of items with blanks between: a name or a number, `a_b`, `a^b`, `a_b^c`, `{ a b }` for a group,
`frac { a } { b }`, `root { a }`, `mat { a } { b } { c } { d }` for a 2 × 2 matrix, `quad` for room, and anything else
as an operator. An index or an exponent may be a sum without blanks, `p_θ+δ`. Functions such as ln stand upright, with
a little room on both sides. The brackets of a matrix are the page's style, since not every device has fonts whose
brackets grow.
"""

import html
import re

_NAMED = frozenset({"ln", "cosh", "arccos", "exp", "det", "KL"})
_TOKEN = re.compile(r"\{|\}|[^\s{}]+")
_THIN = '<mspace width="0.17em"/>'
_SIGNS = re.compile(r"([+−])")


def formula(text: str) -> str:
    """A displayed formula; `text` is also what it is called for who cannot see it.

    Examples:
        >>> formula("r^2 = frac { a } { b }")[:60]
        '<math display="block" xmlns="http://www.w3.org/1998/Math/Mat'
    """
    tokens = _TOKEN.findall(text)
    items = _items(tokens, 0)[0]
    return f'<math display="block" xmlns="http://www.w3.org/1998/Math/MathML"><mrow>{"".join(items)}</mrow></math>'


def _items(tokens: list[str], k: int) -> tuple[list[str], int]:
    """Items up to a closing brace or the end, and where that is."""
    found: list[str] = []
    while k < len(tokens) and tokens[k] != "}":
        if tokens[k] in _NAMED and found and not found[-1].endswith("</mo>"):
            found.append(_THIN)
        item, after = _item(tokens, k)
        found.append(item)
        if tokens[k] in _NAMED and after < len(tokens) and tokens[after] not in ("(", "[", "}"):
            found.append(_THIN)
        k = after
    return found, k


def _item(tokens: list[str], k: int) -> tuple[str, int]:
    token = tokens[k]
    if token == "{":
        return _group(tokens, k)
    if token == "frac":
        above, k = _group(tokens, k + 1)
        below, k = _group(tokens, k)
        return f"<mfrac>{above}{below}</mfrac>", k
    if token == "root":
        inside, k = _group(tokens, k + 1)
        return f"<msqrt>{inside}</msqrt>", k
    if token == "mat":
        cells, k = [], k + 1
        for _ in range(4):
            cell, k = _group(tokens, k)
            cells.append(f"<mtd>{cell}</mtd>")
        rows = f"<mtr>{cells[0]}{cells[1]}</mtr><mtr>{cells[2]}{cells[3]}</mtr>"
        return f'<mtable class="matrix">{rows}</mtable>', k
    if token == "quad":
        return '<mspace width="1.2em"/>', k + 1
    return _scripted(token), k + 1


def _group(tokens: list[str], k: int) -> tuple[str, int]:
    if tokens[k] != "{":
        raise ValueError(f"A group must begin with a brace, not with {tokens[k]!r}.")
    items, end = _items(tokens, k + 1)
    return f"<mrow>{''.join(items)}</mrow>", end + 1


def _scripted(token: str) -> str:
    """A name with its index and its exponent."""
    match = re.fullmatch(r"([^_^]+)(?:_([^_^]+))?(?:\^([^_^]+))?", token)
    if match is None:
        return _atom(token)
    base, below, above = match.groups()
    if above and base.endswith("′"):
        return f"<msup>{_atom(base[:-1])}<mrow><mo>′</mo>{_atom(above)}</mrow></msup>"
    if below and above:
        return f"<msubsup>{_atom(base)}{_atom(below)}{_atom(above)}</msubsup>"
    if below:
        return f"<msub>{_atom(base)}{_atom(below)}</msub>"
    return f"<msup>{_atom(base)}{_atom(above)}</msup>" if above else _atom(base)


def _atom(text: str) -> str:
    signs = _SIGNS.split(text)
    if len(signs) > 1 and all(signs):
        return f"<mrow>{''.join(map(_atom, signs))}</mrow>"
    safe = html.escape(text)
    if text.endswith("′"):
        return f"<msup>{_atom(text[:-1])}<mo>′</mo></msup>"
    if text.endswith("\u0302"):
        return f'<mover accent="true">{_atom(text[:-1])}<mo stretchy="false">^</mo></mover>'
    if re.fullmatch(r"[\d.½]+", text):
        return f"<mn>{safe}</mn>"
    if text in _NAMED:
        return f"<mi>{safe}</mi><mo>&#8289;</mo>"
    if re.fullmatch(r"[^\W\d]+", text):
        return f"<mi>{safe}</mi>"
    return f"<mo>{'−' if text == '-' else safe}</mo>"
