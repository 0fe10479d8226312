"""The table of what becomes of every leaf is true of the operator that is made."""

import jax
import jax.numpy as jnp
import pytest

import fisherax as fx

from ..capture.cases import KNOWN, OVERLAPPING, PARTS, UNKNOWN
from .test_kfac import CLASSES, rows_of


def explained(case, **settings):
    function, params, x = case
    return fx.explain(fx.Conditional(function, CLASSES), params, x, **settings)


@pytest.mark.parametrize("structure", [fx.KFAC(), fx.KFAC("reduce"), fx.EKFAC(), fx.EKFAC("reduce")])
@pytest.mark.parametrize("name", ["dense", "row", "tied embedding", "scan over layers"])
def test_the_numbers_are_those_of_the_operator(name, structure):
    function, params, x = KNOWN[name]
    table = explained(KNOWN[name], structure=structure)
    model = fx.Conditional(function, CLASSES)
    found = fx.fisher(model, params, rows_of(x, 2), structure=structure)
    arrays = [array for block in found.blocks for array in jax.tree.leaves(block)]
    assert table.numbers == sum(array.size for array in arrays)
    assert table.bytes == sum(array.nbytes for array in arrays)
    layers = {tuple(found.tangent.names[k] for k in block.layout.leaves) for block in found.blocks}
    assert {leaf.layer for leaf in table.leaves} == layers


def test_every_leaf_is_there_with_its_uses():
    table = explained(KNOWN["tied embedding"])
    assert [leaf.name for leaf in table.leaves] == ["E", "gain", "position", "shift"]
    assert [leaf.uses for leaf in table.leaves] == ["gather, dot_general", "mul", "add", "add"]
    assert [leaf.positions for leaf in table.leaves] == [5, 5, 1, 5]
    assert [leaf.exact for leaf in table.leaves] == [False, True, True, True]
    assert [leaf.block for leaf in explained(KNOWN["reused"]).leaves] == ["Kronecker 4 × 3"] * 2
    text = str(explained(KNOWN["reused"]))
    assert "dot_general ×3" in text
    assert text.splitlines()[0].split() == ["leaf", "shape", "used", "by", "shared", "block", "with"]


def test_what_is_not_used_and_what_is_not_known_is_said():
    unused = fx.explain(
        fx.Conditional(lambda p, x: x * p["a"], CLASSES), {"a": jnp.ones(3), "b": jnp.ones(2)}, jnp.ones(3)
    )
    assert (unused.leaves[1].block, unused.leaves[1].numbers) == ("none", 0)
    assert "not used" in str(unused)
    assert "gradients one by one" in str(explained(UNKNOWN["weight norm"]))
    assert explained(UNKNOWN["branches"]).leaves[0].uses == "cond"
    assert explained(OVERLAPPING, structure=fx.KFAC(dense_up_to=3)).leaves[0].block == "diagonal 24"
    assert [explained(OVERLAPPING, structure=fx.KFAC(dense_up_to=n)).leaves[0].exact for n in (3, 24)] == [
        False,
        True,
    ]
    assert explained(PARTS).leaves[0].block == "Kronecker 4 × 3"


def test_strict_refuses_what_is_coarser():
    explained(KNOWN["dense"], strict=True)
    with pytest.raises(ValueError, match=r"'w' \(cond\)"):
        explained(UNKNOWN["branches"], strict=True)
    with pytest.raises(ValueError, match="no Kronecker block for 'w'"):
        explained(OVERLAPPING, strict=True)
