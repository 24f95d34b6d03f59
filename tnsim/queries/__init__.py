"""Questions about circuits, as frozen data, and expressions of them."""

from .amplitudes import Amplitudes
from .derived import Derived
from .expectation import Expectation
from .fidelity import Fidelity
from .observable import Observable, as_pauli_sum
from .pauli_sum import PauliSum
from .probabilities import Probabilities
from .purity import Purity
from .query import LeafQuery, Query
from .reduced_density_matrix import ReducedDensityMatrix
from .samples import Samples
from .variance import Variance

__all__ = [
    "Amplitudes",
    "Derived",
    "Expectation",
    "Fidelity",
    "LeafQuery",
    "Observable",
    "PauliSum",
    "Probabilities",
    "Purity",
    "Query",
    "ReducedDensityMatrix",
    "Samples",
    "Variance",
    "as_pauli_sum",
]
