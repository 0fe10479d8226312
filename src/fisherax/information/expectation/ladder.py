"""Which points stand for an expectation: a list, a window with its tails, a quadrature mesh, or draws."""

from ..._types import PRNGKeyArray, PyTree
from .enumeration import is_discrete
from .lattice import lattice_rule
from .law import Law
from .quadrature import quadrature_rule
from .rule import Features, Rule
from .sampling import sample_rule


def rule_of(
    law: Law, f: PyTree, features: Features, listed: Rule | None, key: PRNGKeyArray | None, num_samples: int
) -> Rule:
    """The first rung that the support allows, on a mesh that gets the expectations of `features` right.

    `listed` is the support's list of points (`Law.listed`), if it has one; it is made outside of `jit`, where
    the bounds of the support are known.
    """
    if listed is not None:
        return listed
    support = law.support(f)
    scalar = not law.distribution(f).event_shape
    rule: Rule | None = None
    if scalar and is_discrete(support):
        rule = lattice_rule(law, f, support, features)
    elif scalar and is_discrete(support) is False:
        rule = quadrature_rule(law, f, features)
    return sample_rule(law, f, key, num_samples) if rule is None else rule
