"""Our networks as tensor networks of quimb, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from tnsim.base.errors import CircuitError, QueryError, TnsimError
from tnsim.circuit import Circuit
from tnsim.contraction import Network
from tnsim.lowering.components import ComponentQuestion, lower_components
from tnsim.lowering.draft import Draft
from tnsim.lowering.lowered import lower
from tnsim.lowering.materialise import Materialiser
from tnsim.lowering.overlaps import lower_amplitudes
from tnsim.lowering.recipes import RecipeBook
from tnsim.lowering.walk import Walker
from tnsim.queries import PauliSum

from .packages import library

__all__ = ["from_quimb_network", "network_to_quimb", "to_quimb_network"]


def to_quimb_network(
    circuit: Circuit,
    question: str,
    values: Mapping[str, float] | None = None,
    *,
    basis: Literal["pauli", "sandwich"] = "pauli",
) -> Any:
    """The lowered network of a question as a quimb `TensorNetwork` that contracts to its answer.

    `question` is a bit string for each qubit ("0110": the amplitude, complex) or a Pauli string
    ("Z0 X3": its expectation value, real, readout errors included). `values` gives numbers to
    all parameters. `basis` is that of an expectation value: Pauli components with legs of
    dimension up to 4, or ket and bra. Known zeros are used up, so legs may be smaller. Labels may
    stand on more than two tensors: contract with `output_inds=()`.

    Raises `CircuitError` where a parameter has no value, `QueryError` for other questions.

    >>> tn = to_quimb_network(Circuit(2).h(0).cx(0, 1), "Z0 Z1")
    >>> float(tn.contract(output_inds=()))
    1.0
    """
    if not isinstance(circuit, Circuit):
        raise CircuitError(f"`circuit` must be a Circuit (got {type(circuit).__name__})")
    given = dict(values or {})
    missing = [name for name in circuit.parameters if name not in given]
    if missing:
        raise CircuitError(f"`values` must give every parameter a number, but not {missing[0]!r}")
    amplitude = isinstance(question, str) and bool(question) and set(question) <= set("01")
    if amplitude and len(question) != circuit.num_qubits:
        raise QueryError(
            f"`question` must have a bit for each of {circuit.num_qubits} qubits "
            f"(got {len(question)})"
        )
    letters = () if amplitude else _letters(question, circuit.num_qubits)
    book = RecipeBook()

    def add(draft: Draft, walker: Walker) -> None:
        if amplitude:
            lower_amplitudes(draft, walker, circuit, [int(bit) for bit in question])
        else:
            lower_components(draft, walker, circuit, ComponentQuestion(letters))

    lowered = lower(book, "ket" if amplitude else basis, add)
    quimb = library("quimb.tensor")
    if lowered.network is None or not all(map(len, lowered.live)):
        return quimb.TensorNetwork([quimb.Tensor(np.zeros(()), ())])
    dtype = "float64" if lowered.is_real else "complex128"
    maker = Materialiser(book, lowered.recipes, dtype, "numpy", None)
    floats = {name: np.asarray(float(value)) for name, value in given.items()}
    arrays, _ = maker.arrays(lowered.recipes, floats, frozenset())
    network = network_to_quimb(lowered.network, arrays)
    # Each axis of the answer has one component: fixed, it leaves a network without open legs.
    return network.isel(dict.fromkeys(lowered.network.output, 0))


def network_to_quimb(network: Network, arrays: Sequence[Any]) -> Any:
    """A network with its arrays as a quimb `TensorNetwork`; labels become index names.

    Tensor i has the tag "T<i>". Contract with `output_inds=network.output`, since a label may
    stand on more than two tensors, or be summed on one.

    >>> network = Network.from_equation("ij,jk->ki", (2, 3), (3, 4))
    >>> tn = network_to_quimb(network, [np.ones((2, 3)), np.ones((3, 4))])
    >>> tn.contract(output_inds=network.output).shape
    (4, 2)
    """
    if not isinstance(network, Network):
        raise TnsimError(f"`network` must be a Network (got {type(network).__name__})")
    shapes = tuple(tuple(np.shape(array)) for array in arrays)
    if shapes != network.shapes:
        raise TnsimError(
            f"`arrays` must have the shapes of the network's {network.num_tensors} tensors (got "
            f"{shapes!r:.80})"
        )
    quimb = library("quimb.tensor")
    pairs = zip(arrays, network.inputs, strict=True)
    tensors = [quimb.Tensor(a, inds, tags=f"T{k}") for k, (a, inds) in enumerate(pairs)]
    return quimb.TensorNetwork(tensors)


def from_quimb_network(
    network: Any, output: Sequence[str] | None = None
) -> tuple[Network, list[Any]]:
    """A quimb `TensorNetwork` as (network, arrays), for `tnsim.contraction.plan`.

    `output` names the open indices in order; by default those that stand on one tensor only.
    The network's power-of-ten exponent goes into the first array. Raises `TnsimError` where a
    tensor has an index twice.

    >>> import quimb.tensor as qtn
    >>> tn = qtn.Tensor(np.ones((2, 3)), ["a", "b"]) & qtn.Tensor(np.ones((3, 4)), ["b", "c"])
    >>> from_quimb_network(tn)[0].equation
    'ab,bc->ac'
    """
    quimb = library("quimb.tensor")
    if isinstance(network, quimb.Tensor):
        network = quimb.TensorNetwork([network])
    if not isinstance(network, quimb.TensorNetwork):
        raise TnsimError(
            f"`network` must be a TensorNetwork of quimb (got {type(network).__name__})"
        )
    tensors = list(network.tensors)
    inputs = tuple(tuple(map(str, tensor.inds)) for tensor in tensors)
    sizes = {str(ind): int(network.ind_size(ind)) for ind in network.ind_map}
    chosen = network.outer_inds() if output is None else output
    arrays = [tensor.data for tensor in tensors]
    exponent = float(getattr(network, "exponent", 0.0) or 0.0)
    if exponent and arrays:
        arrays[0] = arrays[0] * 10.0**exponent
    return Network(inputs, tuple(map(str, chosen)), sizes), arrays


def _letters(question: object, num_qubits: int) -> tuple[tuple[int, tuple[int, ...]], ...]:
    if not isinstance(question, str):
        raise QueryError(f"`question` must be a bit string or Pauli string (got {question!r:.60})")
    observable = PauliSum(question)
    observable.validate(num_qubits)
    pairs = zip(observable.qubits.tolist(), observable.letters.tolist(), strict=True)
    return tuple((q, (letter,)) for q, letter in pairs) or ((0, (0,)),)
