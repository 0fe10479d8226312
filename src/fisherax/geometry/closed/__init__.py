"""Geodesics in closed form: a few model spaces, and which families of distributions they are."""

from .isometry import Isometry as Isometry
from .registry import isometry_of as isometry_of
from .space import ModelSpace as ModelSpace
