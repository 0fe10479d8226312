"""Where an information matrix comes from, and which of them may be added."""

import equinox as eqx


class Provenance(eqx.Module):
    r"""What an operator remembers of its making; static, hashable, compared by value.

    Attributes:
        estimator: which information it is: ``"exact"``, ``"Monte Carlo"``, ``"empirical"``, ``"observed"``.
        structure: how it is kept: ``"dense"``, ``"diagonal"``, ``"block diagonal"``, ...
        expectation: how the expectation over the observations was computed: ``"closed form"``, ``"sum"``,
            ``"quadrature"``, ``"sampling"``, ``"data"``, ...
        data_size: the number of observations (or inputs) averaged over; None where no data entered.
        positive_semidefinite: True for every average of squares of scores. An observed information is
            minus a Hessian, which may be indefinite away from a maximum, and says False.
        details: whatever else a reader should see when the operator is printed.

    Examples:
        >>> str(Provenance("exact", "dense", "closed form"))
        'exact, dense; expectation: closed form'
    """

    estimator: str = eqx.field(static=True)
    structure: str = eqx.field(static=True)
    expectation: str = eqx.field(static=True)
    data_size: int | None = eqx.field(static=True, default=None)
    positive_semidefinite: bool = eqx.field(static=True, default=True)
    details: tuple[str, ...] = eqx.field(static=True, default=())

    def check_compatible(self, other: "Provenance") -> None:
        """Raise ValueError unless the two describe the same kind of information.

        An empirical Fisher, an exact one and a Hessian are different matrices, equal at best in the limit of
        infinitely many observations from the model itself; their sum estimates none of them.
        """
        if self.estimator != other.estimator:
            raise ValueError(
                f"G + H: an information of estimator {self.estimator!r} cannot be added to one of estimator "
                f"{other.estimator!r}, since they are different matrices and their sum is neither: compute "
                "both with the same estimator (the `estimator` argument of `fisher`), or add their matrices "
                "(`as_matrix`) if that is what you mean."
            )

    def combined(self, other: "Provenance") -> "Provenance":
        """The provenance of a sum."""
        self.check_compatible(other)
        sizes = [size for size in (self.data_size, other.data_size) if size is not None]
        return Provenance(
            estimator=self.estimator,
            structure=_joined(self.structure, other.structure),
            expectation=_joined(self.expectation, other.expectation),
            data_size=sum(sizes) if sizes else None,
            positive_semidefinite=self.positive_semidefinite and other.positive_semidefinite,
            details=self.details + tuple(d for d in other.details if d not in self.details),
        )

    def __str__(self) -> str:
        return f"{self.estimator}, {self.structure}; {self.origin}"

    @property
    def origin(self) -> str:
        """How the expectation was computed, for printing."""
        over = [] if self.data_size is None else [f"averaged over {_number(self.data_size)} observations"]
        return ", ".join([f"expectation: {self.expectation}", *over, *self.details])


def _joined(a: str, b: str) -> str:
    """``a + b`` without repetition, whichever parts either of them already has."""
    parts = a.split(" + ")
    return " + ".join(parts + [part for part in b.split(" + ") if part not in parts])


def _number(n: int) -> str:
    return f"{n:,}"
