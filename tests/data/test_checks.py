"""Checks name the row and the combination; the triangular factor of a stream is that of the whole."""

import numpy as np
import numpyro.distributions as dist
import pytest

from fisherax.data import (
    DataError,
    check_enough_rows,
    check_rank,
    check_support,
    check_varies,
    make_design,
    open_table,
)
from fisherax.data.checks import triangular_factor


def test_support_by_a_constraint(tmp_path):
    path = tmp_path / "river.csv"
    path.write_text("flow\n1\n2\n\n-3.25\n0\n")
    table = open_table(path)
    rows = table.read()
    options = {"family": "Gamma", "support": "positive numbers", "positions": rows.positions}
    with pytest.raises(DataError) as caught:
        check_support(table, "flow", rows["flow"], dist.constraints.positive, **options)
    assert str(caught.value) == (
        "river.csv: row 5, column 'flow': -3.25 is outside the support of Gamma (positive numbers), as is 1 "
        "more row; correct or remove the row, or choose another family"
    )
    check_support(table, "flow", rows["flow"], dist.constraints.real, **options)


def test_support_by_a_function():
    table = open_table({"n": [1.0, 2.5]})
    with pytest.raises(DataError, match=r"row 2, column 'n': 2.5 is outside the support of Poisson"):
        check_support(
            table, "n", table["n"], lambda y: y == np.floor(y), family="Poisson", support="0, 1, ..."
        )


def test_rows_and_spread():
    check_enough_rows("river.csv", 2, 2)
    with pytest.raises(DataError, match=r"river.csv: 1 row cannot determine 2 parameters; add rows"):
        check_enough_rows("river.csv", 1, 2)
    check_varies("river.csv", "flow", np.array([1.0, 1.0 + 1e-15]))
    with pytest.raises(DataError, match="column 'flow': all 3 values are 7, so nothing"):
        check_varies("river.csv", "flow", np.full(3, 7.0))


def test_the_factor_of_a_stream_is_that_of_the_whole():
    """|R| is unique, RᵀR = XᵀX, and no batch need have as many rows as columns."""
    matrix = np.random.default_rng(0).normal(size=(101, 6))
    whole = triangular_factor(matrix, 6)
    parts = triangular_factor(np.array_split(matrix, 30), 6)
    np.testing.assert_allclose(np.abs(parts), np.abs(whole), atol=1e-13)
    np.testing.assert_allclose(parts.T @ parts, matrix.T @ matrix, atol=1e-12)


@pytest.fixture(scope="module")
def columns():
    rng = np.random.default_rng(0)
    return {"y": rng.normal(size=50), "a": rng.normal(size=50) * 1e3, "b": rng.normal(size=50) * 1e-3}


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda c: c["a"] + c["b"], "'c' = 'a' . 'b' in every row"),
        (lambda c: 3 * c["a"], "'c' = 3 'a' in every row"),
        (lambda c: -c["b"] + 2, "'c' = 2 'Intercept' - 'b' in every row"),
        (lambda c: np.full(50, 4.5), "'c' is 4.5 in every row, which cannot be told from the intercept"),
        (lambda c: np.zeros(50), "'c' is zero in every row"),
    ],
)
def test_dependent_columns_are_named(columns, made, message):
    design = make_design("y ~ a + b + c", open_table({**columns, "c": made(columns)}))
    with pytest.raises(DataError, match=f"^the table: {message}; leave"):
        check_rank("the table", design.column_names, (rows.matrix for rows in design.batches(rows=7)))
    with pytest.raises(DataError, match=message):
        check_rank("the table", design.column_names, design.read().matrix)


def test_categories_that_say_the_same():
    table = open_table({"y": np.arange(8.0), "s": list("aabbccdd"), "t": list("uuvvwwxx")})
    design = make_design("y ~ s + t", table)
    with pytest.raises(DataError, match=r"'t.T.v.' = 's.T.b.' in every row; leave one of them out"):
        check_rank("the table", design.column_names, design.read().matrix)


def test_columns_that_are_nearly_alike_are_not_dependent():
    """Powers of a year, whose angle to each other is small but not zero."""
    year = np.arange(1871.0, 1971.0)
    check_rank("nile", ["1", "year", "year²"], np.stack([np.ones(100), year, year**2], axis=1))
