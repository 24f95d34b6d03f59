"""One slice of a schedule on arrays: NumPy directly, the other libraries through autoray."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import autoray
import numpy as np

from .schedule import Operand, Schedule, Source

__all__ = ["contract_slice"]

Array = Any


def contract_slice(
    schedule: Schedule, arrays: Sequence[Array], values: Sequence[int], library: str
) -> Array:
    """The part of the output that belongs to one combination of the sliced labels' values."""
    work = _numpy_operand if library == "numpy" else _generic_operand
    matmul = np.matmul if library == "numpy" else _generic_matmul
    tensors: dict[int, Array] = {}

    def fetch(operand: Operand) -> Array:
        number = operand.number
        if number < len(schedule.sources):
            array = _enter(schedule.sources[number], arrays[number], values)
        else:
            array = tensors.pop(number)
        return work(array, operand)

    for step in schedule.steps:
        tensors[step.number] = matmul(fetch(step.left), fetch(step.right))
    result = fetch(schedule.output)
    if library == "numpy" and not schedule.steps:
        result = np.array(result)
    return result


def _enter(source: Source, array: Array, values: Sequence[int]) -> Array:
    if source.cuts:
        front = int(source.batched)
        index: list[Any] = [slice(None)] * (len(source.shape) + front)
        for axis, number in source.cuts:
            index[axis + front] = values[number]
        array = array[tuple(index)]
    if source.sums:
        front = int(source.batched)
        array = autoray.do("sum", array, axis=tuple(axis + front for axis in source.sums))
    return array


def _numpy_operand(array: Array, operand: Operand) -> Array:
    if operand.axes is not None:
        array = np.ascontiguousarray(array.reshape(operand.merged).transpose(operand.axes))
    array = array.reshape(operand.shape)
    return array.swapaxes(-1, -2) if operand.transposed else array


def _generic_operand(array: Array, operand: Operand) -> Array:
    if operand.axes is not None:
        array = autoray.do("reshape", array, operand.merged)
        array = autoray.do("transpose", array, operand.axes)
    array = autoray.do("reshape", array, operand.shape)
    if operand.transposed:
        axes = list(range(len(operand.shape)))
        axes[-2:] = axes[-1], axes[-2]
        array = autoray.do("transpose", array, tuple(axes))
    return array


def _generic_matmul(left: Array, right: Array) -> Array:
    return autoray.do("matmul", left, right)
