"""Hypothesis strategies that all tests share: Pauli sums, queries, circuits, channels, noise.

Everything is small enough for tests/oracle.py unless a size says otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from tnsim import noise
from tnsim.base.parameters import Parameter, Scalar
from tnsim.circuit import Circuit, NoiseModel
from tnsim.circuit.operations import STANDARD
from tnsim.noise import Channel, ReadoutError, Selector
from tnsim.queries import (
    Amplitudes,
    Derived,
    Expectation,
    LeafQuery,
    PauliSum,
    Probabilities,
    Purity,
    Query,
    ReducedDensityMatrix,
    Variance,
)

MAX_QUBITS = 5

# Angles where gates are Clifford or nearly so come as often as generic ones.
angles = st.one_of(
    st.sampled_from([k * math.pi / 4 for k in range(-8, 9)]),
    st.floats(-2 * math.pi, 2 * math.pi, allow_nan=False, allow_subnormal=False),
)
coefficients = st.one_of(
    st.sampled_from([1.0, -1.0, 0.5]),
    st.floats(-2, 2, allow_nan=False, allow_subnormal=False).map(lambda x: round(x, 6)),
)
complex_coefficients = st.builds(complex, coefficients, coefficients)


def qubit_lists(
    num_qubits: int, *, min_size: int = 1, max_size: int | None = None
) -> st.SearchStrategy[list[int]]:
    """Distinct qubits in any order."""
    most = num_qubits if max_size is None else min(max_size, num_qubits)
    return st.permutations(range(num_qubits)).flatmap(
        lambda order: st.integers(min_size, most).map(lambda size: list(order[:size]))
    )


@st.composite
def pauli_strings(draw: st.DrawFn, num_qubits: int) -> str:
    """Sparse Pauli strings, the identity included."""
    where = draw(qubit_lists(num_qubits, min_size=0))
    letters = draw(st.lists(st.sampled_from("XYZ"), min_size=len(where), max_size=len(where)))
    return " ".join(f"{letter}{q}" for letter, q in zip(letters, where, strict=True)) or "I"


def pauli_mappings(
    num_qubits: int, *, max_terms: int = 4, numbers: st.SearchStrategy[Any] = coefficients
) -> st.SearchStrategy[dict[str, Any]]:
    """Mappings such as {"Z0 Z1": 0.5, "X3": -1.0}."""
    return st.dictionaries(pauli_strings(num_qubits), numbers, min_size=1, max_size=max_terms)


def pauli_sums(
    num_qubits: int, *, max_terms: int = 4, numbers: st.SearchStrategy[Any] = coefficients
) -> st.SearchStrategy[PauliSum]:
    """Pauli sums, Hermitian unless `numbers` are complex."""
    return pauli_mappings(num_qubits, max_terms=max_terms, numbers=numbers).map(PauliSum)


@st.composite
def square_matrices(draw: st.DrawFn, size: int, *, hermitian: bool = False) -> NDArray[Any]:
    """Complex (2^size, 2^size) matrices with entries of size about 1, some exactly zero."""
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    dim = 1 << size
    matrix = generator.normal(size=(dim, dim)) + 1j * generator.normal(size=(dim, dim))
    matrix *= generator.random((dim, dim)) < draw(st.sampled_from([0.3, 1.0]))
    result: NDArray[Any] = (matrix + matrix.conj().T) / 2 if hermitian else matrix
    return result


def bitstrings(num_qubits: int) -> st.SearchStrategy[str]:
    """Bitstrings of one length."""
    return st.text("01", min_size=num_qubits, max_size=num_qubits)


def expectations(num_qubits: int) -> st.SearchStrategy[Expectation]:
    """Expectations of real, complex and matrix observables."""
    matrices = qubit_lists(num_qubits, max_size=2).flatmap(
        lambda qubits: square_matrices(len(qubits)).map(lambda m: Expectation((m, qubits)))
    )
    return st.one_of(
        pauli_sums(num_qubits).map(Expectation),
        pauli_sums(num_qubits, numbers=complex_coefficients).map(Expectation),
        matrices,
    )


def leaf_queries(
    num_qubits: int, *, amplitudes: bool = False, others: Sequence[Any] = ()
) -> st.SearchStrategy[LeafQuery]:
    """One question of any kind; amplitudes and fidelity with `others` only where asked for."""
    some = qubit_lists(num_qubits, max_size=3)
    kinds: list[st.SearchStrategy[LeafQuery]] = [
        expectations(num_qubits),
        pauli_sums(num_qubits, max_terms=3).map(Variance),
        some.map(Probabilities),
        some.map(ReducedDensityMatrix),
        st.one_of(st.none(), some).map(Purity),
    ]
    if amplitudes:
        texts = st.lists(bitstrings(num_qubits), min_size=1, max_size=4)
        kinds.append(texts.map(Amplitudes))
    if others:
        from tnsim.queries import Fidelity

        kinds.append(st.sampled_from(list(others)).map(Fidelity))
    return st.one_of(kinds)


@st.composite
def derived_queries(
    draw: st.DrawFn, leaves: st.SearchStrategy[LeafQuery], *, max_depth: int = 3
) -> Query:
    """Expressions of scalar questions by sum, difference, product, square, negation and abs."""
    if max_depth == 0:
        return draw(leaves)
    inner = derived_queries(leaves, max_depth=max_depth - 1)
    left = draw(inner)
    operation = draw(st.sampled_from(["+", "-", "*", "number", "square", "neg", "abs"]))
    if operation in "+-*":
        right = draw(inner)
        return {"+": left + right, "-": left - right, "*": left * right}[operation]
    if operation == "number":
        number = draw(coefficients)
        return draw(st.sampled_from([number * left, left + number, number - left, left / 2]))
    unary: dict[str, Derived] = {"square": left**2, "neg": -left, "abs": abs(left)}
    return unary[operation]


GATE_NAMES = tuple(op.name for op in STANDARD if op.kind == "unitary")
PARAMETERS = (Parameter("theta"), Parameter("phi"))
STRENGTHS = (Parameter("p"), Parameter("q"))
"""Parameters for angles, and parameters for the strengths of channels and readout errors."""

PARAMETER_VALUES = st.fixed_dictionaries(
    {p.name: angles for p in PARAMETERS}
    | {p.name: st.sampled_from([0.0, 0.3]) | st.floats(1e-3, 0.3) for p in STRENGTHS}
)
"""Values for both that every circuit, channel and noise model here allows."""


def scalars(numbers: st.SearchStrategy[float] = angles) -> st.SearchStrategy[Scalar]:
    """Numbers, parameters and affine expressions of them."""
    parameters = st.sampled_from(PARAMETERS)
    factors = st.sampled_from([-2.0, -0.5, 1.0, 3.0])
    affine = st.builds(lambda p, c, x: c * p + x, parameters, factors, numbers)
    mixed = st.just(PARAMETERS[0] - 0.5 * PARAMETERS[1])
    return st.one_of(numbers, numbers, parameters, affine, mixed)


@st.composite
def unitaries(draw: st.DrawFn, size: int) -> NDArray[Any]:
    """Random unitary (2^size, 2^size) matrices."""
    matrix = draw(square_matrices(size)) + np.eye(1 << size) * 1e-3
    q, r = np.linalg.qr(matrix)
    phases = np.exp(1j * np.angle(np.diag(r)))
    result: NDArray[Any] = q * phases
    return result


def strengths(most: float = 0.3, *, symbolic: bool = True) -> st.SearchStrategy[Scalar]:
    """Numbers from 0 to `most`, or parameters and expressions of value 0 to 0.3."""
    numbers = st.one_of(st.sampled_from([0.0, most]), st.floats(1e-3, most))
    if not symbolic:
        return numbers
    expressions = [*STRENGTHS, 0.5 * STRENGTHS[1] + 0.1, 0.3 - STRENGTHS[0]]
    return st.one_of(numbers, numbers, st.sampled_from(expressions))


@st.composite
def kraus_operators(draw: st.DrawFn, size: int) -> list[NDArray[Any]]:
    """One to three operators with sum K^dagger K = 1: blocks of an isometry."""
    count = draw(st.integers(1, 3))
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = (count << size, 1 << size)
    q, _ = np.linalg.qr(generator.normal(size=shape) + 1j * generator.normal(size=shape))
    return list(q.reshape(count, 1 << size, 1 << size))


@st.composite
def pauli_channels(draw: st.DrawFn, size: int, *, symbolic: bool = True) -> Channel:
    """Mixtures of Pauli strings, and Pauli-Lindblad noise, on `size` qubits."""
    labels = st.text("IXYZ", min_size=size, max_size=size).filter(lambda w: w.strip("I"))
    chosen = draw(st.lists(labels, min_size=1, max_size=3, unique=True))
    weights = {label: draw(strengths(symbolic=symbolic)) for label in chosen}
    return draw(st.sampled_from([noise.pauli, noise.pauli_lindblad]))(weights)


def one_qubit_channels(*, symbolic: bool = True) -> st.SearchStrategy[Channel]:
    """Every kind of channel on one qubit."""
    some, any_ = strengths(symbolic=symbolic), strengths(1.0, symbolic=symbolic)
    turns = scalars() if symbolic else angles
    axes = st.sampled_from(["X", "Y", "Z", (0.5, -1.0, 2.0)])
    t1, t2 = st.sampled_from([1.0, 2.5, math.inf]), st.floats(0.2, 2.0)
    return st.one_of(
        st.builds(noise.depolarizing, any_),
        st.builds(noise.pauli, some, some, some),
        pauli_channels(1, symbolic=symbolic),
        st.builds(noise.bit_flip, any_),
        st.builds(noise.phase_flip, any_),
        st.builds(noise.bit_phase_flip, any_),
        st.builds(noise.amplitude_damping, any_),
        st.builds(noise.generalized_amplitude_damping, any_, any_),
        st.builds(noise.phase_damping, any_),
        st.builds(noise.thermal_relaxation, t1, t2, any_, any_),
        st.builds(noise.thermal_relaxation, st.just(math.inf), st.just(math.inf), any_, any_),
        st.builds(noise.reset, some, some),
        st.builds(noise.over_rotation, axes, turns),
        st.builds(
            lambda p, u, v: noise.mixed_unitary([(p, u), (1 - p, v)]), any_, *[unitaries(1)] * 2
        ),
        kraus_operators(1).map(noise.kraus),
        kraus_operators(1).map(
            lambda k: noise.from_transfer_matrix(noise.kraus(k).transfer_matrix())
        ),
        st.builds(lambda a, b: noise.amplitude_damping(a) @ noise.depolarizing(b), any_, any_),
    )


def two_qubit_channels(*, symbolic: bool = True) -> st.SearchStrategy[Channel]:
    """Every kind of channel on two qubits."""
    some, any_ = strengths(symbolic=symbolic), strengths(1.0, symbolic=symbolic)
    single = one_qubit_channels(symbolic=symbolic)
    return st.one_of(
        st.builds(noise.depolarizing, any_, st.just(2)),
        pauli_channels(2, symbolic=symbolic),
        st.builds(noise.correlated_pauli, some, some, some, any_),
        st.builds(
            noise.over_rotation, st.sampled_from(["XX", "ZX"]), scalars() if symbolic else angles
        ),
        kraus_operators(2).map(noise.kraus),
        st.builds(Channel.tensor, single, single),
    )


def channels_on(most_qubits: int, *, symbolic: bool = True) -> st.SearchStrategy[Channel]:
    """Channels of every kind on one qubit, or on two where `most_qubits` allows."""
    single = one_qubit_channels(symbolic=symbolic)
    return single if most_qubits < 2 else st.one_of(single, two_qubit_channels(symbolic=symbolic))


def readout_errors(*, symbolic: bool = True) -> st.SearchStrategy[ReadoutError]:
    """Readout errors of one qubit."""
    chance = strengths(symbolic=symbolic)
    return st.builds(ReadoutError, chance, chance)


@st.composite
def confusions(draw: st.DrawFn, size: int) -> ReadoutError:
    """Correlated readout errors of `size` qubits."""
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return ReadoutError.from_matrix(generator.dirichlet(np.ones(1 << size), 1 << size).T)


@st.composite
def circuits(
    draw: st.DrawFn,
    *,
    min_qubits: int = 1,
    max_qubits: int = MAX_QUBITS,
    max_gates: int = 12,
    gates: Sequence[str] = GATE_NAMES,
    numbers: st.SearchStrategy[Scalar] | None = None,
    channels: bool = False,
    resets: bool = False,
    matrices: bool = True,
    barriers: bool = True,
) -> Circuit:
    """Circuits of named gates, given matrices, and where asked for channels and resets.

    Angles are `numbers`, by default also expressions of PARAMETERS, whose values come from
    PARAMETER_VALUES.
    """
    n = draw(st.integers(min_qubits, max_qubits))
    circuit = Circuit(n)
    angle = scalars() if numbers is None else numbers
    fitting = [op for op in STANDARD if op.name in gates and op.num_qubits <= n]
    kinds = ["gate"] * 6 + ["channel"] * 4 * channels + ["reset"] * resets
    kinds += ["matrix"] * matrices + ["barrier"] * barriers
    for kind in draw(st.lists(st.sampled_from(kinds), max_size=max_gates)):
        if kind == "gate":
            op = draw(st.sampled_from(fitting))
            values = [draw(angle) for _ in range(op.num_params)]
            where = draw(qubit_lists(n, min_size=op.num_qubits, max_size=op.num_qubits))
            circuit.append(op.name, *values, *where)
        elif kind == "channel":
            channel = draw(channels_on(min(n, 2)))
            size = channel.num_qubits
            circuit.channel(channel, *draw(qubit_lists(n, min_size=size, max_size=size)))
        elif kind == "matrix":
            size = draw(st.integers(1, min(n, 3)))
            where = draw(qubit_lists(n, min_size=size, max_size=size))
            circuit.unitary(draw(unitaries(size)), *where)
        elif kind == "reset":
            circuit.reset(draw(st.integers(0, n - 1)))
        else:
            circuit.barrier()
    return circuit


@st.composite
def noise_models(draw: st.DrawFn, circuit: Circuit, *, symbolic: bool = True) -> NoiseModel:
    """One to four rules that fit the circuit, and readout errors.

    A rule may hit nothing: apply with `allow_unused=True`.
    """
    n = circuit.num_qubits
    gates = {op.name for op in circuit.operations if op.kind == "unitary"}
    names = sorted(gates & set(circuit.counts()))
    model = NoiseModel()
    kinds = ["single"] * 3 + ["pair"] * (n > 1) + ["replace"]
    for kind in draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=4)):
        place = draw(st.sampled_from([model.after, model.before]))
        some = st.none() | st.lists(st.sampled_from(names), min_size=1) if names else st.none()
        if kind == "single":
            channel = draw(one_qubit_channels(symbolic=symbolic))
            place(
                channel,
                gates=draw(some),
                qubits=draw(st.none() | qubit_lists(n)),
                where=draw(st.none() | selectors(n)),
            )
        elif kind == "pair":
            place(draw(two_qubit_channels(symbolic=symbolic)), gates=draw(some), arity=2)
        elif not any(rule.placement == "replace" for rule in model.rules):
            size = draw(st.integers(1, min(n, 2)))
            channel = draw((one_qubit_channels, two_qubit_channels)[size - 1](symbolic=symbolic))
            model.replace(channel, gates=draw(some), arity=size, where=draw(selectors(n)))
    if draw(st.booleans()):
        model.readout(draw(readout_errors(symbolic=symbolic)))
    if draw(st.booleans()):
        where = draw(qubit_lists(n, max_size=2))
        model.readout(draw(confusions(len(where))), qubits=where)
    return model


def selectors(num_qubits: int) -> st.SearchStrategy[Selector]:
    """Selectors of every kind, combined by &, | and ~."""
    leaves = st.one_of(
        st.just(noise.everything()),
        st.lists(st.sampled_from(GATE_NAMES), min_size=1, max_size=20).map(
            lambda names: noise.gates(*names)
        ),
        st.integers(1, 3).map(noise.arity),
        qubit_lists(num_qubits).map(noise.on),
        qubit_lists(num_qubits).map(noise.within),
        qubit_lists(num_qubits, max_size=2).map(lambda qubits: noise.exactly(tuple(qubits))),
        st.builds(slice, st.integers(0, 4), st.none() | st.integers(5, 9)).map(noise.position),
    )
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(lambda a, b: a & b, inner, inner),
            st.builds(lambda a, b: a | b, inner, inner),
            inner.map(lambda a: ~a),
        ),
        max_leaves=3,
    )


@st.composite
def noisy_circuits(draw: st.DrawFn, **options: Any) -> Circuit:
    """Circuits with channels of their own and with the noise and readout errors of a model."""
    circuit = draw(circuits(**{"channels": True, "resets": True, **options}))
    return draw(noise_models(circuit)).apply(circuit, allow_unused=True)
