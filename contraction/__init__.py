"""Contraction of labelled arrays within a memory budget: plan, then execute or differentiate."""

from __future__ import annotations

from .budget_planner import BudgetPlanner
from .cache import PlanCache
from .gradient import execute_gradient
from .gradient_plan import GradientPlan
from .gradient_planner import plan_gradient
from .network import Network
from .planner import plan
from .plans import Plan

__all__ = [
    "BudgetPlanner",
    "GradientPlan",
    "Network",
    "Plan",
    "PlanCache",
    "execute_gradient",
    "plan",
    "plan_gradient",
]
