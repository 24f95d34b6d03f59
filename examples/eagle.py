"""IBM's 127-qubit kicked Ising experiment, answered exactly from the command line.

python examples/eagle.py --memory 1GB --folder demo

Per step RX(theta) on every qubit, then RZZ(-pi/2) on every edge of the Eagle chip (Kim et al.,
Nature 618, 500 (2023)); asked is the mean of Z on qubit 62 after five steps.

1. The circuit is written as OpenQASM 2 and the noise as JSON, and `tnsim run` answers at one
   angle, without and with noise.
2. With the angle and the strength of the noise left open, one plan serves 33 angles at both
   strengths; both curves are drawn.
"""

from __future__ import annotations

import argparse
import math
import shlex
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

import tnsim

STEPS = 5
ANGLE = 0.7
POINTS = 33
QUBIT = 62
NOISELESS = 0.63870894552  # at ANGLE, found independently from the state of the light cone


def kicked_ising(theta: float | tnsim.Parameter) -> tnsim.Circuit:
    """The circuit with one angle for every rotation about X."""
    edges = tnsim.lattices.heavy_hex()
    left, right = [a for a, _ in edges], [b for _, b in edges]
    circuit = tnsim.Circuit(127)
    for _ in range(STEPS):
        circuit.rx(theta, range(127))
        circuit.rzz(-math.pi / 2, left, right)
    return circuit


def device_noise(strength: float | tnsim.Parameter = 1.0) -> tnsim.NoiseModel:
    """Depolarizing noise after every gate and 1 % readout error, times `strength`."""
    model = tnsim.NoiseModel()
    model.after(tnsim.noise.depolarizing(0.001 * strength), arity=1)
    model.after(tnsim.noise.depolarizing(0.005 * strength, num_qubits=2), arity=2)
    model.readout(0.01 * strength, 0.01 * strength)
    return model


def heading(text: str) -> None:
    """A line that stands out."""
    print(f"\n=== {text} ===", flush=True)


def run(arguments: list[str], output: Path) -> tnsim.Result:
    """Run `tnsim run` with these arguments, its output shown, and load the result it saves."""
    words = ["run", *arguments, "--output", str(output)]
    print(f"\n$ tnsim {shlex.join(words)}\n", flush=True)
    code = subprocess.run([sys.executable, "-m", "tnsim.cli", *words], check=False).returncode
    if code:
        sys.exit(code)
    return tnsim.Result.load(output)


def answer(folder: Path, memory: str) -> dict[float, float]:
    """The mean at ANGLE by strength of the noise, from two runs."""
    circuit, noise = folder / f"eagle_{STEPS}_steps.qasm", folder / "noise.json"
    circuit.write_text(kicked_ising(ANGLE).to_qasm())
    device_noise().save(noise)
    asked = [str(circuit), "--expect", f"Z{QUBIT}", "--memory", memory]

    heading(f"1. ⟨Z{QUBIT}⟩ at θ = {ANGLE} without noise")
    clean = float(run(asked, folder / "noiseless.json").numpy()[f"Z{QUBIT}"])
    print(f"\nfound {clean:.11f}, known {NOISELESS}, apart {abs(clean - NOISELESS):.0e}")
    if abs(clean - NOISELESS) > 1e-10:
        sys.exit("this is not the known value")

    heading("2. The same with noise on every gate and 1 % readout error")
    noisy = run([*asked, "--noise", str(noise)], folder / "noisy.json")
    return {0.0: clean, 1.0: float(noisy.numpy()[f"Z{QUBIT}"])}


def sweep(folder: Path, memory: str) -> tuple[np.ndarray, dict[float, np.ndarray]]:
    """The angles, and the curve for each strength of the noise, all from one plan."""
    circuit, noise = folder / f"eagle_{STEPS}_steps_theta.qasm", folder / "noise_strength.json"
    circuit.write_text(kicked_ising(tnsim.Parameter("theta")).to_qasm())
    device_noise(tnsim.Parameter("strength")).save(noise)
    heading(f"3. {POINTS} angles without and with noise from one plan")
    result = run(
        [str(circuit), "--expect", f"Z{QUBIT}", "--memory", memory, "--noise", str(noise)]
        + ["--param", f"theta=0:pi/2:{POINTS}", "--param", "strength=0,1"],
        folder / "sweep.json",
    )
    params = result.provenance.numpy_params()
    values = result.numpy()[f"Z{QUBIT}"]
    chosen = {strength: params["strength"] == strength for strength in (0.0, 1.0)}
    return params["theta"][chosen[0.0]], {s: values[where] for s, where in chosen.items()}


def draw(
    path: Path, angles: np.ndarray, curves: dict[float, np.ndarray], points: dict[float, float]
) -> None:
    """Both curves, and on them the values that the first part found."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MultipleLocator

    figure = Figure(figsize=(6.8, 4.4), layout="constrained")
    axes = figure.subplots()
    names = {0.0: "without noise", 1.0: "with noise on gates and readout"}
    for (strength, values), colour in zip(curves.items(), ("#0072b2", "#d55e00"), strict=True):
        axes.plot(angles, values, color=colour, label=names[strength], marker="o", markersize=3.5)
        axes.plot(ANGLE, points[strength], color=colour, marker="D", markersize=8, fillstyle="none")
    axes.plot([], [], "D", color="0.3", fillstyle="none", label=f"runs at θ = {ANGLE} alone")
    axes.xaxis.set_major_locator(MultipleLocator(math.pi / 8))
    ticks = ["0", "π/8", "π/4", "3π/8", "π/2"]
    axes.set_xticks([k * math.pi / 8 for k in range(len(ticks))], ticks)
    axes.set(
        xlabel="rotation angle θ (rad)",
        ylabel=f"mean value ⟨Z{QUBIT}⟩",
        ylim=(-0.03, 1.05),
        title=f"Kicked Ising model on 127 qubits, {STEPS} steps, exact",
    )
    axes.grid(color="0.9")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="upper right", frameon=True, edgecolor="none", framealpha=1.0)
    figure.savefig(path, dpi=160)


def main() -> None:
    """The demonstration."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--memory", default="1GB", help="the budget, such as 1GB or 512MiB")
    parser.add_argument("--folder", type=Path, default=Path("demo"), help="where files go")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)

    begin = time.perf_counter()
    points = answer(options.folder, options.memory)
    angles, curves = sweep(options.folder, options.memory)
    picture = options.folder / "eagle_sweep.png"
    draw(picture, angles, curves, points)
    print(f"\ndrew {picture}; all of this took {time.perf_counter() - begin:.0f} s")


if __name__ == "__main__":
    main()
