"""Statements of OpenQASM 3, read to their end before anything is done.

    file      := [ 'OPENQASM' version ';' ] { statement }
    statement := 'include' '"stdgates.inc"' ';'
               | ('qubit' [ '[' size ']' ] name | 'qreg' name '[' size ']' ) ';'
               | [ 'const' | 'output' ] type name [ '=' value ] ';' | 'creg' name '[' size ']' ';'
               | 'input' type name ';'
               | 'let' name '=' registers ';'
               | 'gate' name [ '(' names ')' ] names block
               | target '=' 'measure' operand ';' | 'measure' operand [ '->' target ] ';'
               | target ('=' | '+=' | ...) expression ';'
               | 'reset' operand ';' | 'barrier' [ operands ] ';'
               | { modifier '@' } (name | 'gphase') [ '(' expressions ')' ] [ operands ] ';'
               | 'if' '(' condition ')' block [ 'else' block ]
               | block
               | 'for' type name 'in' ('[' range ']' | '{' values '}' | value) block
    modifier  := 'inv' | 'pow' '(' expression ')' | ('ctrl' | 'negctrl') [ '(' number ')' ]
    block     := '{' { statement } '}' | statement

Blocks nest at most `MOST_DEPTH` deep. What is known to the language and not read is refused by
name (`refusals.py`).
"""

from __future__ import annotations

from collections.abc import Callable

from tnsim.circuit.qasm.tokens import Lexer, Token

from .expression_reader import (
    read_expression,
    read_expressions,
    read_target,
    read_type,
    read_width,
)
from .refusals import REFUSED
from .syntax import (
    Assign,
    Barrier,
    Block,
    Call,
    Declare,
    Expression,
    For,
    GateDefinition,
    If,
    Include,
    Input,
    Let,
    Measure,
    Modifier,
    Reset,
    Statement,
    Type,
    Version,
)
from .words import TYPES

__all__ = ["parse_statement"]

MOST_DEPTH = 32
_ASSIGNING = frozenset(
    ("=", "+=", "-=", "*=", "/=", "%=", "**=", "&=", "|=", "^=", "~=", "<<=", ">>=")
)
_MODIFIERS = frozenset(("inv", "pow", "ctrl", "negctrl"))


def parse_statement(lexer: Lexer, depth: int = 0) -> Statement | None:
    """The next statement; None at the end of the file."""
    token = lexer.take()
    if token.kind == "end" and depth == 0:
        return None
    if token.text in REFUSED:
        raise lexer.error(REFUSED[token.text], token)
    if token.text == "{":
        if depth >= MOST_DEPTH:
            raise lexer.error(f"blocks may nest at most {MOST_DEPTH} deep", token)
        return _braced(lexer, token, depth + 1)
    if token.kind not in {"name", "hardware"}:
        raise lexer.error(f"a statement must begin with a word, but {token} stands here", token)
    if token.text in _NESTED:
        if depth >= MOST_DEPTH:
            raise lexer.error(f"blocks may nest at most {MOST_DEPTH} deep", token)
        return _NESTED[token.text](lexer, token, depth + 1)
    if token.text in TYPES:
        return _declaration(lexer, token, is_const=False)
    return _READERS.get(token.text, _named)(lexer, token)


def _end(lexer: Lexer, what: str = "statement") -> None:
    lexer.expect(";", f"at the end of the {what}")


def _version(lexer: Lexer, token: Token) -> Statement:
    version = lexer.take()
    if version.kind not in {"real", "integer"}:
        raise lexer.error(f"a version such as 3.0 is expected, but {version} stands here", version)
    if version.text not in {"3", "3.0", "3.1"}:
        raise lexer.error(
            f"only OpenQASM 3.0 and 3.1 are read here (got version {version.text:.20})", version
        )
    lexer.expect(";", "after the version")
    return Version(token.offset)


def _include(lexer: Lexer, token: Token) -> Statement:
    name = lexer.take()
    if name.kind != "string":
        raise lexer.error(f"a file name in quotes is expected, but {name} stands here", name)
    lexer.expect(";", "after the file name")
    if name.text != '"stdgates.inc"':
        raise lexer.error(
            f'only "stdgates.inc" can be included (got {name.text[:60]}); put the definitions of '
            "other files into this one",
            name,
        )
    return Include(token.offset, name.offset)


def _qubit(lexer: Lexer, token: Token) -> Statement:
    width = read_width(lexer)
    return _finished(lexer, token, Type("qubit", width))


def _old_register(lexer: Lexer, token: Token) -> Statement:
    name = lexer.name("the name of a register")
    width = read_width(lexer)
    _end(lexer, "declaration")
    kind = Type("qubit" if token.text == "qreg" else "bit", width)
    return Declare(token.offset, kind, name.text, name.offset, None, False)


def _finished(lexer: Lexer, token: Token, type_: Type) -> Statement:
    name = lexer.name("the name of a register")
    _end(lexer, "declaration")
    return Declare(token.offset, type_, name.text, name.offset, None, False)


def _declaration(lexer: Lexer, token: Token, *, is_const: bool) -> Statement:
    type_ = read_type(lexer, token)
    name = lexer.name("the name of a variable")
    value: Expression | Measure | None = None
    if lexer.accept("="):
        value = _assigned(lexer)
    _end(lexer, "declaration")
    if is_const and (value is None or isinstance(value, Measure)):
        raise lexer.error(f"the constant {name} needs a value", name)
    return Declare(token.offset, type_, name.text, name.offset, value, is_const)


def _const(lexer: Lexer, _: Token) -> Statement:
    return _declaration(lexer, lexer.take(), is_const=True)


def _output(lexer: Lexer, _: Token) -> Statement:
    type_ = lexer.take()
    if type_.text != "bit":
        raise lexer.error(
            f"only bits can be an output of a circuit (got {type_}); compute it from the bits",
            type_,
        )
    return _declaration(lexer, type_, is_const=False)


def _input(lexer: Lexer, token: Token) -> Statement:
    type_, size = lexer.take(), None
    if type_.text == "array":
        lexer.expect("[", "after array")
        found = read_type(lexer, lexer.take())
        lexer.expect(",", "after the type of the members")
        size = read_expression(lexer)
        lexer.expect("]", "after the size (arrays have one here)")
    else:
        found = read_type(lexer, type_)
    if found.name not in {"float", "angle"}:
        raise lexer.error(
            f"an input must be a float or an angle, which becomes a parameter (got {found.name}); "
            "write the value into the program",
            type_,
        )
    name = lexer.name("the name of a parameter")
    _end(lexer, "declaration")
    return Input(token.offset, found, name.text, name.offset, size)


def _let(lexer: Lexer, token: Token) -> Statement:
    name = lexer.name("the name of an alias")
    lexer.expect("=", "after the name")
    value = _joined(lexer)
    _end(lexer)
    return Let(token.offset, name.text, name.offset, value)


def _joined(lexer: Lexer) -> Expression:
    first = read_expression(lexer)
    steps = list(first.steps)
    while lexer.peek().text == "++":
        sign = lexer.take()
        steps += read_expression(lexer).steps
        steps.append(first.steps[0]._replace(kind="binary", what="++", offset=sign.offset))
    return Expression(tuple(steps), first.offset)


def _measure(lexer: Lexer, token: Token) -> Statement:
    source, target = read_expression(lexer), None
    if lexer.accept("->"):
        target = read_expression(lexer)
    _end(lexer, "measurement")
    return Measure(token.offset, source, target)


def _reset(lexer: Lexer, token: Token) -> Statement:
    target = read_expression(lexer)
    _end(lexer)
    return Reset(token.offset, target)


def _barrier(lexer: Lexer, token: Token) -> Statement:
    return Barrier(token.offset, _operands(lexer))


def _operands(lexer: Lexer) -> tuple[Expression, ...]:
    if lexer.accept(";"):
        return ()
    found = [_joined(lexer)]
    while lexer.accept(","):
        found.append(_joined(lexer))
    _end(lexer)
    return tuple(found)


def _assigned(lexer: Lexer) -> Expression | Measure:
    token = lexer.peek()
    if token.text != "measure":
        return read_expression(lexer)
    lexer.take()
    return Measure(token.offset, read_expression(lexer), None)


def _named(lexer: Lexer, token: Token) -> Statement:
    """A gate call or an assignment: a name that is no keyword comes first."""
    if token.kind == "hardware" or (
        token.text in lexer.language.keywords and token.text not in _MODIFIERS | {"gphase"}
    ):
        raise lexer.error(f"a statement cannot begin with {token}", token)
    if token.text not in lexer.language.keywords and (
        lexer.peek().text in _ASSIGNING or lexer.peek().text == "["
    ):
        return _assignment(lexer, token)
    modifiers: list[Modifier] = []
    name = token
    while name.text in _MODIFIERS:
        argument = None
        if lexer.accept("("):
            argument = read_expression(lexer)
            lexer.expect(")", f"after the argument of {name.text}")
        lexer.expect("@", "after a modifier")
        modifiers.append(Modifier(name.text, argument, name.offset))
        name = lexer.take()
    if name.kind != "name" or (name.text in lexer.language.keywords and name.text != "gphase"):
        raise lexer.error(f"the name of a gate is expected, but {name} stands here", name)
    angles = read_expressions(lexer, ")") if lexer.accept("(") else ()
    if lexer.peek().text == "[":
        raise lexer.error("durations are not read; a circuit has no timing", lexer.peek())
    operands = _operands(lexer)
    return Call(token.offset, tuple(modifiers), name.text, name.offset, angles, operands)


def _assignment(lexer: Lexer, token: Token) -> Statement:
    target = read_target(lexer, token)
    sign = lexer.take()
    if sign.text not in _ASSIGNING:
        raise lexer.error(
            f"'=' is expected after what is assigned to, but {sign} stands here", sign
        )
    value = _assigned(lexer)
    _end(lexer, "assignment")
    if isinstance(value, Measure):
        if sign.text != "=":
            raise lexer.error("a measurement is assigned with '='", sign)
        return Measure(value.offset, value.source, target)
    return Assign(token.offset, target, sign.text, value)


def _gate(lexer: Lexer, token: Token, depth: int) -> Statement:
    name = lexer.name("the name of a gate")
    taken: set[str] = set()
    params: tuple[str, ...] = ()
    if lexer.accept("(") and not lexer.accept(")"):
        params = _names(lexer, "a parameter", taken)
        lexer.expect(")", "after the parameters")
    qubits = _names(lexer, "a qubit", taken)
    body = _block(lexer, depth, braces=True)
    where = lexer.source.place(name.offset)
    return GateDefinition(token.offset, name.text, name.offset, params, qubits, body, where)


def _names(lexer: Lexer, what: str, taken: set[str]) -> tuple[str, ...]:
    names = []
    while True:
        token = lexer.name(f"the name of {what}")
        if token.text in taken:
            raise lexer.error(f"the name {token} is given twice", token)
        taken.add(token.text)
        names.append(token.text)
        if not lexer.accept(","):
            return tuple(names)


def _if(lexer: Lexer, token: Token, depth: int) -> Statement:
    lexer.expect("(", "after if")
    condition = read_expression(lexer)
    lexer.expect(")", "after the condition")
    then = _block(lexer, depth)
    otherwise = None
    # Only a word of four letters can be `else`: nothing else has to be waited for.
    if lexer.peek().text == "else":
        lexer.take()
        otherwise = _block(lexer, depth)
    return If(token.offset, condition, then, otherwise)


def _for(lexer: Lexer, token: Token, depth: int) -> Statement:
    type_ = read_type(lexer, lexer.take())
    name = lexer.name("the name of a variable")
    lexer.expect("in", "after the variable")
    bounds = None
    values: tuple[Expression, ...] = ()
    is_set = lexer.accept("{")
    if is_set:
        values = read_expressions(lexer, "}")
    elif lexer.accept("["):
        parts = [_bound(lexer)]
        while lexer.accept(":"):
            parts.append(_bound(lexer))
        close = lexer.expect("]", "after the range")
        if len(parts) not in {2, 3} or parts[0] is None or parts[-1] is None:
            raise lexer.error("a range is [start : stop] or [start : step : stop]", close)
        bounds = (parts[0], parts[1] if len(parts) == 3 else None, parts[-1])
    else:
        values = (read_expression(lexer),)
    body = _block(lexer, depth)
    return For(token.offset, type_, name.text, name.offset, bounds, values, is_set, body)


def _bound(lexer: Lexer) -> Expression | None:
    return None if lexer.peek().text in {":", "]"} else read_expression(lexer)


def _block(lexer: Lexer, depth: int, *, braces: bool = False) -> Block:
    start = lexer.peek()
    if lexer.accept("{"):
        return _braced(lexer, start, depth)
    if braces:
        lexer.expect("{", "before the body")
    statement = parse_statement(lexer, depth)
    assert statement is not None
    return Block(start.offset, (statement,))


def _braced(lexer: Lexer, start: Token, depth: int) -> Block:
    statements: list[Statement] = []
    while not lexer.accept("}"):
        token = lexer.peek()
        if token.kind == "end":
            raise lexer.error("'}' is expected, but the end of the file stands here", token)
        statement = parse_statement(lexer, depth)
        assert statement is not None
        statements.append(statement)
    return Block(start.offset, tuple(statements))


_READERS: dict[str, Callable[[Lexer, Token], Statement]] = {
    "OPENQASM": _version,
    "include": _include,
    "qubit": _qubit,
    "qreg": _old_register,
    "creg": _old_register,
    "const": _const,
    "input": _input,
    "output": _output,
    "let": _let,
    "measure": _measure,
    "reset": _reset,
    "barrier": _barrier,
}
_NESTED: dict[str, Callable[[Lexer, Token, int], Statement]] = {
    "gate": _gate,
    "if": _if,
    "for": _for,
}
