"""`fisherax bound` against closed forms."""

import json
import math

import numpy as np
import pytest
from scipy.special import digamma, polygamma

from fisherax.cli import main


def bound(run, *words):
    result = run("bound", *words, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_normal(run):
    """sd(loc) = σ/√n and sd(scale) = σ/√(2n), uncorrelated (Cramér 1946, §32.3)."""
    found = bound(run, "normal", "loc=-1", "scale=3", "-n", "50.0", "--precision", "loc=0.1")
    assert found["bound"]["standard_errors"] == pytest.approx(
        {"loc": 3 / math.sqrt(50), "scale": 3 / math.sqrt(100)}, rel=1e-9
    )
    np.testing.assert_allclose(found["bound"]["correlation"], np.eye(2), atol=1e-12)
    assert found["needed"] == [{"name": "loc", "standard_error": 0.1, "observations": 900}]


def test_gamma_and_a_function_of_its_parameters(run):
    """The mean a/b of n Gamma observations has the variance a/(b²n), which its bound attains."""
    found = bound(run, "gamma", "concentration=2", "rate=0.5", "-n", "100", "--of", "concentration / rate")
    information = [[polygamma(1, 2.0), -1 / 0.5], [-1 / 0.5, 2 / 0.25]]
    np.testing.assert_allclose(found["information"]["per_observation"], information, rtol=1e-9)
    np.testing.assert_allclose(found["bound"]["covariance"], np.linalg.inv(information) / 100, rtol=1e-8)
    (mean,) = found["functions"]
    assert mean["value"] == pytest.approx(4)
    assert mean["standard_error"] == pytest.approx(math.sqrt(2 / 0.25 / 100), rel=1e-9)


def test_a_known_parameter_is_no_nuisance(run):
    """Knowing the shape, the rate's bound is b/√(n a); not knowing it, larger."""
    known = bound(run, "gamma", "concentration=2", "rate=0.5", "-n", "100", "--known", "concentration")
    assert known["bound"]["standard_errors"]["rate"] == pytest.approx(0.5 / math.sqrt(200), rel=1e-9)


def test_shares_are_tied(run):
    """cov(p̂) = (diag p − p pᵀ)/n, singular along the direction in which shares cannot move."""
    p = np.array([0.2, 0.3, 0.5])
    found = bound(run, "categorical", "probs=0.2,0.3,0.5", "-n", "10", "--of", "probs[0]")
    np.testing.assert_allclose(found["bound"]["covariance"], (np.diag(p) - np.outer(p, p)) / 10, atol=1e-12)
    assert found["functions"][0]["standard_error"] == pytest.approx(math.sqrt(0.16 / 10))


def test_functions_of_parameters(run):
    """d ψ-free check: log, exp, powers and entries are differentiated, and nothing else is evaluated."""
    found = bound(run, "exponential", "rate=2", "-n", "4", "--of", "exp(-rate) ** 2 + log(rate) / 3")
    slope = -2 * math.exp(-4) + 1 / 6
    assert found["functions"][0]["standard_error"] == pytest.approx(abs(slope) * 2 / 2, rel=1e-9)
    assert digamma(1) < 0


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("gamma", "concentration=2"), "gamma: rate is missing; give concentration=... rate=..."),
        (("gamma", "concentration=2", "rate=-1"), "rate = -1. is not allowed; it must be > 0"),
        (("gamma", "concentration=2", "rate=x"), "rate=x is no finite number"),
        (("gamma", "concentration=2", "rate=1", "scale=1"), "it has no parameter 'scale'"),
        (("gamma", "concentration=2", "rate=1", "--of", "__import__('os')"), "no function '__import__'"),
        (("gamma", "concentration=2", "rate=1", "--of", "rate.real"), "'rate.real' is no arithmetic"),
        (("gamma", "concentration=2", "rate=1", "--of", "log(rate - 1)"), "is not finite"),
        (("gamma", "concentration=2", "rate=1", "--precision", "q=1"), "there is no parameter 'q'"),
        (("gamma", "concentration=2", "rate=1", "--known", "q"), "has no parameter 'q'"),
        (("categorical", "probs=0.2,0.3"), "shares that sum to 1"),
        (("pareto", "alpha=1"), "the support moves with the parameters"),
    ],
)
def test_what_makes_no_sense_is_one_line(run, words, expected):
    result = run("bound", *words)
    assert result.exit_code == 2
    assert expected in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


@pytest.mark.parametrize("count", ["10.5", "nan", "0"])
def test_observations_are_counted(count, capsys):
    assert main(["bound", "gamma", "concentration=2", "rate=1", "-n", count]) == 2
    assert f"'--observations' / '-n': '{count}' is no whole number, at least 1" in capsys.readouterr().err


def test_the_table_fits_a_narrow_terminal(run):
    result = run("bound", "gamma", "concentration=2", "rate=0.5", "-n", "100", columns=60)
    assert max(map(len, result.stdout.splitlines())) <= 60
    assert "300 more would halve every standard error." in result.stdout
