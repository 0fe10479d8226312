"""Which equation of a JAX program uses which parameter, and what it multiplies it with."""

from .layers import Layer as Layer
from .layers import layers as layers
from .pairs import Pairs as Pairs
from .pairs import gradient as gradient
from .pairs import gradients as gradients
from .pairs import pairs as pairs
from .place import Place as Place
from .program import Program as Program
from .program import trace as trace
from .uses import Repeated as Repeated
from .uses import Use as Use
from .views import View as View
