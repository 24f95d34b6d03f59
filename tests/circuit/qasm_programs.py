"""Random OpenQASM 2 programs that are valid, for the tests of this folder."""

from __future__ import annotations

from hypothesis import strategies as st

# Name: (angles, qubits). All of them are known to every reader of OpenQASM 2.
GATES = {
    "u3": (3, 1), "u2": (2, 1), "u1": (1, 1), "cx": (0, 2), "id": (0, 1), "x": (0, 1),
    "y": (0, 1), "z": (0, 1), "h": (0, 1), "s": (0, 1), "sdg": (0, 1), "t": (0, 1),
    "tdg": (0, 1), "rx": (1, 1), "ry": (1, 1), "rz": (1, 1), "cz": (0, 2), "cy": (0, 2),
    "ch": (0, 2), "ccx": (0, 3), "crz": (1, 2), "cu1": (1, 2), "cu3": (3, 2), "U": (3, 1),
    "CX": (0, 2),
}  # fmt: skip
HEADER = 'OPENQASM 2.0;\ninclude "qelib1.inc";\n'


def expressions(names: list[str]) -> st.SearchStrategy[str]:
    """Expressions with a finite value at most a few thousand, over parameters of a gate."""
    numbers = st.sampled_from(["0.5", "1", "2.", ".25", "3e-1", "pi", "0", "1.25E+0"])
    atoms = st.one_of(numbers, st.sampled_from(names)) if names else numbers
    small = st.one_of(
        atoms,
        st.builds("({} {} {})".format, atoms, st.sampled_from("+-*"), atoms),
        st.builds("{}({})".format, st.sampled_from(["sin", "cos"]), atoms),
    )
    return st.one_of(
        small,
        st.builds("{}{}".format, st.sampled_from("+-"), small),
        st.builds("{} {} {}".format, small, st.sampled_from("+-*"), small),
        st.builds("{}/{}".format, small, st.sampled_from(["2", "pi", "-4", "(1+1)"])),
        st.builds("-{}^{}".format, st.sampled_from(["2", "0.5", "pi"]), st.sampled_from("23")),
        st.builds("{}-{}-{}*-{}".format, small, small, small, small),
    )


@st.composite
def calls(
    draw: st.DrawFn, gates: dict[str, tuple[int, int]], operands: list[str], names: list[str]
) -> str:
    """One call of a gate on distinct operands, its angles over `names`."""
    fitting = sorted(name for name, (_, size) in gates.items() if size <= len(operands))
    name = draw(st.sampled_from(fitting))
    angles, size = gates[name]
    values = [draw(expressions(names)) for _ in range(angles)]
    given = draw(st.permutations(operands))[:size]
    return (
        f"{name}({','.join(values)}) {','.join(given)};" if values else f"{name} {','.join(given)};"
    )


@st.composite
def programs(draw: st.DrawFn, *, most_calls: int = 12) -> str:
    """A program on two registers of up to five qubits with gates of its own and measurements."""
    gates = dict(GATES)
    lines = [HEADER]
    for number in range(draw(st.integers(0, 3))):
        params = ["t", "theta", "s"][: draw(st.integers(0, 3))]
        qubits = ["a", "b", "q"][: draw(st.integers(1, 3))]
        body = draw(st.lists(calls(gates, qubits, params), max_size=4))
        body += draw(st.sampled_from([[], [f"barrier {qubits[0]};"]]))
        head = f"gate mine{number}" + (f"({','.join(params)})" if params else "")
        lines.append(f"{head} {','.join(qubits)} {{ {' '.join(body)} }}")
        gates[f"mine{number}"] = (len(params), len(qubits))
    sizes = {"q": draw(st.integers(1, 3)), "r": draw(st.integers(1, 2))}
    lines += [f"qreg {name}[{size}];" for name, size in sizes.items()]
    members = [f"{name}[{k}]" for name, size in sizes.items() for k in range(size)]
    registers = [[name] for name in sizes] + ([["q", "r"]] if sizes["q"] == sizes["r"] else [])
    groups = [members] * 4 + registers + [["q", "r[0]"]]
    for group in draw(st.lists(st.sampled_from(groups), max_size=most_calls)):
        lines.append(draw(calls(gates, group, [])))
        lines += draw(st.sampled_from([[], [], ["// a comment; x q[0];"], ["barrier q, r[0];"]]))
    if draw(st.booleans()):
        lines += [f"creg c[{sizes['q']}];", "measure q -> c;"]
    return draw(st.sampled_from(["\n", " \n ", "\r\n"])).join(lines) + "\n"
