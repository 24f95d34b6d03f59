"""Reading expressions of OpenQASM 3 into steps.

    expression := operands and binary signs; from loose to tight, all but '**' left to right:
                  '||'  '&&'  '|'  '^'  '&'  '==' '!='  '<' '<=' '>' '>='  '<<' '>>'
                  '+' '-'  '*' '/' '%'  (signs before an operand: '-' '+' '~' '!')  '**'
    operand    := signs atom { '[' index ']' }
    atom       := number | string of bits | 'true' | 'false' | name | hardware qubit
                | name '(' expressions ')' | type [ '[' width ']' ] '(' expression ')'
                | '(' expression ')'
    index      := expression | [ expression ] ':' [ expression ] [ ':' expression ]
                | '{' expressions '}'

Parentheses, indices and powers may nest `MOST_DEPTH` deep: deeper is refused.
"""

from __future__ import annotations

from tnsim.circuit.qasm.tokens import Lexer, Token

from .literals import read_literal
from .syntax import Expression, Step, Type
from .words import TYPES

__all__ = [
    "read_expression",
    "read_expressions",
    "read_joined",
    "read_target",
    "read_type",
    "read_width",
]

MOST_DEPTH = 64

_BINDING = {
    "||": 1, "&&": 2, "|": 3, "^": 4, "&": 5, "==": 6, "!=": 6,
    "<": 7, "<=": 7, ">": 7, ">=": 7, "<<": 8, ">>": 8,
    "+": 9, "-": 9, "*": 10, "/": 10, "%": 10, "**": 12,
}  # fmt: skip
_SIGN_BINDING = 11
_SIGNS = frozenset("+-~!")
_REFUSED = {
    "measure": "a measurement must stand alone: bit = measure qubit;",
    "durationof": "durations are not read; a circuit has no timing",
    "sizeof": "arrays are not read; write the size as a number",
    "duration": "durations are not read; a circuit has no timing",
    "stretch": "durations are not read; a circuit has no timing",
    "complex": "complex numbers are not read; use real ones",
    "array": "arrays are not read; use registers and single variables",
}


def read_expression(lexer: Lexer) -> Expression:
    """Take one expression; it ends before a token that cannot continue it."""
    offset = lexer.peek().offset
    reader = _Reader(lexer)
    reader.expression(0)
    return Expression(tuple(reader.steps), offset)


def read_expressions(lexer: Lexer, close: str) -> tuple[Expression, ...]:
    """Take expressions separated by commas and the sign that closes them."""
    found: list[Expression] = []
    if lexer.accept(close):
        return ()
    while True:
        found.append(read_expression(lexer))
        if not lexer.accept(","):
            lexer.expect(close, "after the expression")
            return tuple(found)
        if close == "}" and lexer.accept(close):  # a comma may end a set
            return tuple(found)


def read_joined(lexer: Lexer) -> Expression:
    """Take registers joined by '++' to one."""
    # {a, b} is no register in the language, but how Qiskit writes a ++ b.
    sign, close = (",", "}") if lexer.accept("{") else ("++", "")
    first = read_expression(lexer)
    steps = list(first.steps)
    while lexer.peek().text == sign:
        token = lexer.take()
        steps += read_expression(lexer).steps
        steps.append(Step("binary", "++", token.offset))
    if close:
        lexer.expect(close, "after the registers")
    return Expression(tuple(steps), first.offset)


def read_target(lexer: Lexer, token: Token) -> Expression:
    """What is assigned to: a name, already taken, and the indices behind it."""
    reader = _Reader(lexer)
    reader.steps.append(Step("name", token.text, token.offset))
    reader.indices()
    return Expression(tuple(reader.steps), token.offset)


def read_type(lexer: Lexer, token: Token) -> Type:
    """The type that begins with this token, already taken."""
    if token.text in _REFUSED:
        raise lexer.error(_REFUSED[token.text], token)
    if token.text not in TYPES:
        raise lexer.error(f"a type is expected, but {token} stands here", token)
    return Type(token.text, read_width(lexer))


def read_width(lexer: Lexer) -> Expression | None:
    """Take '[' expression ']' if it is there."""
    if not lexer.accept("["):
        return None
    width = read_expression(lexer)
    lexer.expect("]", "after the size")
    return width


class _Reader:
    """The steps so far, and how deep the reading is."""

    def __init__(self, lexer: Lexer) -> None:
        self.lexer = lexer
        self.steps: list[Step] = []
        self.depth = 0

    def expression(self, least: int) -> None:
        """Operands and the binary signs between them that bind at least so tightly."""
        lexer = self.lexer
        self.depth += 1
        if self.depth > MOST_DEPTH:
            token = lexer.peek()
            raise lexer.error(f"expressions may nest at most {MOST_DEPTH} deep", token)
        signs: list[Token] = []
        while lexer.peek().text in _SIGNS and lexer.peek().kind == "sign":
            signs.append(lexer.take())
        self.operand()
        if signs and lexer.peek().text == "**":
            self.binary(lexer.take())
        self.steps += [Step("unary", sign.text, sign.offset) for sign in reversed(signs)]
        while True:
            token = lexer.peek()
            binding = _BINDING.get(token.text, -1) if token.kind == "sign" else -1
            if binding < max(least, 0) or binding < 0:
                break
            self.binary(lexer.take())
        self.depth -= 1

    def binary(self, token: Token) -> None:
        """What stands to the right of a sign, and the sign."""
        # Right to left for '**', which also takes a sign before its right side: 2**-1.
        binding = _BINDING[token.text]
        self.expression(binding if token.text == "**" else binding + 1)
        self.steps.append(Step("binary", token.text, token.offset))

    def operand(self) -> None:
        """An atom and the indices behind it."""
        self.atom(self.lexer.take())
        self.indices()

    def indices(self) -> None:
        """Any indices in brackets."""
        lexer = self.lexer
        while lexer.peek().text == "[":
            token = lexer.take()
            self.index(token)
            lexer.expect("]", "after the index")

    def atom(self, token: Token) -> None:
        """A number, a name, a call, a cast or an expression in parentheses."""
        lexer = self.lexer
        value = read_literal(lexer, token)
        if value is not None:
            self.steps.append(Step("value", value, token.offset))
        elif token.text == "(":
            self.expression(0)
            lexer.expect(")", "after the expression")
        elif token.kind == "hardware":
            self.steps.append(Step("hardware", token.text, token.offset))
        elif token.text in TYPES:
            self.cast(token)
        elif token.text in _REFUSED:
            raise lexer.error(_REFUSED[token.text], token)
        elif token.kind != "name" or (
            token.text in lexer.language.keywords and token.text != "pow"
        ):
            raise lexer.error(f"a value or a name is expected, but {token} stands here", token)
        elif lexer.accept("("):
            self.call(token)
        else:
            self.steps.append(Step("name", token.text, token.offset))

    def call(self, token: Token) -> None:
        """The arguments of a function."""
        lexer, count = self.lexer, 0
        while not (count == 0 and lexer.accept(")")):
            self.expression(0)
            count += 1
            if not lexer.accept(","):
                lexer.expect(")", "after the arguments")
                break
        self.steps.append(Step("call", (token.text, count), token.offset))

    def cast(self, token: Token) -> None:
        """A cast such as `int[8](value)`."""
        lexer = self.lexer
        if token.text in _REFUSED:
            raise lexer.error(_REFUSED[token.text], token)
        has_width = lexer.accept("[")
        if has_width:
            self.expression(0)
            lexer.expect("]", "after the width")
        lexer.expect("(", "after the type")
        self.expression(0)
        lexer.expect(")", "after the value")
        self.steps.append(Step("cast", (token.text, has_width), token.offset))

    def index(self, token: Token) -> None:
        """What stands between brackets."""
        lexer = self.lexer
        if lexer.accept("{"):
            count = 0
            while not lexer.accept("}"):
                self.expression(0)
                count += 1
                if not lexer.accept(","):
                    lexer.expect("}", "after the indices")
                    break
            self.steps.append(Step("set", count, token.offset))
            return
        self.bound(token, ":")
        if not lexer.accept(":"):
            if lexer.peek().text == ",":
                raise lexer.error("one index is expected; arrays are not read", lexer.peek())
            self.steps.append(Step("one", None, token.offset))
            return
        # start : stop, or start : step : stop
        self.bound(token, ":]")
        has_step = lexer.accept(":")
        if has_step:
            self.bound(token, "]")
        self.steps.append(Step("range", has_step, token.offset))

    def bound(self, token: Token, ends: str) -> None:
        """An expression, or nothing before one of the signs that end it."""
        if self.lexer.peek().text and self.lexer.peek().text in ends:
            self.steps.append(Step("value", None, token.offset))
        else:
            self.expression(0)
