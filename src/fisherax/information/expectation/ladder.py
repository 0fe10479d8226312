"""Which points stand for an expectation: a list, a window with its tails, a quadrature mesh, or draws."""

from ..._types import PRNGKeyArray, PyTree
from .enumeration import enumeration_rule
from .lattice import lattice_rule
from .law import Law
from .quadrature import quadrature_rule
from .rule import Features, Rule
from .sampling import sample_rule


def rule_of(law: Law, f: PyTree, features: Features, key: PRNGKeyArray | None, num_samples: int) -> Rule:
    """The first rung that the support allows, on a mesh that gets the expectations of `features` right."""
    support = law.support(f)
    event_shape = tuple(law.distribution(f).event_shape)
    rule: Rule | None = None
    try:
        discrete = bool(support.is_discrete)
    except NotImplementedError:
        return sample_rule(law, f, key, num_samples)
    if discrete:
        rule = enumeration_rule(support, event_shape)
        if rule is None and not event_shape:
            rule = lattice_rule(law, f, support, features)
    elif not event_shape:
        rule = quadrature_rule(law, f, features)
    return sample_rule(law, f, key, num_samples) if rule is None else rule
