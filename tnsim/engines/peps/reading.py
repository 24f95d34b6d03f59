"""The values of strings in a state, from larger and larger regions around what they ask."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.budgets import format_bytes
from tnsim.base.errors import BudgetError

from .belief import Messages, outside, propagated
from .closed import PAULIS, Closed, letter, norm_of, trace_of
from .compressed import Settled, local_values, whole_value
from .contracting import Contractor, Region, region_of
from .options import Environment
from .regions import connected, region, regions
from .state import State
from .strings import Term
from .walks import ZERO, Walk

__all__ = ["Reading", "read"]

Array = NDArray[Any]
Levels = list[tuple[int, frozenset[int]]]

COMPARED = 12
# Sets of sites for which regions are compared; where more are asked, the others are taken to be
# as far off as the worst of these, and all answers are read from the smallest region.

_OPEN = 3
# Sites whose legs are left open, so that one contraction answers all their strings.


@dataclass(frozen=True, eq=False)
class Reading:
    """Strings' values, and those from another region (None where the first has every loop).

    `radii` are the answer's and the other's regions, the largest of any string. `unseen` says that
    for some string no larger region was within the limits, so that nothing tells what it misses.
    """

    values: dict[Term, float]
    others: dict[Term, float] | None
    radii: tuple[int, int | None]
    sweeps: int
    change: float
    unseen: bool = False

    def over(self, other: Reading) -> Reading:
        """The ratio of two readings of the same strings."""

        def ratio(a: Mapping[Term, float], b: Mapping[Term, float]) -> dict[Term, float]:
            return {term: a[term] / b[term] if b[term] else 0.0 for term in a}

        both = self.others is not None or other.others is not None
        return replace(
            self,
            values=ratio(self.values, other.values),
            others=ratio(self.others or self.values, other.others or other.values)
            if both
            else None,
            change=max(self.change, other.change),
            unseen=self.unseen or other.unseen,
        )


@dataclass(frozen=True)
class Window:
    """How far to look: the kind of environment, its radius, and when messages stand still."""

    environment: Environment
    radius: int | None
    tolerance: float = 1e-8

    def after(self, lost: float) -> Window:
        """The same for states that lost a weight: messages need not be much better than they."""
        return replace(self, tolerance=min(max(1e-3 * math.sqrt(lost), 1e-8), 1e-5))


def read(
    walk: Walk,
    state: State,
    parameters: Mapping[str, float],
    window: Window,
    contractor: Contractor,
) -> Reading:
    """All strings of a walk in its state."""
    if state.is_zero:
        return Reading(dict.fromkeys(walk.terms, 0.0), None, (0, None), 0, 0.0)
    if walk.direction == "backward":
        closed = trace_of(state, [ZERO["pauli"]] * walk.graph.size)
        return _read_whole(walk, closed, window, contractor)
    if walk.legs == "ket":
        closed = norm_of(state, walk.sites)
    else:
        closed = trace_of(state, [np.eye(4)[0]] * walk.graph.size, walk.sites)
    return _read_local(walk, closed, parameters, window, contractor)


def _tolerance(closed: Closed, window: Window) -> float:
    return max(window.tolerance, 1e-5 if closed.dtype in ("float32", "complex64") else 0.0)


def _read_whole(walk: Walk, closed: Closed, window: Window, contractor: Contractor) -> Reading:
    """The one number that a backward string has with |0..0>."""
    return read_number(walk.terms[0], closed, walk.sites, window, contractor)


def read_number(
    term: Term, closed: Closed, sites: Sequence[int], window: Window, contractor: Contractor
) -> Reading:
    """The value of a closed network, its regions around `sites`."""
    if window.environment == "compressed":
        return _swept([term], whole_value(closed, contractor), contractor)
    levels = _levels(closed, sites)
    everything = frozenset(range(closed.graph.size))
    messages: Messages | None = None

    def at(inside: frozenset[int]) -> float | None:
        nonlocal messages
        if inside == everything:
            value = contractor.contract(region_of(closed, inside, None, ()))
            return None if value is None else _scaled(complex(value), closed.log_scale)
        if messages is None:
            messages = propagated(
                closed, sites, tolerance=_tolerance(closed, window), budget=contractor.budget
            )
        value = contractor.contract(region_of(closed, inside, messages, ()))
        if value is None:
            return None
        phase, log = outside(closed, inside, messages, budget=contractor.budget)
        return _scaled(complex(value) * phase, closed.log_scale + log)

    levels[-1] = levels[-1][0], everything
    chosen, other = _choose(closed, levels, window, contractor, sites, ())
    first = at(chosen[1])
    unseen = other == chosen
    second = None if other is None else first if unseen else at(other[1])
    if first is None:
        raise _refusal(contractor)
    radii = chosen[0], None if other is None else other[0]
    done = (0, 0.0) if messages is None else (messages.sweeps, messages.change)
    others = None if second is None else {term: second}
    return Reading({term: first}, others, radii, *done, unseen)


def _swept(terms: Sequence[Term], found: Settled | None, contractor: Contractor) -> Reading:
    """What sweeps gave; the one before the last stands for another region."""
    if found is None:
        raise _refusal(contractor)
    values = dict(zip(terms, found.values, strict=True))
    if found.exact:
        return Reading(values, None, (0, None), 0, 0.0)
    before = found.values if found.before is None else found.before
    others = dict(zip(terms, before, strict=True))
    return Reading(values, others, (0, 0), 0, 0.0, unseen=found.before is None)


def _scaled(value: complex, log: float) -> float:
    if value == 0 or log == -math.inf:
        return 0.0
    size = math.log(abs(value)) + log
    return math.copysign(math.exp(size) if size < 700 else math.inf, value.real) * (
        abs(value.real) / abs(value)
    )


def _read_local(
    walk: Walk,
    closed: Closed,
    parameters: Mapping[str, float],
    window: Window,
    contractor: Contractor,
) -> Reading:
    """Ratios of networks that differ on the asked sites only."""
    if window.environment == "compressed":
        letters = [walk.vectors(term, parameters) for term in walk.terms]
        return _swept(walk.terms, local_values(closed, letters, contractor), contractor)
    by_support: dict[tuple[int, ...], list[Term]] = defaultdict(list)
    for term in walk.terms:
        by_support[tuple(sorted(walk.place[q] for q, _ in term))].append(term)
    messages = propagated(
        closed, walk.sites, tolerance=_tolerance(closed, window), budget=contractor.budget
    )
    values: dict[Term, float] = {}
    others: dict[Term, float] = {}
    radius, far = 0, 0
    complete = True
    few = len(by_support) <= COMPARED or window.environment == "exact"
    every = len(by_support) / COMPARED
    sampled = {round(k * every) for k in range(COMPARED)}
    if not few and window.environment == "auto":
        window = replace(window, environment="bp")
    left_out: list[Term] = []
    unseen = False
    for number, (support, terms) in enumerate(by_support.items()):
        wanted = {t: walk.vectors(t, parameters) for t in terms}
        levels = _levels(closed, support)
        if few or number in sampled:
            chosen, other = _choose(closed, levels, window, contractor, support, support)
        else:
            chosen, other = _nearest(closed, levels, window, support), None
            left_out += terms
        found = _ratios(closed, chosen[1], messages, support, wanted, contractor)
        values.update(found)
        radius = max(radius, chosen[0])
        if other is None:
            others.update(found)
            complete = complete and chosen == levels[-1]
            continue
        complete, far = False, max(far, other[0])
        if other == chosen:
            unseen = True
            others.update(found)
            continue
        others.update(_ratios(closed, other[1], messages, support, wanted, contractor))
    if left_out:
        worst = max((abs(others[t] - values[t]) for t in values), default=0.0)
        others.update({term: values[term] + worst for term in left_out})
    pair = radius, None if complete else far
    done = messages.sweeps, messages.change
    return Reading(values, None if complete else others, pair, *done, unseen)


def _ratios(
    closed: Closed,
    inside: frozenset[int],
    messages: Messages,
    support: tuple[int, ...],
    wanted: Mapping[Term, Mapping[int, Array]],
    contractor: Contractor,
) -> dict[Term, float]:
    made = region_of(closed, inside, messages, support)
    if len(support) <= _OPEN:
        array = contractor.contract(made)
        if array is None:
            raise _refusal(contractor)
        components = _components(array, len(support))
        return {term: _ratio(components, support, some) for term, some in wanted.items()}
    trace = _lettered(closed, made, support, {}, contractor)
    return {
        term: _real(_lettered(closed, made, support, some, contractor), trace)
        for term, some in wanted.items()
    }


def _components(array: Array, count: int) -> Array:
    """Pauli components, an axis of 4 a site, from open legs (4) or (ket, bra) each."""
    if array.ndim == count:
        return array
    for _ in range(count):
        # Tr(P rho) = sum_kq rho[k, q] P[q, k]; the first site's pair goes, its letter comes last.
        array = np.tensordot(array, PAULIS, axes=([0, 1], [2, 1]))
    return array


def _ratio(components: Array, support: tuple[int, ...], wanted: Mapping[int, Array]) -> float:
    value = components
    for site in support:
        value = np.tensordot(wanted[site].astype(value.dtype), value, (0, 0))
    return _real(complex(value), complex(components.reshape(-1)[0]))


def _real(value: complex, trace: complex) -> float:
    return float((value / trace).real) if trace != 0 else 0.0


def _lettered(
    closed: Closed,
    made: Region,
    support: tuple[int, ...],
    wanted: Mapping[int, Array],
    contractor: Contractor,
) -> complex:
    """The region's open legs summed with what is asked, the identity where nothing is."""
    arrays, labels = list(made.arrays), list(made.network.inputs)
    for site in support:
        vector = np.asarray(wanted.get(site, np.eye(4)[0]))
        legs = closed.openings[site][1]
        arrays.append(letter(vector, len(legs), closed.dtype))
        labels.append(legs)
    network = replace(made.network, inputs=tuple(labels), output=())
    value = contractor.contract(Region(tuple(arrays), network))
    if value is None:
        raise _refusal(contractor)
    return complex(value)


def _levels(closed: Closed, sites: Sequence[int]) -> Levels:
    """The regions around `sites`, the last one being all that is joined to them."""
    levels = regions(closed.graph, sites)
    joined = frozenset(closed.graph.distances(connected(closed.graph, sites)))
    levels[-1] = levels[-1][0], joined
    return levels


def _choose(
    closed: Closed,
    levels: Levels,
    window: Window,
    contractor: Contractor,
    sites: Sequence[int],
    opened: Sequence[int],
) -> tuple[tuple[int, frozenset[int]], tuple[int, frozenset[int]] | None]:
    """The region that answers, and another to compare with where that one misses loops.

    The same one twice where no other is within the limits.
    """
    if window.environment == "exact":
        return levels[-1], None
    first = _nearest(closed, levels, window, sites)
    if first == levels[-1]:
        return first, None
    fitting = _fitting(closed, levels, contractor, opened)
    if window.environment == "auto":
        if fitting == len(levels) - 1:
            return levels[-1], None
        return levels[max(fitting, 0)], levels[fitting - 1] if fitting > 0 else levels[0]
    if fitting >= 0 and levels[fitting][0] > first[0]:
        return first, levels[fitting]
    return first, levels[0]


def _nearest(
    closed: Closed, levels: Levels, window: Window, sites: Sequence[int]
) -> tuple[int, frozenset[int]]:
    """The region of the radius that is asked for, or the smallest."""
    if window.environment != "cluster":
        return levels[0]
    assert window.radius is not None, "checked with the options"
    if window.radius >= levels[-1][0]:
        return levels[-1]
    core = connected(closed.graph, sites)
    return window.radius, region(closed.graph, core, window.radius)


def _fitting(closed: Closed, levels: Levels, contractor: Contractor, opened: Sequence[int]) -> int:
    """The number of the largest region within the contractor's limits, -1 where none is."""
    if _fits(closed, levels[-1][1], contractor, opened):
        return len(levels) - 1
    found = -1
    for number, (_, inside) in enumerate(levels[:-1]):
        if not _fits(closed, inside, contractor, opened):
            break
        found = number
    return found


def _fits(
    closed: Closed, inside: frozenset[int], contractor: Contractor, opened: Sequence[int]
) -> bool:
    made = shape_of(closed, inside, opened if len(opened) <= _OPEN else ())
    return contractor.fits(made, closed.dtype)


def shape_of(closed: Closed, inside: frozenset[int], opened: Sequence[int]) -> Any:
    """The network of a region, messages of the right shapes taken for granted."""
    placeholder = Messages(
        {
            (bond, site): start
            for bond, start in enumerate(closed.starts)
            for site in closed.graph.bonds[bond]
        },
        0,
        0.0,
    )
    return region_of(closed, inside, placeholder, opened).network


def _refusal(contractor: Contractor) -> BudgetError:
    return BudgetError(
        f"the network must be contracted within `memory` and {contractor.most:.0e} multiply-adds, "
        f"but no order was found that does (got {format_bytes(contractor.budget)}); use "
        "environment='auto', or a smaller `max_bond`",
        budget=contractor.budget,
        least_bytes=2 * contractor.budget,
    )
