"""The batches of a formula are gone when they have been used, and do not wait for a collection of Python's."""

import gc

import numpy as np
import pandas as pd

from fisherax.data import make_design, open_table


def test_nothing_is_kept_of_a_batch():
    rng = np.random.default_rng(0)
    table = open_table(pd.DataFrame({"y": rng.normal(size=400), "a": rng.normal(size=400)}))
    design = make_design("y ~ a + log(abs(a))", table)
    gc.collect()
    gc.disable()
    try:
        before = frames()
        count = 0
        for rows in design.batches(50):
            count += 1
            del rows
            assert frames() - before <= 1  # that of the batch at hand
    finally:
        gc.enable()
    assert count == 8


def frames():
    return sum(type(thing) is pd.DataFrame for thing in gc.get_objects())
