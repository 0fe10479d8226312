"""A convolution, of any number of dimensions: strided, dilated, transposed, grouped, depthwise."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax.extend.core import JaxprEqn

from ..._types import Array
from ..uses import Kind, Use
from ..views import View, shape_of


@dataclasses.dataclass(frozen=True)
class Convolution(Use):
    """A product of patches of the input with the kernel; groups of channels are independent blocks.

    Attributes:
        specs: Where the axes of input, kernel and output are, as JAX has them.
        window: Strides, padding and dilations.
        kernel: The kernel's length along each dimension.
        groups: How many groups of channels.
        shape: (s, t, i, o).
        flipped: The dimensions along which the kernel was turned round before its use: the patches are turned instead.

    References:
        Grosse and Martens (2016), A Kronecker-factored approximate Fisher matrix for convolution layers, ICML, §2.3.
    """

    specs: tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]
    window: tuple[tuple[str, Any], ...]
    kernel: tuple[int, ...]
    groups: int
    shape: tuple[int, int, int, int]
    flipped: tuple[int, ...] = ()

    @property
    def kind(self) -> Kind:
        return "matrix"

    @property
    def sizes(self) -> tuple[int, int, int, int]:
        return self.shape

    @property
    def output_axes(self) -> tuple[int, ...]:
        return (self.specs[2][1],)

    def activation(self, *others: Array) -> Array:
        image = jnp.transpose(others[0], self.specs[0])
        patches = jax.lax.conv_general_dilated_patches(image, self.kernel, **dict(self.window))
        if self.flipped:
            apart = jnp.reshape(patches, (len(patches), -1, *self.kernel, *patches.shape[2:]))
            patches = jnp.reshape(jnp.flip(apart, [axis + 2 for axis in self.flipped]), patches.shape)
        return self._apart(patches, self.shape[2])

    def cotangent(self, output: Array) -> Array:
        return self._apart(jnp.transpose(output, self.specs[2]), self.shape[3])

    def weight(self, viewed: Array) -> Array:
        s, _, i, o = self.shape
        kernel = jnp.reshape(jnp.transpose(viewed, self.specs[1]), (s, o, i))
        return jnp.swapaxes(kernel, 1, 2)

    def _apart(self, images: Array, channels: int) -> Array:
        """(batch, groups · channels, positions…) → (groups, batch · positions, channels)."""
        apart = jnp.reshape(images, (images.shape[0], self.groups, channels, -1))
        return jnp.reshape(jnp.transpose(apart, (1, 0, 3, 2)), (self.groups, -1, channels))


def use(equation: JaxprEqn, views: Sequence[View | None]) -> Use | None:
    """The use that this equation makes of its kernel."""
    view, told = views[1], equation.params
    if view is None or views[0] is not None or told["batch_group_count"] != 1:
        return None
    view, turned = view.unturned()
    numbers = told["dimension_numbers"]
    specs = (tuple(numbers.lhs_spec), tuple(numbers.rhs_spec), tuple(numbers.out_spec))
    if not set(turned) <= set(specs[1][2:]):
        return None
    flipped = tuple(specs[1][2:].index(axis) for axis in turned)
    names = ("window_strides", "padding", "lhs_dilation", "rhs_dilation")
    window = tuple((name, tuple(told[name])) for name in names)
    groups = told["feature_group_count"]
    out = shape_of(equation.outvars[0])
    kernel = tuple(view.shape[axis] for axis in specs[1])
    inputs, outputs = 1, kernel[0] // groups
    for length in kernel[1:]:
        inputs *= length
    positions = out[specs[2][0]]
    for axis in specs[2][2:]:
        positions *= out[axis]
    sizes = (groups, positions, inputs, outputs)
    return Convolution(view, "conv_general_dilated", specs, window, kernel[2:], groups, sizes, flipped)
