"""Contraction of labelled arrays within a memory budget: plan from structure, then execute."""

from __future__ import annotations

from .budget_planner import BudgetPlanner
from .cache import PlanCache
from .network import Network
from .planner import plan
from .plans import Plan

__all__ = ["BudgetPlanner", "Network", "Plan", "PlanCache", "plan"]
