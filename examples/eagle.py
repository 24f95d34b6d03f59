"""IBM's 127-qubit kicked Ising experiment, answered exactly within a memory budget.

python examples/eagle.py --memory 1GB --folder demo

Per step RX(theta) on every qubit, then RZZ(-pi/2) on every edge of the Eagle chip (Kim et al.,
Nature 618, 500 (2023)); asked is the mean of Z on qubit 62 after five steps. First the circuit is
written as OpenQASM 2, read back and answered at one angle, without and with noise. Then one plan
serves 33 angles, drawn as a picture.
"""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path

import numpy as np

import tnsim

STEPS = 5
ANGLE = 0.7
POINTS = 33
QUESTION = "Z62"
NOISELESS = 0.63870894552  # at ANGLE, found independently from the light cone's state


def eagle(theta: float | tnsim.Parameter) -> tnsim.Circuit:
    """The circuit with one angle for every rotation about X."""
    edges = tnsim.lattices.heavy_hex()
    left, right = [a for a, _ in edges], [b for _, b in edges]
    circuit = tnsim.Circuit(127)
    for _ in range(STEPS):
        circuit.rx(theta, range(127))
        circuit.rzz(-math.pi / 2, left, right)
    return circuit


def device_noise() -> tnsim.NoiseModel:
    """Depolarizing noise after every gate and 1 % readout error."""
    model = tnsim.NoiseModel()
    model.after(tnsim.noise.depolarizing(0.001), arity=1)
    model.after(tnsim.noise.depolarizing(0.005, num_qubits=2), arity=2)
    model.readout(0.01, 0.01)
    return model


def answer(circuit: tnsim.Circuit, noise: tnsim.NoiseModel | None, memory: str) -> float:
    """Plan, print the forecast, run, print the answer."""
    begin = time.perf_counter()
    program = tnsim.compile(circuit, tnsim.Expectation(QUESTION), noise=noise, memory=memory)
    print(program.forecast)
    print(f"planned in {time.perf_counter() - begin:.2f} s; running ...", flush=True)
    result = program()
    print(result)
    return float(result.value)


def sweep(memory: str, angles: np.ndarray) -> dict[str, np.ndarray]:
    """Both curves over the angles, each from one plan."""
    circuit = eagle(tnsim.Parameter("theta"))
    curves = {}
    for name, noise in {"without noise": None, "with noise": device_noise()}.items():
        program = tnsim.compile(circuit, tnsim.Expectation(QUESTION), noise=noise, memory=memory)
        begin = time.perf_counter()
        curves[name] = program(theta=angles).numpy()
        print(f"{name}: {len(angles)} angles in {time.perf_counter() - begin:.2f} s", flush=True)
    return curves


def draw(path: Path, angles: np.ndarray, curves: dict[str, np.ndarray]) -> None:
    """The curves as a picture."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
    for name, values in curves.items():
        axes.plot(angles, values, marker=".", label=name)
    axes.set(
        xlabel="rotation angle θ",
        ylabel="mean of Z on qubit 62",
        title=f"127 qubits, {STEPS} steps, exact",
    )
    axes.legend()
    figure.savefig(path, dpi=150)


def main() -> None:
    """The demonstration."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--memory", default="1GB", help="the budget, such as 1GB or 512MiB")
    parser.add_argument("--folder", type=Path, default=Path("demo"), help="where files go")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)

    file = options.folder / "eagle_5_steps.qasm"
    if not file.exists():
        file.write_text(eagle(ANGLE).to_qasm())
    circuit = tnsim.Circuit.from_qasm(file)
    print(f"read {file}: {circuit.num_qubits} qubits, {len(circuit)} instructions")

    print(f"\n⟨Z62⟩ at θ = {ANGLE}, without noise")
    value = answer(circuit, None, options.memory)
    print(f"expected {NOISELESS}, difference {abs(value - NOISELESS):.1e}")
    print(f"\n⟨Z62⟩ at θ = {ANGLE}, with depolarizing noise and 1 % readout error")
    answer(circuit, device_noise(), options.memory)

    print(f"\n{POINTS} angles from one plan each")
    angles = np.linspace(0, math.pi / 2, POINTS)
    picture = options.folder / "eagle_sweep.png"
    draw(picture, angles, sweep(options.memory, angles))
    print(f"drew {picture}")


if __name__ == "__main__":
    main()
