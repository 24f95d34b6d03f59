"""Pure states with sampled noise: answers with standard errors."""

from .engine import TrajectoryEngine
from .options import Trajectories

__all__ = ["Trajectories", "TrajectoryEngine"]
