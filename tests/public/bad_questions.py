"""Malformed queries, budgets, settings and files of results."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np

from tests.public.bad_rows import NOISE, RESULT, Row, Z, ask, bell, changed, in_file, turned
from tnsim import (
    MPS,
    Amplitudes,
    BudgetError,
    Circuit,
    CircuitError,
    Expectation,
    Fidelity,
    NoiseModel,
    PauliSum,
    Probabilities,
    Purity,
    QueryError,
    ReducedDensityMatrix,
    Result,
    Samples,
    TnsimError,
    Variance,
    compare,
    noise,
)

GIVEN: Any = {"text": "Z0", "pair": ("X0", 0.5), "number": 3}
FLIPPED = NoiseModel().after(noise.bit_flip(0.1))
LOAD = Result.load

QUERIES = [
    Row("dense too long", lambda _: ask(Expectation("ZZI")), QueryError, "0 to 1 (got qubit 2)"),
    Row("identity outside", lambda _: ask(Expectation("Z0 I5")), QueryError, "1 (got qubit 5)"),
    Row("half of it", lambda _: ask(Variance(0.5 * PauliSum("ZIII"))), QueryError, "(got qubit 3)"),
    Row("matrix", lambda _: ask(Expectation((np.eye(2), 9))), QueryError, "1 (got qubit 9)"),
    Row("letter", lambda _: Expectation("Z0 W1"), QueryError, "'W' stands at character 3", "Z0 W1"),
    Row("small letter", lambda _: Expectation("zz"), QueryError, "(letters are capital)", "'zz'"),
    Row("no string", lambda _: Expectation("   "), QueryError, "a Pauli string must not be empty"),
    Row("qubit twice", lambda _: Expectation("X4 Z4"), QueryError, "qubit 4 comes twice", "X4 Z4"),
    Row("mixed form", lambda _: Expectation("Z0 ZZ"), QueryError, "this is neither", "'Z0 ZZ'"),
    Row("no terms", lambda _: Expectation({}), QueryError, "at least one term", "empty"),
    Row(
        "NaN", lambda _: Expectation({"Z0": math.nan}), QueryError, "of 'Z0' must be finite", "nan"
    ),
    Row(
        "text",
        lambda _: Expectation({"X1": GIVEN["text"]}),
        QueryError,
        "coefficient of 'X1' must be a number",
        "got 'Z0'",
    ),
    Row("pair", lambda _: Expectation(GIVEN["pair"]), QueryError, "pairs must be in a list", "0.5"),
    Row(
        "bytes",
        lambda _: Expectation(GIVEN["text"].encode()),
        QueryError,
        "an observable must be a Pauli string, a mapping",
        "got b'Z0'",
    ),
    Row(
        "matrix's shape",
        lambda _: Expectation((np.eye(2), [0, 1])),
        QueryError,
        "must have shape (4, 4)",
        "(2, 2)",
    ),
    Row(
        "complex variance",
        lambda _: Variance({"Z0": 1j}),
        QueryError,
        "a variance's `observable` must be Hermitian",
        "1j",
    ),
    Row("no amplitudes", lambda _: Amplitudes([]), QueryError, "at least one bitstring", "none"),
    Row("a digit 2", lambda _: Amplitudes(["00", "02"]), QueryError, "characters 0 and 1", "'02'"),
    Row("two lengths", lambda _: Amplitudes(["0", "011"]), QueryError, "of one length", "'011'"),
    Row(
        "too many bits",
        lambda _: ask(Amplitudes("010")),
        QueryError,
        "for each of the circuit's 2 qubits",
        "010",
    ),
    Row(
        "amplitudes with noise",
        lambda _: ask(Amplitudes("00"), noise=FLIPPED),
        QueryError,
        "Amplitudes need a pure state",
        "noise",
    ),
    Row(
        "amplitudes as read",
        lambda _: ask(Amplitudes("00"), noise=NoiseModel().readout(0.1, 0.1, qubits=[1])),
        QueryError,
        "of a circuit without readout error",
        "qubit 1",
    ),
    Row("no qubits", lambda _: Probabilities([]), QueryError, "at least one qubit", "none"),
    Row("same qubit", lambda _: Probabilities([3, 3]), QueryError, "but qubit 3 comes twice", "3"),
    Row("outside", lambda _: ask(Probabilities([0, 8])), QueryError, "1 (got qubit 8)", "8"),
    Row("below zero", lambda _: Purity([-1]), QueryError, "at least 0 and below 2^31", "got -1"),
    Row(
        "thousands of qubits",
        lambda _: ask(Probabilities(range(2000)), Circuit(2000)),
        QueryError,
        "`qubits` must be at most 256",
        "got 2000",
    ),
    Row("no shots", lambda _: Samples(0), QueryError, "`shots` must be a positive int", "got 0"),
    Row("seed", lambda _: Samples(9, seed=-2), QueryError, "None or an int of at least 0", "-2"),
    Row(
        "samples",
        lambda _: ask(Samples(9), method="exact"),
        QueryError,
        "does not answer Samples",
        "Samples",
    ),
    Row(
        "noisy target",
        lambda _: Fidelity(bell().reset(0)),
        QueryError,
        "`other` must have unitary gates only",
        "'reset'",
    ),
    Row(
        "target's size",
        lambda _: ask(Fidelity(Circuit(5))),
        QueryError,
        "`other` must have the circuit's 2 qubits",
        "got 5",
    ),
    Row(
        "target's parameter",
        lambda _: ask(Fidelity(turned())),
        QueryError,
        "`other` of a Fidelity must have parameters of the circuit only",
        "'theta'",
    ),
    Row(
        "divided by zero",
        lambda _: PauliSum("Z0") / 0,
        QueryError,
        "a PauliSum must be divided by",
        "got 0",
    ),
    Row("a list of queries", lambda _: ask([Z]), QueryError, "(got [Expectation('Z0')])"),
    Row("nothing", lambda _: ask({}), QueryError, "a dict of names to queries (got {})"),
    Row("within", lambda _: ask({"a": {"b": Z}}), QueryError, "names to queries (got 'a': {'b'"),
    Row(
        "no circuit", lambda _: ask(Z, "q.qasm"), CircuitError, "must be a tnsim.Circuit (got str)"
    ),
]

SETTINGS = [
    Row("unit", lambda _: ask(Z, memory="2XB"), BudgetError, "\"512MiB\" (got '2XB')"),
    Row("no bytes", lambda _: ask(Z, memory=0), BudgetError, "at least one byte (got 0)"),
    Row("less than none", lambda _: ask(Z, memory=-7), BudgetError, "at least one byte (got -7)"),
    Row("fraction", lambda _: ask(Z, memory=2.5), BudgetError, 'such as "2GB" (got 2.5)'),
    Row("NaN bytes", lambda _: ask(Z, memory="nanGB"), BudgetError, "(got 'nanGB')"),
    Row("all there is", lambda _: ask(Z, memory="9" * 400), BudgetError, "below 10^30", "9999"),
    Row("one byte", lambda _: ask(Z, memory=1), BudgetError, "for an exact answer (got 1 B)"),
    Row(
        "answer too large",
        lambda _: ask(ReducedDensityMatrix(range(40)), Circuit(60).h(range(60))),
        BudgetError,
        "EB for an exact answer",
        "got 10.00 MB",
    ),
    Row("method", lambda _: ask(Z, method="guess"), QueryError, "one of auto, exact", "'guess'"),
    Row("target", lambda _: ask(Z, target_error=-1.0), QueryError, "number above 0", "-1.0"),
    Row(
        "target of exact",
        lambda _: ask(Z, method="exact", target_error=0.25),
        QueryError,
        "left out with method='exact'",
        "0.25",
    ),
    Row(
        "two accuracies",
        lambda _: MPS(max_bond=7, cutoff=0.5),
        QueryError,
        "at most one of",
        "max_bond and cutoff",
    ),
    Row(
        "methods",
        lambda _: compare(Circuit(1), Z, methods="exact"),
        QueryError,
        "must be a list of methods",
        "'exact'",
    ),
    Row("precision", lambda _: ask(Z, dtype="float16"), TnsimError, "'complex128' (got 'float16')"),
    Row("no precision", lambda _: ask(Z, dtype=None), TnsimError, "'complex128' (got None)"),
    Row("integers", lambda _: ask(Z, dtype=int), TnsimError, "(got <class 'int'>)"),
    Row("effort", lambda _: ask(Z, effort="much"), QueryError, "at least 0 (got 'much')"),
    Row("NaN effort", lambda _: ask(Z, effort=math.nan), QueryError, "at least 0 (got nan)"),
    Row("search seed", lambda _: ask(Z, seed="x"), QueryError, "`seed` must be an int (got 'x')"),
    Row("cache", lambda _: ask(Z, cache=3), QueryError, "or a folder's path", "got 3"),
    Row(
        "executor",
        lambda _: ask(Z)(executor=GIVEN["number"]),
        TnsimError,
        "`executor` must have the interface of concurrent.futures",
        "got 3",
    ),
    Row(
        "progress",
        lambda _: ask(Z)(progress=GIVEN["text"]),
        TnsimError,
        "`progress` must be None, True, False or a function",
        "'Z0'",
    ),
]


def array(dtype: object, shape: object, text: object = "") -> str:
    """A result file whose value is this."""
    given = {"array": {"dtype": dtype, "shape": shape, "base64": text}}
    return changed(RESULT, "value", to=given)


FILES = [
    Row(
        "cut off",
        in_file(LOAD, json.dumps(RESULT)[:60]),
        TnsimError,
        "a result must be JSON, but this is not",
        "char 60",
    ),
    Row("noise", in_file(LOAD, json.dumps(NOISE)), TnsimError, "\"result\" (got 'noise_model')"),
    Row("version", in_file(LOAD, changed(RESULT, "version", to=1.0)), TnsimError, "1 (got 1.0)"),
    Row("field", in_file(LOAD, changed(RESULT, "odd", to=1)), TnsimError, "see ['odd']", "'odd'"),
    Row("objects", in_file(LOAD, array("object", [1])), TnsimError, "(got 'object')"),
    Row("dtypes", in_file(LOAD, array(["int8"], [1])), TnsimError, "(got ['int8'])"),
    Row(
        "large",
        in_file(LOAD, array("int8", [10**13])),
        TnsimError,
        "takes 10000000000000 bytes",
        "[100000",
    ),
    Row("no room", in_file(LOAD, array("int8", [0, 10**30])), TnsimError, "(got [0, 1000", "10000"),
    Row(
        "axes",
        in_file(LOAD, array("int8", [1] * 70, "AA==")),
        TnsimError,
        "(got [1, 1, 1",
        "found 70",
    ),
    Row("negative", in_file(LOAD, array("int8", [-1])), TnsimError, "list of sizes (got [-1])"),
    Row(
        "base64",
        in_file(LOAD, array("int8", [1], "A?==")),
        TnsimError,
        "base64 cannot be read",
        "Only base64",
    ),
    Row(
        "late",
        in_file(LOAD, changed(RESULT, "seconds", to=10**400)),
        TnsimError,
        "a finite number (got 1000",
    ),
    Row(
        "never",
        in_file(LOAD, changed(RESULT, "seconds", to=math.nan)),
        TnsimError,
        "a finite number (got nan",
    ),
    Row("method", in_file(LOAD, changed(RESULT, "method", to=4)), TnsimError, "be text (got 4)"),
]
