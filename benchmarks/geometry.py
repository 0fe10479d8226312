"""Distance, logarithm, exponential map and geodesic against geomstats: first how right, then how long.

geomstats (and pyBregMan, for full normal vectors) run in an environment of their own, which the first run makes, and
take turns with us line by line; each side reads its own clock. One call is a call from Python, with its checks. A
batch is 1,000 pairs under `jax.jit(jax.vmap(...))` here, and a call with a leading axis there, for as many pairs as
it does in reasonable time. What is true is known from `geometry_truth.py`. Positive parameters are between 0.5 and 8,
evenly in the logarithm.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import fisherax as fx

from . import geometry_truth as truth
from .geometry_cases import CASES, Case
from .geomstats_peer import REQUIREMENTS
from .peer import Peer, started
from .timing import Outcome, human

PAIRS = 1_000
CHECKED = 6
"""Pairs that are held against the truth."""
ROUNDS = 5
CALLS = {"distance": "distance", "log": "log", "exp": "exp", "middle": "geodesic(½)"}
Work = Callable[..., Any]


def run() -> Iterator[str]:
    """The tables."""
    jax.config.update("jax_enable_x64", True)
    with started(Path(__file__).parent / "geomstats_peer.py", REQUIREMENTS) as peer:
        for name, case in CASES.items():
            here = Here(case)
            yield from errors(name, here, peer)
            yield from compilation(here)
            for label, space in case.peers.items():
                yield from times(f"{name}: {label}", space, here, peer)
    yield from curvature()


def clocked(work: Work, *arguments: Any) -> tuple[float, Any]:
    """Seconds, and what came out."""
    start = time.perf_counter()
    value = jax.block_until_ready(work(*arguments))
    return time.perf_counter() - start, value


class Here:
    """One family in fisherax: pairs, their logarithms, the calls alone and in batches, and what compiling took."""

    def __init__(self, case: Case):
        rng = np.random.default_rng(5)
        self.case = case
        self.manifold = fx.Manifold(fx.Family(case.kind, fixed=case.fixed))
        self.single: dict[str, Work] = {
            "distance": self.manifold.distance,
            "log": self.manifold.log,
            "exp": self.manifold.exp,
            "middle": lambda p, q: self.manifold.geodesic(p, q)(0.5),
        }
        self.batched: dict[str, Work] = {call: jax.jit(jax.vmap(work)) for call, work in self.single.items()}
        self.p, self.q = (jax.tree.map(jnp.asarray, case.draw(rng, PAIRS)) for _ in range(2))
        self.x, self.y = case.flat(self.p), case.flat(self.q)
        self.log: Any = None
        self.first: dict[tuple[str, str], float] = {}
        self.found: dict[str, Any] = {}
        for call in ("log", "distance", "exp", "middle"):
            self.first[call, "batch"], self.found[call] = clocked(self.batched[call], *self.arguments(call))
            self.log = self.found["log"]
            self.first[call, "one"], _ = clocked(self.single[call], *self.arguments(call, one=True))

    def arguments(self, call: str, one: bool = False) -> tuple[Any, Any]:
        """p and q, or p and log_p q: of all pairs, or of the first."""
        pair = self.p, self.log if call == "exp" else self.q
        return jax.tree.map(lambda a: a[0], pair) if one else pair


# ---- how right -------------------------------------------------------------------------------------------------


def errors(name: str, here: Here, peer: Peer) -> Iterator[str]:
    """The largest relative errors."""
    case, x, y = here.case, here.x, here.y
    truths = [case.truth(x[i], y[i]) for i in range(CHECKED)]
    lengths, middles, ends = (
        np.asarray(here.found["distance"]),
        case.flat(here.found["middle"]),
        case.flat(here.found["exp"]),
    )
    yield f"| {name}: largest relative error | distance | geodesic(½) | exp∘log |\n|---|---:|---:|---:|"
    yield _row("fisherax", truths, lengths, middles, ends[:CHECKED], y)
    yield f"| fisherax, all {PAIRS:,} pairs | | | {np.max(_gaps(ends, y)):.1e} |"
    for label, space in case.peers.items():
        yield _row(label, truths, *_values_there(peer, space, here), y)
    yield ""


def _values_there(peer: Peer, space: str, here: Here) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distances, middles and ends of exp∘log of the checked pairs; NaN where the peer offers none."""
    case, shape = here.case, (CHECKED, here.x.shape[1])
    lengths, middles, ends = np.full(CHECKED, np.nan), np.full(shape, np.nan), np.full(shape, np.nan)

    def value(call: str, *arguments: Any) -> Any:
        return peer.ask(space=space, call=call, arguments=arguments, repeat=1).get("value")

    for i in range(CHECKED):
        p, q = (case.there(z[i]).tolist() for z in (here.x, here.y))
        lengths[i] = np.squeeze(value("distance", p, q))
        middles[i] = case.back(np.asarray(value("middle", p, q)))
        velocity = value("log", p, q)
        if velocity is not None:
            ends[i] = case.back(np.asarray(value("exp", p, velocity)))
    return lengths, middles, ends


def _gaps(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """How far rows are apart, relative to the largest entry of the second."""
    return np.max(np.abs(a - b), axis=-1) / np.max(np.abs(b), axis=-1)


def _row(
    name: str,
    truths: list[truth.Truth],
    lengths: np.ndarray,
    middles: np.ndarray,
    ends: np.ndarray,
    y: np.ndarray,
) -> str:
    largest = (
        max(abs(lengths[i] / t.distance - 1) for i, t in enumerate(truths)),
        max(_gaps(middles[i], t.middle) for i, t in enumerate(truths)),
        np.max(_gaps(ends, y[:CHECKED])),
    )
    return f"| {name} | " + " | ".join("not offered" if np.isnan(e) else f"{e:.1e}" for e in largest) + " |"


# ---- how long --------------------------------------------------------------------------------------------------


def compilation(here: Here) -> Iterator[str]:
    """What the first call takes beyond a later one."""
    yield "| fisherax, first call, extra | " + " | ".join(CALLS.values()) + " |\n|---|" + "---:|" * len(CALLS)
    for how, work in {"one": here.single, "batch": here.batched}.items():
        extra = []
        for call in CALLS:
            later, _ = clocked(work[call], *here.arguments(call, one=how == "one"))
            extra.append(human(max(0.0, here.first[call, how] - later)))
        yield f"| {'one call' if how == 'one' else 'a batch'} | " + " | ".join(extra) + " |"
    yield ""


def times(title: str, space: str, here: Here, peer: Peer) -> Iterator[str]:
    """One call and a pair of a batch, there and here, in turns."""
    yield (
        f"| {title} | one call, there | here | ratio | a pair of a batch, there | here | ratio |\n"
        "|---|---:|---:|---:|---:|---:|---:|"
    )
    for call, shown in CALLS.items():
        there = _There(peer, space, call, here)
        if not there.offered:
            continue
        one, all_pairs = here.arguments(call, one=True), here.arguments(call)
        alone: dict[str, list[float]] = {"there": [], "here": []}
        batch: dict[str, list[float]] = {"there": [], "here": []}
        for _ in range(ROUNDS):
            alone["there"].append(there.alone())
            alone["here"].append(_repeated(here.single[call], one))
            batch["there"].append(there.batch())
            batch["here"].append(clocked(here.batched[call], *all_pairs)[0] / PAIRS)
        yield f"| {shown} | {_compared(alone)} | {_compared(batch)} |"
    yield ""
    if here.manifold.geodesic(*here.arguments("log", one=True)).method == "closed form":
        one, compiled = here.arguments("distance", one=True), jax.jit(here.manifold.distance)
        _repeated(compiled, one)
        yield f"A distance under the caller's own `jax.jit` takes {human(_repeated(compiled, one))}.\n"


def _repeated(work: Work, arguments: tuple[Any, Any], repeat: int = 30) -> float:
    """Seconds per call."""
    start = time.perf_counter()
    for _ in range(repeat):
        jax.block_until_ready(work(*arguments))
    return (time.perf_counter() - start) / repeat


def _compared(seconds: dict[str, list[float]]) -> str:
    outcome = Outcome("", "here", {}, seconds)
    ratio = outcome.ratio("there")
    shown = f"{float(f'{ratio:.2g}'):,g}"
    return f"{human(outcome.median('there'))} | {human(outcome.median('here'))} | {shown}"


class _There:
    """One call of the peer; as often, and on as many pairs, as takes some 20 ms, or a few where it is slow."""

    def __init__(self, peer: Peer, space: str, call: str, here: Here):
        case = here.case
        self.peer, self.request = peer, {"space": space, "call": call}
        self.p, self.q = case.there(here.x), case.there(here.y)
        self.offered = True
        if call == "exp":
            logs = self._asked(3, 1, "log")
            self.offered = "value" in logs
            if not self.offered:
                return
            self.p, self.q = self.p[:3], np.asarray(logs["value"]).reshape(3, *self.p.shape[1:])
        first = self._asked(None, 1)
        self.offered = "seconds" in first
        if self.offered:
            seconds = self._asked(None, 1)["seconds"]
            self.repeat = max(1, min(300, int(0.02 / seconds)))
            self.pairs = PAIRS if seconds < 2e-3 else 3

    def alone(self) -> float:
        """Seconds of one call."""
        return self._asked(None, self.repeat)["seconds"]

    def batch(self) -> float:
        """Seconds for each pair of a batch."""
        return self._asked(self.pairs, 1)["seconds"] / self.pairs

    def _asked(self, pairs: int | None, repeat: int, call: str | None = None) -> dict[str, Any]:
        rows = 0 if pairs is None else np.arange(pairs) % len(self.p)
        arguments = [self.p[rows].tolist(), self.q[rows].tolist()]
        return self.peer.ask(
            **{**self.request, "call": call or self.request["call"]}, arguments=arguments, repeat=repeat
        )


# ---- curvature -------------------------------------------------------------------------------------------------


def curvature() -> Iterator[str]:
    """Scalar curvature, by differentiating the metric, against formulas."""
    yield "| scalar curvature | formula | points | largest relative error |\n|---|---|---:|---:|"
    formulas: dict[str, tuple[str, Callable[[np.ndarray], float]]] = {
        "Normal": ("−1", lambda x: truth.normal_scalar(1)),
        "Gamma": ("(ψ′ + κψ″)/(2(κψ′ − 1)²)", lambda x: truth.gamma_scalar(x[0])),
        "Beta": ("¼(‖T‖² − ‖tr T‖²), 40 digits", truth.dirichlet_scalar),
        "Dirichlet(3)": ("¼(‖T‖² − ‖tr T‖²), 40 digits", truth.dirichlet_scalar),
        "MultivariateNormal(2)": ("−k(k + 1)²/4", lambda x: truth.normal_scalar(2)),
    }
    for name, (words, formula) in formulas.items():
        case = CASES[name]
        points = case.draw(np.random.default_rng(6), 100)
        found = np.asarray(jax.jit(jax.vmap(fx.Manifold(fx.Family(case.kind)).scalar_curvature))(points))
        known = np.array([formula(x) for x in case.flat(points)])
        yield f"| {name} | {words} | {len(known)} | {np.max(np.abs(found / known - 1)):.1e} |"
    yield ""
