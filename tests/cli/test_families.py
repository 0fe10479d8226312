"""The names of the command line against NumPyro's own declarations."""

import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest
from numpyro.distributions import constraints as C

from fisherax.cli import family_names
from fisherax.cli.family_names import BY_NAME, FAMILIES, canonical, complaint
from fisherax.cli.request import family_of
from fisherax.cli.supports import SHORT, WORDS, support_of
from fisherax.data.regression import _HEADS
from fisherax.models import Family, heads, links

DOMAINS = {
    "a real number": lambda c: c is C.real,
    "an angle": lambda c: c is C.circular,
    "> 0": lambda c: c.event_dim == 0 and c.lower_bound == 0 and not hasattr(c, "upper_bound"),
    "between 0 and 1": lambda c: c is C.unit_interval,
    "shares that sum to 1": lambda c: c is C.simplex,
    "a whole number": lambda c: c is C.nonnegative_integer,
    "> 0, for each column": lambda c: c.event_dim == 1 and c.base_constraint is C.positive,
    "a real number for each column": lambda c: c is C.real_vector,
    "symmetric, positive definite": lambda c: c is C.positive_definite,
}


@pytest.mark.parametrize("named", FAMILIES, ids=lambda f: f.name)
def test_parameters_are_those_of_numpyro(named):
    fixed = {} if named.known is None else {named.known: 5}
    family = Family(getattr(dist, named.distribution), fixed=fixed)
    assert set(family.parameters) == set(named.free)
    for name, domain in named.parameters:
        if name != named.known:
            assert DOMAINS[domain](family.constraints[name]), (name, domain)


@pytest.mark.parametrize("named", [f for f in FAMILIES if not f.columns], ids=lambda f: f.name)
def test_supports_are_those_of_numpyro_up_to_end_points(named):
    """At 0 and 1 a Beta density, and at 0 a Gamma density, may be 0 or infinite: those ends are left out."""
    values = np.array([-3.0, -1.0, -0.5, 0.25, 0.5, 2.0, 3.0, 3.5, 7.0, 12.0])
    total = 5.0 if named.known else None
    inside = np.asarray(support_of(named.support, total).inside(values), bool)
    kind = getattr(dist, named.distribution)
    if named.support == "trials":
        theirs = C.integer_interval(0, 5)
    elif named.support == "category":
        theirs = C.nonnegative_integer
    else:
        fixed = {} if named.known is None else {named.known: 5}
        theirs = Family(kind, fixed=fixed).distribution_type.support
    assert inside.tolist() == np.asarray(theirs(jnp.asarray(values)), bool).tolist()
    assert named.support in WORDS
    assert named.support in SHORT


@pytest.mark.parametrize("name", family_names.REGRESSIONS)
def test_the_first_link_is_the_heads_own(name):
    named = BY_NAME[name]
    kind, dispersion = _HEADS[name]
    assert named.links[0] == kind().link.name
    assert named.dispersion == dispersion
    assert all(link in links.link_names() for link in named.links)
    assert issubclass(
        kind, heads.Normal | heads.Bernoulli | heads.Poisson | heads.Gamma | heads.NegativeBinomial
    )


def test_names_are_found_as_people_write_them():
    assert canonical("Gaussian") == "normal"
    assert canonical("Student_T") == "student-t"
    assert canonical("negative binomial") == "negative-binomial"
    assert canonical("gamma-mixture") == "gamma-mixture"
    assert canonical("dirichlet-mixture") is None
    assert "moves with the parameters" in complaint("uniform")[0]
    assert complaint("weibul")[1] == "did you mean weibull?"
    assert family_of("normal-mixture", 3) == (BY_NAME["normal"], 3)


def test_the_list_is_the_registry(run):
    import json

    found = json.loads(run("families", "--json").stdout)
    assert [family["name"] for family in found["families"]] == list(BY_NAME)
    assert "normal-mixture" in found["mixtures"]
    table = run("families", columns=60).stdout
    assert all(name in table for name in BY_NAME)
    assert max(map(len, table.splitlines())) <= 60
