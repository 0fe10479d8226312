"""The three definitions of the Fisher information, which agree where the density is regular."""

import equinox as eqx


class Form(eqx.Module):
    """Which expectation is computed. Left to itself the ladder takes the cheapest exact one."""


class ScoreForm(Form):
    """E[s sᵀ] with the score s = ∇ ln p. It needs one derivative, and a density with kinks has it too."""


class HessianForm(Form):
    """−E[∇² ln p]. It is wrong, not merely inaccurate, where ∇ ln p jumps: there it refuses."""


class KLForm(Form):
    """∂²/∂g² KL(p_f ‖ p_g) at g = f, of the closed form where there is one."""
