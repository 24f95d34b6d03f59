"""Statements of OpenQASM 3, read to their end before anything is done.

    file      := [ 'OPENQASM' version ';' ] { statement }
    statement := 'include' '"stdgates.inc"' ';'
               | ('qubit' [ '[' size ']' ] name | 'qreg' name '[' size ']' ) ';'
               | [ 'const' | 'output' ] type name [ '=' value ] ';' | 'creg' name '[' size ']' ';'
               | 'input' type name ';'
               | 'let' name '=' (register { '++' register } | '{' registers '}') ';'
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

from .declaration_reader import DECLARATIONS, read_assigned, read_declaration
from .expression_reader import (
    read_expression,
    read_expressions,
    read_joined,
    read_target,
    read_type,
)
from .refusals import REFUSED
from .syntax import (
    Assign,
    Barrier,
    Block,
    Call,
    Expression,
    For,
    GateDefinition,
    If,
    Measure,
    Modifier,
    Reset,
    Statement,
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
        return read_declaration(lexer, token)
    return _READERS.get(token.text, _named)(lexer, token)


def _measure(lexer: Lexer, token: Token) -> Statement:
    source, target = read_expression(lexer), None
    if lexer.accept("->"):
        target = read_expression(lexer)
    lexer.expect(";", "at the end of the measurement")
    return Measure(token.offset, source, target)


def _reset(lexer: Lexer, token: Token) -> Statement:
    target = read_expression(lexer)
    lexer.expect(";", "at the end of the statement")
    return Reset(token.offset, target)


def _barrier(lexer: Lexer, token: Token) -> Statement:
    return Barrier(token.offset, _operands(lexer))


def _operands(lexer: Lexer) -> tuple[Expression, ...]:
    if lexer.accept(";"):
        return ()
    found = [read_joined(lexer)]
    while lexer.accept(","):
        found.append(read_joined(lexer))
    lexer.expect(";", "at the end of the statement")
    return tuple(found)


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
    value = read_assigned(lexer)
    lexer.expect(";", "at the end of the assignment")
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
    **DECLARATIONS,
    "measure": _measure,
    "reset": _reset,
    "barrier": _barrier,
}
_NESTED: dict[str, Callable[[Lexer, Token, int], Statement]] = {
    "gate": _gate,
    "if": _if,
    "for": _for,
}
