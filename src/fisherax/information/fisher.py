"""The front door: the Fisher information of any model, by any estimator, in any structure."""

from collections.abc import Iterator

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.tree_util as jtu
import numpy as np
from jax.core import Tracer

from .._tree import as_arrays, batches, leading_size
from .._types import Array, Data, Int, Params, PyTree, Scalar
from ..models.base import Model
from ..models.tangent import Tangent
from ..models.unconditional import Unconditional
from ..operators import Information, Provenance
from .accumulate import Sums, accumulate
from .checks import check_arguments, check_density, check_params
from .estimators import Estimator, Exact, MonteCarlo
from .exact import family_information
from .strays import refuse_strays
from .structures import Captured, Dense, Structure
from .traced import factor_of, times, unknown_inside


def fisher(
    model: Model,
    params: Params,
    data: Data | None = None,
    estimator: Estimator = Exact(),
    structure: Structure = Dense(),
) -> Information:
    """The Fisher information of one observation, as a linear map on parameters.

        G(θ) = E[JᵀL LᵀJ],    KL(p_θ ‖ p_{θ+δ}) = ½ δᵀG(θ)δ + O(δ³)

    with J = ∂f/∂θ the Jacobian of the head's parameter, and L a square root of the head's information,
    taken as the estimator says. It is an average over `data`, and an expectation over the model where
    `data` is None. The information of n observations is `n * G`.

    Args:
        model: A `Family`, a `Mixture` or a `Conditional`.
        params: A pytree of parameters θ, where the information is taken.
        data: Arrays with a leading axis of observations, or an iterable of such batches, which is streamed
            in constant memory. A `Conditional` needs its inputs for `Exact` and `MonteCarlo`, and
            (inputs, targets) for `Empirical` and `Observed`; a `Family` needs its observations for the
            last two alone.
        estimator: `Exact()`, `MonteCarlo(key, num_samples)`, `Empirical()` or `Observed()`.
        structure: `Dense()`, `Diagonal()` or `BlockDiagonal()`.

    Returns:
        An `Information` operator. Units: one over the product of the units of two parameters.

    Raises:
        ValueError: If data are missing, empty or of unequal lengths; if the information is undefined (a
            support that moves with a parameter; for `Observed`, a kink that does) or not finite; if a
            parameter is outside its space or an observation outside the support; if the structure makes no
            sense for the parameters. While JAX traces, values are not known, and only what shapes and
            families tell is refused: an information at values that are outside is NaN, with all its derivatives.

    Examples:
        >>> import fisherax as fx, numpyro.distributions as dist
        >>> G = fx.fisher(fx.Family(dist.Normal), {"loc": 0.0, "scale": 2.0})
        >>> G.as_matrix()
        Array([[0.25, 0.  ],
               [0.  , 0.5 ]], dtype=float64)
        >>> {name: float(value) for name, value in (100 * G).solve({"loc": 1.0, "scale": 0.0}).items()}
        {'loc': 0.04, 'scale': 0.0}

    References:
        Amari (2016), Information Geometry and Its Applications, §2.2. Martens (2020), New insights and
        perspectives on the natural gradient method, JMLR 21, §9.
    """
    check_arguments("fisher", model=model, estimator=estimator, structure=structure)
    params = as_arrays(params)
    tangent = model.tangent(params)
    structure.check(tangent)
    check_params("fisher", model, params)
    inside = [unknown_inside(model, params)]
    if isinstance(model, Unconditional):
        check_density(estimator, model, params)
    if isinstance(model, Unconditional) and isinstance(structure, Captured):
        raise ValueError(
            f"A {structure.name} information is made of the layers of a network, which a {type(model).__name__} has "
            "none of: use structure=Dense(), Diagonal() or BlockDiagonal()."
        )
    if isinstance(model, Unconditional) and not estimator.needs_targets:
        return _expected(model, params, estimator, structure, tangent, factor_of(*inside))
    if data is None:
        what = "(inputs, targets)" if not isinstance(model, Unconditional) else "observations"
        raise ValueError(
            f"The {estimator.name} information of a {type(model).__name__} is an average over data: "
            f"pass {what if estimator.needs_targets else 'its inputs'} as data."
        )
    if structure.passes > 1 and isinstance(data, Iterator):
        raise ValueError(
            f"fisher: a {structure.name} information reads the data {structure.passes} times, and an iterator is read "
            "once: pass a list of batches, or any object that can be iterated again."
        )
    structure = structure.settled(lambda other: fisher(model, params, data, estimator, other))
    total: Sums | None = None
    size = 0
    for index, batch in enumerate(batches(data)):
        inputs, targets = model.split(batch, targets=estimator.needs_targets)
        length = leading_size((inputs, targets))
        try:
            sums = _batch_sums(
                model, estimator, structure, tangent, params, inputs, targets, length, jnp.asarray(index)
            )
        except Exception as error:
            if targets is None and _is_pair(model, params, inputs):
                raise ValueError(
                    f"The {estimator.name} information takes the inputs alone, but the data are a pair: pass the "
                    "inputs, and not (inputs, targets)."
                ) from error
            raise
        inside.append(refuse_strays("fisher", model, params, inputs, targets, sums.strays, size))
        total = sums if total is None else total + sums
        size += length
    if total is None:
        raise ValueError("The data are an empty stream: an average over no observation is undefined.")
    state = jtu.tree_map(lambda a: a / size, total.state)
    error = None
    how = "average over data"
    if isinstance(estimator, MonteCarlo):
        how = "sampling"
        if not isinstance(structure, Captured):
            draws = size * estimator.num_samples
            error = jnp.sqrt(total.fourth * estimator.num_samples**2) / draws
    return _finish(structure, state, tangent, estimator, how, size, error, factor_of(*inside))


class Metric(eqx.Module):
    """The information as a function of the parameters alone: a Riemannian metric.

        θ ↦ G(θ)

    Args:
        model: A `Family`, a `Mixture` or a `Conditional`.
        data: As for `fisher`; read at every point, so a stream must be one that can be read again.
        estimator: As for `fisher`. A `MonteCarlo` draws with the same key at every point.
        structure: As for `fisher`.

    Raises:
        ValueError: If an argument is of the wrong kind, or `data` an iterator, which is read once.

    Examples:
        >>> import fisherax as fx, numpyro.distributions as dist
        >>> metric = fx.Metric(fx.Family(dist.Poisson))
        >>> float(metric({"rate": 4.0}).trace())
        0.25

    References:
        Rao (1945), Bulletin of the Calcutta Mathematical Society 37, 81–91; Amari (2016), Information Geometry and Its
        Applications, §2.2.
    """

    model: Model
    data: Data | None
    estimator: Estimator
    structure: Structure

    def __init__(
        self,
        model: Model,
        data: Data | None = None,
        estimator: Estimator = Exact(),
        structure: Structure = Dense(),
    ):
        if isinstance(data, Iterator):
            raise ValueError(
                "A Metric reads its data at every point; an iterator is read once: pass a list of batches."
            )
        check_arguments("Metric", model=model, estimator=estimator, structure=structure)
        self.model, self.data, self.estimator, self.structure = model, data, estimator, structure

    def __call__(self, params: Params) -> Information:
        """G(θ).

        Args:
            params: θ, a pytree.

        Returns:
            An `Information`, that of one observation.

        Raises:
            ValueError: As `fisher`.

        Examples:
            >>> import fisherax as fx, jax, numpyro.distributions as dist
            >>> metric = fx.Metric(fx.Family(dist.Poisson))
            >>> float(jax.grad(lambda rate: metric({"rate": rate}).trace())(4.0))  # d(1/λ)/dλ
            -0.0625
        """
        return fisher(self.model, params, self.data, self.estimator, self.structure)


def _is_pair(model: Model, params: Params, inputs: PyTree) -> bool:
    """Whether `inputs` are (inputs, targets): the model takes the first, and not the pair."""

    def works(x: PyTree) -> bool:
        try:
            jax.eval_shape(lambda x: model.output(params, jtu.tree_map(lambda a: a[0], x)), x)
        except Exception:  # whatever the user's function raises
            return False
        return True

    return isinstance(inputs, tuple | list) and len(inputs) == 2 and works(inputs[0]) and not works(inputs)


def _expected(
    model: Unconditional,
    params: Params,
    estimator: Estimator,
    structure: Structure,
    tangent: Tangent,
    factor: Scalar | None,
) -> Information:
    """A model without inputs: one expectation, into which no data enter."""
    if isinstance(estimator, MonteCarlo):
        rows = estimator.cotangents(model.head, params, None, None)
        fourth = jnp.sum(jnp.sum(rows**2, axis=-1) ** 2)
        return _finish(
            structure,
            structure.from_rows(rows, tangent),
            tangent,
            estimator,
            "sampling",
            None,
            jnp.sqrt(fourth),
            factor,
        )
    assert isinstance(estimator, Exact)
    expectation = family_information(model, params, estimator.form)
    # The ladder computes in the precision that JAX has; the operator has the parameters' own.
    value = expectation.value.astype(jnp.result_type(*tangent.dtypes))
    state = structure.from_matrix(value, tangent)
    error = None if expectation.error is None else jnp.sqrt(jnp.sum(expectation.error**2))
    return _finish(structure, state, tangent, estimator, expectation.method, None, error, factor)


@eqx.filter_jit
def _batch_sums(
    model: Model,
    estimator: Estimator,
    structure: Structure,
    tangent: Tangent,
    params: Params,
    inputs: PyTree,
    targets: Array | None,
    size: int,
    index: Int[Array, ""],
) -> Sums:
    keys = None
    if isinstance(estimator, MonteCarlo):
        keys = jax.random.split(jax.random.fold_in(estimator.key, index), size)
    return accumulate(model, estimator, structure, tangent, params, (inputs, targets, keys), size)


def _finish(
    structure: Structure,
    state: PyTree,
    tangent: Tangent,
    estimator: Estimator,
    how: str,
    size: int | None,
    error: Array | None,
    factor: Scalar | None,
) -> Information:
    state, error = times(factor, (state, error))
    _check_finite(state, estimator)
    provenance = Provenance(
        estimator=estimator.name,
        structure=structure.name,
        expectation=how,
        data_size=size,
        positive_semidefinite=estimator.is_positive_semidefinite,
    )
    return structure.operator(state, tangent, provenance, error)


def _check_finite(state: PyTree, estimator: Estimator) -> None:
    leaves = jtu.tree_leaves(state)
    if any(isinstance(leaf, Tracer) for leaf in leaves):
        return
    if not all(np.all(np.isfinite(leaf)) for leaf in leaves):
        raise ValueError(
            f"The {estimator.name} information is not finite at these parameters: one is at or beyond "
            "the boundary of its space, or an observation is outside the model's support."
        )
