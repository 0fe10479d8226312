"""The model's own expectation: the Fisher information itself."""

from typing import ClassVar

from ..._types import Array, Float, PRNGKeyArray, PyTree
from ...models.base import Head
from ...operators.matrix_functions import square_root
from ..expectation import Form, head_information
from .base import ProductEstimator


class Exact(ProductEstimator):
    """The Fisher information: the expectation over the model's own distribution, nothing sampled.

    Three definitions of the same matrix, for a regular model:

        score form    E[s sᵀ],  s = ∂ ln p/∂θ
        Hessian form  −E[∂² ln p/∂θ²]
        KL form       ∂² KL(p_θ ‖ p_φ)/∂φ²  at φ = θ

    Without a `form` the ladder of expectations is used: a closed form, the Hessian of a closed-form KL
    divergence, a sum over the support, adaptive quadrature, and as the last resort sampling; the operator
    says which, and its error.

    Args:
        form: `ScoreForm()`, `HessianForm()` or `KLForm()` to insist on one definition.

    Examples:
        >>> import fisherax as fx, numpyro.distributions as dist
        >>> G = fx.fisher(fx.Family(dist.Cauchy), {"loc": 0.0, "scale": 2.0}, estimator=fx.Exact())
        >>> {name: round(float(value), 6) for name, value in G.diagonal().items()}  # 1/(2 scale²) for both
        {'loc': 0.125, 'scale': 0.125}
        >>> G.provenance.expectation
        'closed form'

    References:
        Kunstner, Balles and Hennig (2019), Limitations of the empirical Fisher approximation for natural gradient
        descent, NeurIPS 32.
    """

    form: Form | None = None
    needs_targets: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """What its operators call themselves."""
        return "exact"

    def cotangents(
        self, head: Head, f: PyTree, y: Array | None, key: PRNGKeyArray | None
    ) -> Float[Array, "r d"]:
        if self.form is None:
            root = head.information_root(f)
            if root is not None:
                return root.T
        return square_root(head_information(head, f, self.form, key=key).value)
