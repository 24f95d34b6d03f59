"""Parameter values cut loose from an autodiff framework, and what a framework asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tnsim.base.arrays import common_library, library_of
from tnsim.base.errors import CircuitError

__all__ = ["detached"]


def detached(given: Mapping[str, Any]) -> dict[str, Any]:
    """The values without what they were made from.

    Raises `CircuitError` for values that a framework is tracing, which cannot be looked at.
    """
    library, _ = common_library(given.values())
    if library == "numpy":
        return dict(given)
    return {
        name: value if library_of(value) == "numpy" else _loose(name, value, library)
        for name, value in given.items()
    }


def _loose(name: str, value: Any, library: str) -> Any:
    if library == "torch":
        return value.detach()
    if library == "tensorflow":
        import tensorflow as tf

        tensor = tf.stop_gradient(tf.convert_to_tensor(value))
        if hasattr(tensor, "numpy"):
            return tensor
    else:
        import jax

        if not isinstance(value, jax.core.Tracer):
            return value
    raise CircuitError(
        f"the value of {name} must be known, but {library} is tracing it; call the program itself "
        f"there, and differentiate with {library}"
    )
