"""IBM's 127-qubit experiment: the mean of Z on qubit 62, tnsim beside quimb."""

from __future__ import annotations

import math

import tnsim

from .common import Contender, measure, report

ANGLE = 6 * math.pi / 32


def contenders(steps: int) -> list[Contender]:
    """Quimb and tnsim on the circuit without noise, and tnsim on that with noise."""
    edges = [[int(a), int(b)] for a, b in tnsim.lattices.heavy_hex()]
    work = {"steps": steps, "theta": ANGLE, "qubit": 62, "edges": edges}
    ours = {
        "function": "benchmarks.ours:eagle",
        "imports": ("numpy", "tnsim", "cotengra", "opt_einsum"),
        "package": "tnsim",
    }
    return [
        Contender(
            "quimb",
            "benchmarks.peers:eagle_quimb",
            imports=("quimb.tensor", "cotengra"),
            arguments=work,
            package="quimb",
        ),
        Contender("tnsim", arguments={**work, "memory": "2GB"}, **ours),
        Contender("tnsim, noisy", arguments={**work, "memory": "2GB", "noise": True}, **ours),
    ]


def main() -> None:
    """Measure and print: five steps beside quimb, six and seven alone."""
    goal = "goal: at most a third of quimb's CPU time in all, a further value under 0.05 s"
    report("Eagle, 5 steps", measure(contenders(5)), goal=goal)
    for steps in (6, 7):
        report(f"Eagle, {steps} steps", measure(contenders(steps)[1:]))


if __name__ == "__main__":
    main()
