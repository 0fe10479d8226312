"""What becomes of every leaf of a network's parameters, as a table."""

import dataclasses
from collections import Counter
from collections.abc import Sequence

import jax.numpy as jnp

from .._types import Any, Params
from ..capture import Layer, Program, layers, trace
from ..models.base import Model
from .checks import check_arguments
from .structures import EKFAC, KFAC
from .structures.captured import layout_of


@dataclasses.dataclass(frozen=True)
class LeafReport:
    """One leaf of the parameters.

    Attributes:
        name: The leaf.
        shape: Its shape.
        uses: By which primitives it is used, and how often: "dot_general", "dot_general ×3".
        positions: How many positions of one observation share it.
        block: What it gets: "Kronecker 5 × 3" (inputs × outputs; "6 × (4 × 2)" for stacked ones), "dense 4 × 4",
            "diagonal 512", or "none" for what is not used; more than one for a leaf that is split before its use.
        layer: All leaves of these blocks.
        exact: Whether they are the information's own, for whatever network.
        known: Whether every use is known to a rule; otherwise its gradients are computed one observation at a time.
        numbers: How many numbers they keep.
        bytes: What they take, in the parameters' precision, or in float32 where that is less.
    """

    name: str
    shape: tuple[int, ...]
    uses: str
    positions: int
    block: str
    layer: tuple[str, ...]
    exact: bool
    known: bool
    numbers: int
    bytes: int


@dataclasses.dataclass(frozen=True)
class Explanation:
    """What K-FAC or EK-FAC makes of a network, leaf by leaf; `str` prints it as a table.

    Made by `explain`.

    Attributes:
        leaves: One report for each leaf, in JAX's order.
        numbers: How many numbers all blocks keep.
        bytes: What they take.
    """

    leaves: tuple[LeafReport, ...]
    numbers: int
    bytes: int

    def __str__(self) -> str:
        head = ("leaf", "shape", "used by", "shared", "block", "with", "")
        rows: list[tuple[str, ...]] = [head]
        for leaf in self.leaves:
            others = ", ".join(name for name in leaf.layer if name != leaf.name)
            shape = "×".join(map(str, leaf.shape)) or "scalar"
            how = "exact" if leaf.exact else "approximate"
            note = how if leaf.known else f"{how}; gradients one by one"
            shared = str(leaf.positions) if leaf.positions > 1 else ""
            rows.append(
                (leaf.name, shape, leaf.uses, shared, leaf.block, others, note if leaf.uses else "not used")
            )
        widths = [max(len(row[k]) for row in rows) for k in range(len(head))]
        lines = [
            "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows
        ]
        return "\n".join([*lines, f"{self.numbers:,} numbers in all: {self.bytes / 2**20:,.1f} MiB"])


def explain(
    model: Model, params: Params, x: Any, structure: KFAC | EKFAC = KFAC(), strict: bool = False
) -> Explanation:
    """What a network does with each leaf of its parameters, and which block the leaf gets in K-FAC or EK-FAC.

    Nothing is left out: a leaf that no rule knows is there with the primitive that uses it, and so is one that is
    not used at all.

    Args:
        model: A `Conditional`.
        params: Its parameters, a pytree.
        x: ONE input.
        structure: `KFAC()` or `EKFAC()`, with the size up to which leaves that are no product have a dense block.
        strict: Whether to refuse a network with a leaf that gets a coarser block than its use allows.

    Returns:
        An `Explanation`.

    Raises:
        ValueError: With `strict`, a leaf is used in a way that no rule knows, or in parts.

    Examples:
        >>> import fisherax as fx, jax.numpy as jnp
        >>> def apply(params, x):
        ...     return jnp.tanh(x @ params["w"] + params["b"]) * params["gain"]
        >>> model = fx.Conditional(apply, fx.heads.Categorical())
        >>> params = {"w": jnp.ones((4, 3)), "b": jnp.zeros(3), "gain": jnp.ones(3), "old": jnp.zeros(2)}
        >>> print(fx.explain(model, params, jnp.ones(4)))
        leaf  shape  used by      shared  block            with
        b     3      add                  Kronecker 5 × 3  w     approximate
        gain  3      mul                  dense 3 × 3            exact
        old   2                           none                   not used
        w     4×3    dot_general          Kronecker 5 × 3  b     approximate
        43 numbers in all: 0.0 MiB

    References:
        Martens and Grosse (2015), Optimizing neural networks with Kronecker-factored approximate curvature, ICML.
    """
    check_arguments("explain", model=model)
    program = trace(model.output, params, x)
    found = layers(program)
    reports = {
        leaf: _report(program, [layer for layer in found if leaf in layer.leaves], leaf, structure)
        for leaf in range(len(program.leaves))
    }
    coarse = [program.names[layer.leaves[0]] for layer in found if layer.kind == "direct"]
    if strict and coarse:
        reasons = [f"{name!r} ({reports[program.names.index(name)].uses})" for name in coarse]
        raise ValueError(
            "explain: no Kronecker block for "
            + ", ".join(reasons)
            + ": used in a way that no rule knows, or in parts. "
            "Leave strict out to give them exact blocks of their own."
        )
    kept = [(_block(program, layer, structure)[1], _itemsize(program, layer)) for layer in found]
    return Explanation(tuple(reports.values()), sum(n for n, _ in kept), sum(n * size for n, size in kept))


def _report(program: Program, found: Sequence[Layer], leaf: int, structure: KFAC | EKFAC) -> LeafReport:
    shape = tuple(program.leaves[leaf].shape)
    uses = [program.uses[k] for k in program.uses_of(leaf)]
    counted = Counter(use.primitive for use in uses)
    counted.update(program.unknown.get(leaf, ()))
    names = ", ".join(name if times == 1 else f"{name} ×{times}" for name, times in counted.items())
    blocks = [_block(program, layer, structure) for layer in found]
    together = dict.fromkeys(k for layer in found for k in layer.leaves)
    return LeafReport(
        program.names[leaf],
        shape,
        names,
        max((use.sizes[1] for use in uses), default=1),
        " and ".join(dict.fromkeys(block for block, _ in blocks)),
        tuple(program.names[k] for k in together),
        all(layer.kind != "matrix" for layer in found) and not any("diagonal" in b for b, _ in blocks),
        all(layer.kind != "direct" for layer in found),
        sum(numbers for _, numbers in blocks),
        sum(n * _itemsize(program, layer) for (_, n), layer in zip(blocks, found, strict=True)),
    )


def _itemsize(program: Program, layer: Layer) -> int:
    dtype = jnp.result_type(*(program.leaves[k] for k in layer.leaves))
    return jnp.promote_types(dtype, jnp.float32).itemsize


def _block(program: Program, layer: Layer, structure: KFAC | EKFAC) -> tuple[str, int]:
    """What a layer gets, and how many numbers that keeps."""
    if layer.kind == "unused":
        return "none", 0
    size = layout_of(program, layer).size
    s, i, o = layer.shape if layer.places else (1, 1, size)
    stacked = f"{s} × " if s > 1 else ""
    if layer.kind == "matrix":
        bases = o * o + _input_numbers(program, layer, structure)
        inner = f"{i} × {o}"
        scales = i * o if isinstance(structure, EKFAC) else 0
        return f"Kronecker {stacked}({inner})" if s > 1 else f"Kronecker {inner}", s * (bases + scales)
    if i * o <= structure.dense_up_to:
        return f"dense {stacked}{i * o} × {i * o}", s * (i * o) ** 2
    return f"diagonal {s * i * o}", s * i * o


def _input_numbers(program: Program, layer: Layer, structure: KFAC | EKFAC) -> int:
    """How many numbers the input factor of one block keeps: counts of rows are its diagonal, with no basis to keep."""
    i = layer.shape[1]
    if not layer.is_lookup(program) or structure.setting == "reduce":
        return i * i
    return 0 if isinstance(structure, EKFAC) else i
