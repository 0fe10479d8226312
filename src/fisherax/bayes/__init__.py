"""What the information says before and after the data: Jeffreys' prior."""

from .jeffreys import JeffreysPrior as JeffreysPrior
