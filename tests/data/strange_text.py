"""Text as it comes: what may stand in a cell, and what reading it may end in."""

import numpy as np
from hypothesis import HealthCheck, settings

from fisherax.data import DataError, Table, make_design, open_table

NAME = "river.csv"
TEXTS = (
    *(
        "",
        " ",
        "n/a",
        "NA",
        "nan",
        "NaN",
        "inf",
        "-inf",
        "-",
        "?",
        "null",
        "None",
        "true",
        "FALSE",
        "0",
        "-0",
    ),
    *(
        "1,5",
        "1.234,5",
        "1 234",
        "1,234,567",
        "12%",
        "$3",
        "3 kg",
        "1e400",
        "-1e400",
        "1e-400",
        "0x1F",
        "1_000",
    ),
    *(
        "99999999999999999999999",
        "١٢",
        "½",
        "Ærø",
        "日本",
        "a\nb",
        'say "x"',
        "=1+1",
        "\t",
        "'",
        "1;2",
        "1|2",
    ),
    *(
        "\u202e1",
        "\u00a0",
        "\ufeff1",
        "+3",
        ".5",
        "5.",
        "1e5",
        "1E+5",
        "--1",
        "1.2.3",
        "\x00",
        "\x1b[31m",
        "’",
    ),
)


def use(table: Table):
    """All that can be done with a table; every number that comes out."""
    yield lambda: table.matrix()
    yield lambda: table.matrix(drop_missing=True)
    yield lambda: table.matrix(["flow"], drop_missing=True)
    yield lambda: np.concatenate([batch["flow"] for batch in table.batches(["flow"], rows=3, numbers=True)])
    for formula in ("flow ~ year + site", "flow ~ C(depth) * year", "I(flow > 1) ~ scale(year) + ."):
        yield lambda formula=formula: make_design(formula, table, drop_missing=True).read().matrix
    yield lambda: np.concatenate(
        [rows.matrix for rows in make_design("log(flow) ~ year + C(site)", table).batches(rows=2)]
    )


def outcome(attempt):
    """What comes out, and the `DataError` if that does; anything else is a failure of the test."""
    try:
        return attempt(), None
    except DataError as error:
        return None, error


def assert_well_behaved(path):
    """Only `DataError`, on one line that names the file (or the formula), and finite numbers."""

    def check(error):
        text = str(error)
        assert text.isprintable(), text
        assert text.startswith((f"{path.name}: ", "formula '")), text
        assert 20 < len(text) < 500, text

    table, error = outcome(lambda: open_table(path))
    if error is not None:
        check(error)
        return 0
    answers = 0
    for attempt in use(table):
        numbers, error = outcome(attempt)
        if error is not None:
            check(error)
        else:
            assert numbers.dtype == np.float64
            assert numbers.size
            assert np.isfinite(numbers).all()
            answers += 1
    return answers


# One directory serves all examples: each writes its own file there.
SETTINGS = settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
