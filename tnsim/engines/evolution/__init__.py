"""Answers by moving one state through time: gradients in the memory of two operators."""

from .evolution import Evolution
from .questions import PauliTerms

__all__ = ["Evolution", "PauliTerms"]
