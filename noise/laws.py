"""The table of all laws by kind, and their JSON."""

from __future__ import annotations

from collections.abc import Mapping

from tnsim.base.errors import NoiseError

from .channel_law import ChannelLaw
from .composite_laws import CompositeLaw, Composition, TensorProduct
from .damping_laws import (
    AmplitudeDamping,
    GeneralizedAmplitudeDamping,
    PhaseDamping,
    Reset,
    ThermalRelaxation,
)
from .json_objects import MOST_NESTED, check_fields, check_list
from .matrix_laws import KrausLaw, TransferLaw
from .pauli_laws import (
    BitFlip,
    BitPhaseFlip,
    CorrelatedPauli,
    Depolarizing,
    PauliLindblad,
    PauliMixture,
    PhaseFlip,
)
from .unitary_laws import MixedUnitary, OverRotation

__all__ = ["LAWS", "law_from_dict"]

LAWS: Mapping[str, type[ChannelLaw]] = {
    law.kind: law
    for law in (
        AmplitudeDamping,
        BitFlip,
        BitPhaseFlip,
        Composition,
        CorrelatedPauli,
        Depolarizing,
        GeneralizedAmplitudeDamping,
        KrausLaw,
        MixedUnitary,
        OverRotation,
        PauliLindblad,
        PauliMixture,
        PhaseDamping,
        PhaseFlip,
        Reset,
        TensorProduct,
        ThermalRelaxation,
        TransferLaw,
    )
}


def law_from_dict(data: object, *, depth: int = MOST_NESTED) -> ChannelLaw:
    """The inverse of `ChannelLaw.to_dict`; `NoiseError` on anything else."""
    name = data.get("name") if isinstance(data, Mapping) else None
    if not isinstance(data, Mapping) or not isinstance(name, str) or name not in LAWS:
        found = name if isinstance(data, Mapping) else type(data).__name__
        raise NoiseError(
            f'a channel\'s law must be an object whose "name" is one of {", ".join(LAWS)} '
            f"(got {found!r})"
        )
    fields = {key: value for key, value in data.items() if key != "name"}
    law = LAWS[name]
    if not issubclass(law, CompositeLaw):
        return law.from_fields(fields)
    if depth == 0:
        raise NoiseError(f"a channel must be nested at most {MOST_NESTED} deep")
    parts = check_list(check_fields(fields, name, ["parts"])["parts"], "`parts`", dict, least=1)
    return law(tuple(law_from_dict(part, depth=depth - 1) for part in parts))
