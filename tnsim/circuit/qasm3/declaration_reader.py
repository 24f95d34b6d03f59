"""Statements that declare: the version, the library, registers, variables, inputs and aliases."""

from __future__ import annotations

from collections.abc import Callable

from tnsim.circuit.qasm.tokens import Lexer, Token

from .expression_reader import read_expression, read_joined, read_type, read_width
from .syntax import Declare, Expression, Include, Input, Let, Measure, Statement, Type, Version

__all__ = ["DECLARATIONS", "read_assigned", "read_declaration"]


def read_declaration(lexer: Lexer, token: Token, *, is_const: bool = False) -> Statement:
    """A variable or register, after its type's first word."""
    type_ = read_type(lexer, token)
    name = lexer.name("the name of a variable")
    value: Expression | Measure | None = None
    if lexer.accept("="):
        value = read_assigned(lexer)
    lexer.expect(";", "at the end of the declaration")
    if is_const and (value is None or isinstance(value, Measure)):
        raise lexer.error(f"the constant {name} needs a value", name)
    return Declare(token.offset, type_, name.text, name.offset, value, is_const)


def read_assigned(lexer: Lexer) -> Expression | Measure:
    """What stands behind '=': an expression or a measurement."""
    token = lexer.peek()
    if token.text != "measure":
        return read_expression(lexer)
    lexer.take()
    return Measure(token.offset, read_expression(lexer), None)


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
    lexer.expect(";", "at the end of the declaration")
    kind = Type("qubit" if token.text == "qreg" else "bit", width)
    return Declare(token.offset, kind, name.text, name.offset, None, False)


def _finished(lexer: Lexer, token: Token, type_: Type) -> Statement:
    name = lexer.name("the name of a register")
    lexer.expect(";", "at the end of the declaration")
    return Declare(token.offset, type_, name.text, name.offset, None, False)


def _const(lexer: Lexer, _: Token) -> Statement:
    return read_declaration(lexer, lexer.take(), is_const=True)


def _output(lexer: Lexer, _: Token) -> Statement:
    type_ = lexer.take()
    if type_.text != "bit":
        raise lexer.error(
            f"only bits can be an output of a circuit (got {type_}); compute it from the bits",
            type_,
        )
    return read_declaration(lexer, type_)


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
    lexer.expect(";", "at the end of the declaration")
    return Input(token.offset, found, name.text, name.offset, size)


def _let(lexer: Lexer, token: Token) -> Statement:
    name = lexer.name("the name of an alias")
    lexer.expect("=", "after the name")
    value = read_joined(lexer)
    lexer.expect(";", "at the end of the statement")
    return Let(token.offset, name.text, name.offset, value)


DECLARATIONS: dict[str, Callable[[Lexer, Token], Statement]] = {
    "OPENQASM": _version,
    "include": _include,
    "qubit": _qubit,
    "qreg": _old_register,
    "creg": _old_register,
    "const": _const,
    "input": _input,
    "output": _output,
    "let": _let,
}
"""By the first word of a statement what reads it."""
