"""Exact contraction within the budget, in the cheapest of the bases."""

from .engine import ExactEngine

__all__ = ["ExactEngine"]
