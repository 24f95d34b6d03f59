"""Gradients: the noisy circuit of ten qubits, and the Ising chain of twenty, beside the peers."""

from __future__ import annotations

from .common import Contender, measure, report

# `import tnsim` loads nothing else: what the work needs is named, as the peers load theirs.
_ROOMS = ("tnsim.circuit", "tnsim.noise", "tnsim.queries", "tnsim.runtime")
_OURS = ("numpy", "tnsim", *_ROOMS, "cotengra", "opt_einsum", "autoray")
_WHERE = "benchmarks.gradient_circuits"


def noisy(layers: int, *, peers: bool) -> list[Contender]:
    """Contenders for the noisy circuit; the fastest peer first."""
    work = {"qubits": 10, "layers": layers}
    ours = [
        Contender(
            f"tnsim, {memory}",
            f"{_WHERE}:noisy_tnsim",
            imports=_OURS,
            arguments={**work, "memory": memory, "repeats": 3 if layers < 100 else 1},
            package="tnsim",
            repeats=1,
        )
        for memory in ("1GB", "64MB", *(["24MB"] if peers else []))
    ]
    if not peers:
        return ours
    others = [
        Contender(
            "TensorCircuit-NG, JAX",
            f"{_WHERE}:noisy_tensorcircuit",
            imports=("numpy", "jax", "tensorcircuit", "cotengra"),
            arguments={**work, "repeats": 3},
            package="tensorcircuit-ng",
        ),
        Contender(
            "PennyLane mixed, JAX",
            f"{_WHERE}:noisy_pennylane",
            imports=("numpy", "jax", "pennylane"),
            arguments={**work, "repeats": 3},
            package="pennylane",
            repeats=1,
        ),
    ]
    return [*others, *ours]


def shallow() -> list[Contender]:
    """Contenders at one layer, the depth that qibo can finish in 16 GB."""
    work = {"qubits": 10, "layers": 1}
    return [
        Contender(
            "qibo, TensorFlow",
            f"{_WHERE}:noisy_qibo",
            imports=("numpy", "tensorflow", "qibo"),
            arguments={**work, "repeats": 1},
            package="qibo",
            repeats=1,
        ),
        Contender(
            "tnsim, 64MB",
            f"{_WHERE}:noisy_tnsim",
            imports=_OURS,
            arguments={**work, "memory": "64MB", "repeats": 3},
            package="tnsim",
            repeats=1,
        ),
    ]


def ising() -> list[Contender]:
    """Contenders for the Ising chain."""
    work = {"qubits": 20, "layers": 6, "repeats": 3}
    return [
        Contender(
            "PennyLane lightning, adjoint",
            f"{_WHERE}:ising_lightning",
            imports=("numpy", "pennylane"),
            arguments=work,
            package="pennylane-lightning",
        ),
        Contender(
            "tnsim",
            f"{_WHERE}:ising_tnsim",
            imports=_OURS,
            arguments={**work, "memory": "2GB"},
            package="tnsim",
        ),
    ]


def main() -> None:
    """Measure and print."""
    goal = "goal: a fifth of the fastest peer's time a gradient, a fiftieth with compiling"
    report("Noisy gradient, 10 qubits, 8 layers", measure(noisy(8, peers=True)), goal=goal)
    title = "Noisy gradient, 10 qubits, 1 layer"
    report(title, measure(shallow()), goal="the depth that the peer can finish")
    for layers in (64, 1000):
        title = f"Noisy gradient, 10 qubits, {layers} layers"
        report(title, measure(noisy(layers, peers=False)), goal="goal: time linear in layers")
    goal = "goal: no more time a gradient than the peer"
    report("Ising gradient, 20 qubits, 6 layers", measure(ising()), goal=goal)


if __name__ == "__main__":
    main()
