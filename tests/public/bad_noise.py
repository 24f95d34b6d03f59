"""Malformed channels, noise rules and files of noise models."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np

from tests.public.bad_rows import (
    FLIP,
    NOISE,
    PAIR,
    RESULT,
    THETA,
    Row,
    Z,
    ask,
    bell,
    changed,
    in_file,
)
from tnsim import NoiseError, NoiseModel, noise

GIVEN: Any = {"text": "h.json", "number": 3, "function": noise.bit_flip}
LOAD = NoiseModel.load

CHANNELS = [
    Row(
        "negative probability",
        lambda _: noise.bit_flip(-0.25),
        NoiseError,
        "`p` of bit_flip must be from 0 to 1 (got -0.25)",
    ),
    Row(
        "NaN probability", lambda _: noise.phase_flip(math.nan), NoiseError, "expression (got nan)"
    ),
    Row("infinite", lambda _: noise.depolarizing(math.inf), NoiseError, "expression (got inf)"),
    Row(
        "too strong",
        lambda _: noise.amplitude_damping(1.25),
        NoiseError,
        "`gamma` of amplitude_damping must be from 0 to 1",
        "1.25",
    ),
    Row(
        "more than everything",
        lambda _: noise.pauli(0.5, 0.4, 0.3),
        NoiseError,
        "`X + Y + Z` of pauli must be at most 1",
        "got 1.2",
    ),
    Row(
        "T2 above twice T1",
        lambda _: noise.thermal_relaxation(1.0, 4.0, 0.1),
        NoiseError,
        "`2*t1 - t2` of thermal_relaxation",
        "got -2",
    ),
    Row(
        "trace lost",
        lambda _: noise.kraus([np.diag([1.0, 0.5])]),
        NoiseError,
        "kraus must preserve the trace",
        "0.375",
    ),
    Row(
        "not positive",
        lambda _: noise.from_transfer_matrix(np.diag([1.0, 1.0, 1.0, -1.0])),
        NoiseError,
        "must be completely positive",
        "-1",
    ),
    Row("no operators", lambda _: noise.kraus([]), NoiseError, "at least one operator", "none"),
    Row(
        "operators no list",
        lambda _: noise.kraus(GIVEN["number"]),
        NoiseError,
        "the operators of kraus must be a list",
        "got 3",
    ),
    Row(
        "mixture no list",
        lambda _: noise.mixed_unitary(GIVEN["number"]),
        NoiseError,
        "the pairs of mixed_unitary must be a list",
        "got 3",
    ),
    Row(
        "two sizes",
        lambda _: noise.kraus([np.eye(2), np.eye(4)]),
        NoiseError,
        "operator 1 has (4, 4)",
        "(2, 2)",
    ),
    Row("small letter", lambda _: noise.pauli({"x": 0.1}), NoiseError, "letters I, X, Y, Z", "'x'"),
    Row("six qubits", lambda _: noise.depolarizing(0.1, 6), NoiseError, "from 1 to 5", "got 6"),
    Row(
        "composed sizes", lambda _: PAIR @ FLIP, NoiseError, "act on equally many qubits", "[2, 1]"
    ),
    Row(
        "product with a number",
        lambda _: FLIP.tensor(GIVEN["number"]),
        NoiseError,
        "`other` must be a Channel",
        "got int",
    ),
    Row(
        "symbolic power",
        lambda _: noise.bit_flip(THETA).power(10**6),
        NoiseError,
        "`exponent` must be at most 256 while theta is not bound",
        "got 1000000",
    ),
    Row(
        "value out of range",
        lambda _: ask(Z, bell().channel(noise.reset(THETA), 0))(theta=1.5),
        NoiseError,
        "of reset must be from 0 to 1",
        "got 1.5",
    ),
    Row(
        "confusion",
        lambda _: noise.ReadoutError.from_matrix([[1, 0], [0, 0.5]]),
        NoiseError,
        "columns that add up to 1, but column 1",
        "0.5",
    ),
    Row(
        "confused sizes",
        lambda _: noise.ReadoutError.from_matrix(np.eye(3)),
        NoiseError,
        "a confusion matrix must have shape (2^k, 2^k)",
        "(3, 3)",
    ),
]

RULES = [
    Row(
        "hits nothing",
        lambda _: ask(Z, noise=NoiseModel().after(FLIP, gates="swap")),
        NoiseError,
        "rule 0, bit_flip(p=0.1) after gates('swap'), must hit an instruction",
        "h 1, cx 1",
    ),
    Row(
        "hits no qubit",
        lambda _: ask(Z, noise=NoiseModel().after(FLIP, qubits=[7])),
        NoiseError,
        "after everything() on qubits [7], must hit",
        "[7]",
    ),
    Row(
        "wrong arity",
        lambda _: ask(Z, noise=NoiseModel().after(PAIR, gates="h")),
        NoiseError,
        "but 'h' at position 0 acts on 1",
        "depolarizing(p=0.1, num_qubits=2)",
    ),
    Row(
        "replaced twice",
        lambda _: (
            NoiseModel().replace(FLIP, gates="h").replace(FLIP, qubits=0, arity=1).apply(bell())
        ),
        NoiseError,
        "an instruction must be replaced by one rule",
        "'h' at position 0",
    ),
    Row(
        "function",
        lambda _: NoiseModel().after(GIVEN["function"]),
        NoiseError,
        "must be a Channel (got function)",
    ),
    Row(
        "gates a number",
        lambda _: NoiseModel().after(FLIP, gates=GIVEN["number"]),
        NoiseError,
        "`gates` must be names such as",
        "got 3",
    ),
    Row(
        "qubits text",
        lambda _: NoiseModel().after(FLIP, qubits=GIVEN["text"][:1]),
        NoiseError,
        "`qubits` must be integers (got ('h',))",
    ),
    Row("arity", lambda _: NoiseModel().after(FLIP, arity=0), NoiseError, "`arity` must be", "0"),
    Row(
        "one readout number",
        lambda _: NoiseModel().readout(0.1),
        NoiseError,
        "`p10` must be given beside `p01`",
    ),
    Row(
        "readout above one",
        lambda _: NoiseModel().readout(0.1, 1.75),
        NoiseError,
        "`p10` of a readout error must be from 0 to 1",
        "1.75",
    ),
    Row(
        "readout in words",
        lambda _: NoiseModel().readout(GIVEN["text"], GIVEN["text"]),
        NoiseError,
        "or sequences with an entry for each of `qubits`",
        "'h.json'",
    ),
    Row(
        "readout twice",
        lambda _: NoiseModel().readout(0.1, 0.1).readout(0.2, 0.2),
        NoiseError,
        "a qubit must have one readout error, but all qubits",
        "0.2",
    ),
    Row(
        "readout outside",
        lambda _: ask(Z, noise=NoiseModel().readout(0.1, 0.1, qubits=[6])),
        NoiseError,
        "a qubit with readout error must be in 0..1",
        "got 6",
    ),
    Row(
        "correlated readout",
        lambda _: NoiseModel().readout(noise.ReadoutError.from_matrix(np.eye(4)), qubits=[5]),
        NoiseError,
        "must be the 2 qubits of the correlated readout error",
        "(5,)",
    ),
    Row(
        "applied to a file name",
        lambda _: NoiseModel().apply(GIVEN["text"]),
        NoiseError,
        "`circuit` must be a Circuit (got str)",
    ),
    Row(
        "rules a number",
        lambda _: NoiseModel(GIVEN["number"]),
        NoiseError,
        "`rules` must be a list of rules",
        "got 3",
    ),
    Row(
        "channels as readout",
        lambda _: NoiseModel([], [GIVEN["number"]]),
        NoiseError,
        "`readout` must hold ReadoutRules",
        "got int",
    ),
    Row(
        "a channel as noise",
        lambda _: ask(Z, noise=FLIP),
        NoiseError,
        "wrap a channel as NoiseModel().after(channel)",
        "got Channel",
    ),
    Row(
        "bound a stranger",
        lambda _: NoiseModel().after(noise.bit_flip(THETA)).bind(phi=1),
        NoiseError,
        "the noise model has no parameter 'phi'",
        "theta",
    ),
]

FILES = [
    Row("cut off", in_file(LOAD, json.dumps(NOISE)[:90]), NoiseError, "char 85", "given.file"),
    Row("empty", in_file(LOAD, " "), NoiseError, "line 1 column 2 (char 1)"),
    Row("bytes", in_file(LOAD, b"\x80\xff"), NoiseError, "codec can't decode", "given.file"),
    Row("deep", in_file(LOAD, "[" * 300_000), NoiseError, "recursion", "given.file"),
    Row(
        "a result", in_file(LOAD, json.dumps(RESULT)), NoiseError, '"kind": "noise_model" (got \'r'
    ),
    Row("a list", in_file(LOAD, "[1]"), NoiseError, "\"noise_model\" (got 'list')", "'list'"),
    Row(
        "later", in_file(LOAD, changed(NOISE, "version", to=7)), NoiseError, "of version 1 (got 7)"
    ),
    Row("true", in_file(LOAD, changed(NOISE, "version", to=True)), NoiseError, "1 (got True)"),
    Row(
        "odd field",
        in_file(LOAD, changed(NOISE, "author", to="me")),
        NoiseError,
        "must have the fields kind, version, rules and readout (got",
        "author",
    ),
    Row(
        "rules no list",
        in_file(LOAD, changed(NOISE, "rules", to={})),
        NoiseError,
        "`rules` of a noise model must be a list",
        "got dict",
    ),
    Row(
        "placement",
        in_file(LOAD, changed(NOISE, "rules", 0, "placement", to="beside")),
        NoiseError,
        "`placement` must be one of before, after, replace",
        "'beside'",
    ),
    Row(
        "channel unknown",
        in_file(LOAD, changed(NOISE, "rules", 0, "channel", "law", "name", to="bit_flop")),
        NoiseError,
        "(got 'bit_flop')",
    ),
    Row(
        "negative in a file",
        in_file(LOAD, changed(NOISE, "rules", 0, "channel", "strengths", "p", to=-0.5)),
        NoiseError,
        "`p` of bit_flip must be from 0 to 1 (got -0.5)",
        "given.file",
    ),
    Row(
        "NaN in a file",
        in_file(LOAD, changed(NOISE, "rules", 0, "channel", "strengths", "p", to=math.nan)),
        NoiseError,
        "`p` must be a finite real number (got nan)",
        "given.file",
    ),
]
