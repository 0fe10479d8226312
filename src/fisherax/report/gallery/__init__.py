"""A page that tells the geometry of statistical models in six figures, each with its formula, some to be handled."""

from .page import write_gallery as write_gallery
