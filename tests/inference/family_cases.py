"""Families with SciPy's name for each, samples of them, and their fits."""

import functools

import numpy as np
import numpyro.distributions as dist
import scipy.stats as st

import fisherax as fx

N = 200
DISCRETE = {"poisson", "nbinom", "geom", "binom", "bernoulli", "betabinom"}
# name: family, sample, SciPy's log-density at parameters by NumPyro's names
CASES = {
    "norm": (fx.Family(dist.Normal), st.norm(1e5, 0.3), lambda x, p: st.norm.logpdf(x, p["loc"], p["scale"])),
    "lognorm": (
        fx.Family(dist.LogNormal),
        st.lognorm(0.5, scale=2.0),
        lambda x, p: st.lognorm.logpdf(x, p["scale"], scale=np.exp(p["loc"])),
    ),
    "t": (
        fx.Family(dist.StudentT),
        st.t(3.0, 1.0, 2.0),
        lambda x, p: st.t.logpdf(x, p["df"], p["loc"], p["scale"]),
    ),
    "cauchy": (
        fx.Family(dist.Cauchy),
        st.cauchy(1.0, 2.0),
        lambda x, p: st.cauchy.logpdf(x, p["loc"], p["scale"]),
    ),
    "logistic": (
        fx.Family(dist.Logistic),
        st.logistic(1.0, 2.0),
        lambda x, p: st.logistic.logpdf(x, p["loc"], p["scale"]),
    ),
    "gumbel": (
        fx.Family(dist.Gumbel),
        st.gumbel_r(1.0, 2.0),
        lambda x, p: st.gumbel_r.logpdf(x, p["loc"], p["scale"]),
    ),
    "gamma": (
        fx.Family(dist.Gamma),
        st.gamma(2.5, scale=3e4),
        lambda x, p: st.gamma.logpdf(x, p["concentration"], scale=1 / p["rate"]),
    ),
    "invgamma": (
        fx.Family(dist.InverseGamma),
        st.invgamma(2.5, scale=3.0),
        lambda x, p: st.invgamma.logpdf(x, p["concentration"], scale=p["rate"]),
    ),
    "expon": (
        fx.Family(dist.Exponential),
        st.expon(scale=0.5),
        lambda x, p: st.expon.logpdf(x, scale=1 / p["rate"]),
    ),
    "weibull": (
        fx.Family(dist.Weibull),
        st.weibull_min(1.7, scale=3.0),
        lambda x, p: st.weibull_min.logpdf(x, p["concentration"], scale=p["scale"]),
    ),
    "beta": (
        fx.Family(dist.Beta),
        st.beta(2.0, 0.7),
        lambda x, p: st.beta.logpdf(x, p["concentration1"], p["concentration0"]),
    ),
    "halfnorm": (
        fx.Family(dist.HalfNormal),
        st.halfnorm(scale=2.0),
        lambda x, p: st.halfnorm.logpdf(x, scale=p["scale"]),
    ),
    "vonmises": (
        fx.Family(dist.VonMises),
        st.vonmises(2.0, 1.0),
        lambda x, p: st.vonmises.logpdf(x, p["concentration"], p["loc"]),
    ),
    "t-fixed": (
        fx.Family(dist.StudentT, fixed={"df": 4.0}),
        st.t(4.0, 1.0, 2.0),
        lambda x, p: st.t.logpdf(x, 4.0, p["loc"], p["scale"]),
    ),
    "gamma-fixed": (
        fx.Family(dist.Gamma, fixed={"rate": 2.0}),
        st.gamma(2.5, scale=0.5),
        lambda x, p: st.gamma.logpdf(x, p["concentration"], scale=0.5),
    ),
    "poisson": (fx.Family(dist.Poisson), st.poisson(3.0), lambda x, p: st.poisson.logpmf(x, p["rate"])),
    "nbinom": (
        fx.Family(dist.NegativeBinomial2),
        st.nbinom(2.0, 0.4),
        lambda x, p: st.nbinom.logpmf(
            x, p["concentration"], p["concentration"] / (p["concentration"] + p["mean"])
        ),
    ),
    "geom": (fx.Family(dist.Geometric), st.geom(0.3, loc=-1), lambda x, p: st.geom.logpmf(x + 1, p["probs"])),
    "bernoulli": (
        fx.Family(dist.Bernoulli),
        st.bernoulli(0.3),
        lambda x, p: st.bernoulli.logpmf(x, p["probs"]),
    ),
    "binom": (
        fx.Family(dist.Binomial, fixed={"total_count": 7}),
        st.binom(7, 0.3),
        lambda x, p: st.binom.logpmf(x, 7, p["probs"]),
    ),
}


@functools.cache
def data(name):
    x = CASES[name][1].rvs(size=N, random_state=np.random.default_rng(1))
    return x.astype(float)


@functools.cache
def fitted(name):
    return fx.fit(CASES[name][0], data(name))
