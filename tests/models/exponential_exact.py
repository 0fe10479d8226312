"""Log-densities by mpmath, where NumPyro loses digits."""

import mpmath as mp
import numpyro.distributions as dist


def _beta_log_prob(x, concentration1, concentration0):
    a, b = concentration1, concentration0
    return (
        (a - 1) * mp.log(x) + (b - 1) * mp.log(1 - x) + mp.loggamma(a + b) - mp.loggamma(a) - mp.loggamma(b)
    )


def _failures_log_prob(x, r, q):
    ways = mp.loggamma(x + r) - mp.loggamma(r) - mp.loggamma(x + 1)
    return ways + x * mp.log(q) + r * mp.log(1 - q)


def _kumaraswamy_log_prob(x, concentration1, concentration0):
    a, b = concentration1, concentration0
    return mp.log(a) + mp.log(b) + (a - 1) * mp.log(x) + (b - 1) * mp.log(1 - x**a)


# There NumPyro loses digits: to betaln, or in 1 − xᵃ near x = 1.
EXACT = {
    dist.Kumaraswamy: _kumaraswamy_log_prob,
    dist.Beta: _beta_log_prob,
    dist.BetaProportion: lambda x, mean, concentration: _beta_log_prob(
        x, mean * concentration, (1 - mean) * concentration
    ),
    dist.NegativeBinomialProbs: lambda x, probs, total_count: _failures_log_prob(x, total_count, probs),
    dist.NegativeBinomialLogits: lambda x, logits, total_count: _failures_log_prob(
        x, total_count, 1 / (1 + mp.exp(-logits))
    ),
    dist.NegativeBinomial2: lambda x, mean, concentration: _failures_log_prob(
        x, concentration, mean / (mean + concentration)
    ),
    dist.GammaPoisson: lambda x, rate, concentration: _failures_log_prob(x, concentration, 1 / (1 + rate)),
}
