"""The three definitions of an information on one mesh, so that it is traced and compiled once for all of them."""

from fisherax.information.expectation.information import _by_hessian, _by_kl, _score_moments
from fisherax.information.expectation.ladder import rule_of
from fisherax.information.expectation.law import Law


def three_forms(head, f):
    """E[s sᵀ], −E[∇² ln p] and the KL's Hessian, as `Exact(form)` computes each of them."""
    law = Law(head)
    rule = rule_of(law, f, _score_moments(law, f), law.listed(f), None, 1)
    log_prob = law.log_prob(f, rule.points)
    rounding = law.rounding(f, rule.points, log_prob)
    by_score = rule.moments(log_prob, rounding, law.scores(f, rule.points)).outer
    return [by_score, *(form(law, f, rule, log_prob, rounding)[0] for form in (_by_hessian, _by_kl))]
