"""`Provenance`: where a result's numbers come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tnsim.base.errors import TnsimError

from .value_codec import NumpyValues, Values, decode_values, encode_values, numpy_values

__all__ = ["Provenance"]

_TEXTS = ("circuit", "query", "dtype", "library", "device", "time")


@dataclass(frozen=True, eq=False)
class Provenance:
    """What was computed, with what and when; enough to run it again.

    `circuit`, `query`, `noise` and `plans` are digests (SHA-256 of canonical JSON; `noise` is
    None without a noise model, `plans` one digest for each plan used). `dtype` is the complex
    dtype that names the precision, `library` and `device` where the arrays lived, `seed` what
    drew random numbers (None if nothing did), `time` the start in ISO 8601 with a time zone,
    `versions` the packages by name, `params` the parameter values by name.
    """

    circuit: str
    query: str
    dtype: str
    library: str
    device: str
    time: str
    noise: str | None = None
    plans: tuple[str, ...] = ()
    seed: int | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in _TEXTS:
            _check(isinstance(getattr(self, name), str), name, "be text", getattr(self, name))
        _check(self.noise is None or isinstance(self.noise, str), "noise", "be text", self.noise)
        _check(_all_text(self.plans), "plans", "be a list of text", self.plans)
        _check(self.seed is None or type(self.seed) is int, "seed", "be an int", self.seed)
        versions = self.versions
        _check(
            isinstance(versions, Mapping) and _all_text([*versions, *versions.values()]),
            "versions",
            "map names to text",
            versions,
        )
        _check(_is_time(self.time), "time", "be ISO 8601 with a time zone", self.time)

    def to_dict(self) -> dict[str, Any]:
        """A JSON object with the fields of the class."""
        return {
            **{name: getattr(self, name) for name in _TEXTS},
            "noise": self.noise,
            "plans": list(self.plans),
            "seed": self.seed,
            "versions": dict(self.versions),
            "params": encode_values(dict(self.params)),
        }

    @classmethod
    def from_dict(cls, data: object) -> Provenance:
        """The inverse of `to_dict`, params as NumPy arrays; `TnsimError` on anything else."""
        expected = set(cls.__dataclass_fields__)
        if not isinstance(data, Mapping) or set(data) != expected:
            raise TnsimError(f"a provenance record must have exactly the fields {sorted(expected)}")
        _check(isinstance(data["plans"], list), "plans", "be a list of text", data["plans"])
        params = decode_values(data["params"])
        _check(isinstance(params, dict), "params", "be named arrays", data["params"])
        return cls(**{**data, "plans": tuple(data["plans"]), "params": params})

    def numpy_params(self) -> NumpyValues:
        """The parameter values as NumPy arrays by name."""
        values: Values = dict(self.params)
        return numpy_values(values)


def _check(fine: bool, name: str, rule: str, value: object) -> None:
    if not fine:
        raise TnsimError(f"a provenance record's `{name}` must {rule} (got {str(value)[:60]!r})")


def _all_text(values: object) -> bool:
    return isinstance(values, list | tuple) and all(isinstance(value, str) for value in values)


def _is_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
