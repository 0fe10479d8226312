"""Any text is a formula, or is refused in a sentence."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fisherax.data import DataError, make_design, open_table

TOKENS = (
    "y",
    "x",
    "z",
    "s",
    "k",
    "`my col`",
    "nope",
    "~",
    "+",
    "-",
    "*",
    ":",
    "/",
    "**",
    "^",
    "|",
    "(",
    ")",
    ",",
    "1",
    "0",
)
CALLS = (
    "log(",
    "C(",
    "I(",
    "scale(",
    "poly(",
    "bs(",
    "offset(",
    "cbind(",
    "np.",
    "Treatment(",
    "'a'",
    "2",
    ".",
    "=",
    "df=4",
    "==",
)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(
    tokens=st.lists(st.sampled_from(TOKENS + CALLS), max_size=10),
    right=st.booleans(),
    noise=st.text(max_size=3),
)
def test_any_text_is_a_formula_or_is_refused(tokens, right, noise):
    rng = np.random.default_rng(0)
    columns = {name: rng.normal(size=20) for name in ("y", "x", "z", "my col")}
    table = open_table({**columns, "s": list("ab") * 10, "k": [1, 2, 3, 4] * 5})
    formula = ("y ~ " if right else "") + " ".join([*tokens, noise])
    try:
        rows = make_design(formula, table).read()
    except DataError as error:
        text = str(error)
    else:
        text = ""
        assert np.isfinite(rows.matrix).all()
        assert len(rows.matrix) == 20
    assert text.isprintable()
    assert not text or text.startswith(("the table: ", "formula '")), text
