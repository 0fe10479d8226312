"""Where a maximum is regular but its covariance cannot be computed, no summary, page or JSON calls the fit valid."""

import json

import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest

import fisherax as fx
from fisherax.report import build_report, to_json


@pytest.fixture
def overflowing(monkeypatch):
    """As the expected information of a family may at extreme parameters."""
    fit = fx.fit(fx.Family(dist.Gamma), np.array([1.0, 2.0, 4.0, 3.0, 2.5]))
    monkeypatch.setattr(fit.likelihood, "expected", lambda z: jnp.full((2, 2), jnp.nan))
    return fit


def test_a_summary_is_not_valid_and_says_what_else_to_use(overflowing):
    assert overflowing.status.valid
    status = overflowing.summary().status
    assert not status.valid
    assert status.converged
    assert "concentration, rate have no standard error: use another covariance (observed)" in status.message
    assert overflowing.summary(kind="observed").status.valid
    assert overflowing.to_dict()["status"]["valid"] is False


def test_a_report_is_not_valid(overflowing):
    report = build_report(overflowing, figures=False)
    assert report.verdict.startswith("The fit is not valid: its standard errors cannot be computed.")
    assert json.loads(to_json(overflowing, figures=False))["valid"] is False
