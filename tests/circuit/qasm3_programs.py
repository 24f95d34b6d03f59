"""Random OpenQASM 3 programs that are valid, for the tests of this folder."""

from __future__ import annotations

from hypothesis import strategies as st

from tnsim.circuit.qasm3.library import STDGATES

HEADER = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'
GATES = {
    **{name: (gate.num_params, gate.num_qubits) for name, gate in STDGATES.items()},
    "U": (3, 1),
}


def expressions(names: list[str]) -> st.SearchStrategy[str]:
    """Expressions with a finite value, affine in `names`."""
    numbers = st.sampled_from(["0.5", "1", "2.", ".25", "3e-1", "pi", "π/2", "0x3", "-1.25E+0"])
    if not names:
        small = st.builds("({} {} {})".format, numbers, st.sampled_from("+-*"), numbers)
        return st.one_of(
            numbers,
            small,
            st.builds("{}({})".format, st.sampled_from(["sin", "cos"]), small),
            st.builds("{}**{}".format, small, st.sampled_from("23")),
        )
    return st.one_of(
        st.sampled_from(names),
        st.builds("{}*{}".format, numbers, st.sampled_from(names)),
        st.builds("{} - {}/2".format, numbers, st.sampled_from(names)),
    )


@st.composite
def calls(
    draw: st.DrawFn, gates: dict[str, tuple[int, int]], operands: list[str], names: list[str]
) -> str:
    """One call of a gate with modifiers on distinct operands, its angles over `names`."""
    modifiers = draw(
        st.sampled_from(["", "", "", "ctrl @ ", "negctrl @ ", "inv @ ", "pow(2) @ ", "pow(-1) @ "])
    )
    extra = modifiers.count("ctrl")
    fitting = sorted(n for n, (_, size) in gates.items() if size + extra <= len(operands))
    if not fitting:
        return f"gphase({draw(expressions([]))});"
    name = draw(st.sampled_from(fitting))
    angles, size = gates[name]
    values = [draw(expressions(draw(st.sampled_from([[], names])))) for _ in range(angles)]
    given = draw(st.permutations(operands))[: size + extra]
    head = f"{name}({','.join(values)})" if values else name
    return f"{modifiers}{head} {','.join(given)};"


@st.composite
def programs(
    draw: st.DrawFn, *, most_calls: int = 12, free: bool = True, classical: bool = True
) -> str:
    """A program on up to five qubits with gates of its own, loops, measurements and conditions.

    `free` allows free parameters, `classical` measurements, resets and conditions on bits.
    """
    gates = dict(GATES)
    lines = [HEADER]
    names = ["alpha", "v[1]"] if free and draw(st.booleans()) else []
    if names:
        lines += ["input float alpha;", "input array[float[64], 2] v;"]
    lines.append("const float half = 0.5;")
    for number in range(draw(st.integers(0, 2))):
        params = ["a1", "a2"][: draw(st.integers(0, 2))]
        qubits = ["q1", "q2", "q3"][: draw(st.integers(1, 3))]
        body = draw(st.lists(calls(gates, qubits, [*params, "half"]), max_size=3))
        body += draw(st.sampled_from([[], [f"for int i in [0:1] {{ rx(i) {qubits[0]}; }}"]]))
        head = f"gate mine{number}" + (f"({','.join(params)})" if params else "")
        lines.append(f"{head} {','.join(qubits)} {{ {' '.join(body)} }}")
        gates[f"mine{number}"] = (len(params), len(qubits))
    size = draw(st.integers(2, 4))
    lines.append(f"qubit[{size}] q; qubit r; bit[3] c; bit d;")
    members = [*(f"q[{k}]" for k in range(size)), "r"]
    groups = [members] * 5 + [["q", "r"], ["q[0:1]", "r"]]
    for group in draw(st.lists(st.sampled_from(groups), max_size=most_calls)):
        lines.append(draw(_statement(gates, group, names, classical)))
        lines += draw(st.sampled_from([[], [], ["// x q[0];"], ["/* ; */ barrier q, r;"]]))
    return draw(st.sampled_from(["\n", " \n ", "\r\n"])).join(lines) + "\n"


@st.composite
def _statement(
    draw: st.DrawFn,
    gates: dict[str, tuple[int, int]],
    group: list[str],
    names: list[str],
    classical: bool,
) -> str:
    call = calls(gates, group, names)
    kinds = (
        ["call"] * 6 + ["for", "known", "block"] + ["if", "else", "measure", "reset"] * classical
    )
    kind = draw(st.sampled_from(kinds))
    if kind == "call":
        return draw(call)
    if kind == "for":
        return f"for uint i in [0:2] {{ {draw(call)} p(i*half) r; }}"
    if kind == "known":
        return f"if (half < 1 && 2 == 2) {{ {draw(call)} }} else {draw(call)}"
    if kind == "block":
        return f"{{ let a = q[0:1]; swap a[0], a[1]; int k = 3; {draw(call)} rz(k) a; }}"
    if kind == "measure":
        return draw(
            st.sampled_from(["c[0] = measure q[1];", "measure r -> d;", "c[1:2] = measure q[0:1];"])
        )
    if kind == "reset":
        return draw(st.sampled_from(["reset q[1];", "reset r;", "reset q;"]))
    condition = draw(
        st.sampled_from(
            [
                "d",
                "c[0] == 1",
                "!c[1]",
                "c == 5",
                "int[3](c) != 2",
                "c[0] && d",
                "c < 3",
                "d ^ c[2]",
            ]
        )
    )
    text = f"if ({condition}) {{ {draw(call)} {draw(call)} }}"
    return text + (f" else {{ if (c[2]) {draw(call)} }}" if kind == "else" else "")
