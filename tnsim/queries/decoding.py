"""Queries from their JSON objects, whatever their kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tnsim.base.errors import QueryError

from .amplitudes import Amplitudes
from .derived import Derived
from .expectation import Expectation
from .fidelity import Fidelity
from .fields import check_fields
from .probabilities import Probabilities
from .purity import Purity
from .query import Query
from .reduced_density_matrix import ReducedDensityMatrix
from .samples import Samples
from .variance import Variance

__all__ = ["decode_query"]

_FIELDS: dict[type[Query], tuple[str, ...]] = {
    Amplitudes: ("bitstrings",),
    Derived: ("operation", "operands"),
    Expectation: ("observable", "on"),
    Fidelity: ("other",),
    Probabilities: ("qubits", "on"),
    Purity: ("qubits",),
    ReducedDensityMatrix: ("qubits",),
    Samples: ("shots", "seed"),
    Variance: ("observable", "on"),
}
_KINDS = {query.kind: query for query in _FIELDS}


def decode_query(data: Mapping[str, Any]) -> Query:
    """The query of `Query.to_dict`; `QueryError` on an unknown kind, version or field."""
    kind = data.get("kind") if isinstance(data, Mapping) else None
    if not isinstance(kind, str) or kind not in _KINDS:
        raise QueryError(
            f'a query must be an object whose "kind" is one of {", ".join(_KINDS)} (got '
            f"{kind if isinstance(data, Mapping) else type(data).__name__!r})"
        )
    query = _KINDS[kind]
    return query._from_fields(check_fields(data, kind, _FIELDS[query]))
