"""Link functions by their public names: `Identity`, `Log`, `Logit`, `Probit`, `Inverse`, or a `Link` of your own."""

from .link_functions import Identity as Identity
from .link_functions import Inverse as Inverse
from .link_functions import Link as Link
from .link_functions import Log as Log
from .link_functions import Logit as Logit
from .link_functions import Probit as Probit
from .link_functions import as_link as as_link
from .link_functions import link_names as link_names
