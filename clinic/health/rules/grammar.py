"""The closed language that a rule's trigger is written in.

``condition(HYPERTENSION, controlled=no) | reading(bp_sys) >= 160 twice``: atoms, ``&``, ``|`` and
parentheses. It has no negation and no way to call anything; every name must be one of the
vocabulary's. Atoms are: ``always``, ``pregnant``, ``age >= 75``; ``condition(DVT, status=any)`` and
likewise ``medicine``, ``allergy``, ``injury``, ``surgery``, ``device``, ``treatment``,
``finding``; ``observed(impaired)``, ``answer(frail)``, ``reading(temp_c) >= 38.0``,
``since(MI) < 6w`` (h, d, w, mo), ``consent(SHARE_PROVIDER) = refused``, ``rule(A|B)``,
``rule_class(CLEARANCE)``. A ``|`` binds less than an ``&``.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedInput, v_args
from lark.exceptions import VisitError

from clinic.core.errors import DomainError
from clinic.core.words import Words, say
from clinic.health.rules.atoms import Call, atom_of
from clinic.health.rules.nodes import Fired, FiredClass, Node, atoms_of, both, either

LENGTH_MAX = 2000
"""How long a trigger may be, in characters."""
DEPTH_MAX = 12
"""How deep its parentheses may lie in each other."""

_GRAMMAR = r"""
    start: either
    either: both ("|" both)*
    both: unit ("&" unit)*
    unit: "(" either ")"
        | atom
    atom: NAME ["(" [arguments] ")"] [bound]
    arguments: argument ("," argument)*
    argument: NAME ("|" NAME)*          -> names
            | NAME "=" NAME ("|" NAME)* -> pair
    bound: COMPARED NUMBER [NAME]
         | "=" NAME                     -> stated
    COMPARED: ">=" | "<=" | "<" | ">"
    NAME: /[A-Za-z_][A-Za-z0-9_]*/
    NUMBER: /[0-9]+(\.[0-9]+)?/
    %ignore /[ \t\r\n]+/
"""


@dataclass(frozen=True, slots=True)
class _Bound:
    compared: str = ""
    number: str = ""
    word: str = ""


@v_args(inline=True)
class _Reader(Transformer[Token, Node]):
    """Makes nodes of what the parser recognised."""

    def start(self, node: Node) -> Node:
        return node

    def unit(self, node: Node) -> Node:
        return node

    def either(self, *parts: Node) -> Node:
        return either(parts)

    def both(self, *parts: Node) -> Node:
        return both(parts)

    def names(self, *names: Token) -> tuple[str, tuple[str, ...]]:
        return "", tuple(map(str, names))

    def pair(self, key: Token, *values: Token) -> tuple[str, tuple[str, ...]]:
        return str(key), tuple(map(str, values))

    def arguments(self, *given: Any) -> tuple[Any, ...]:
        return given

    def bound(self, compared: Token, number: Token, word: Token | None) -> _Bound:
        return _Bound(str(compared), str(number), str(word or ""))

    def stated(self, word: Token) -> _Bound:
        return _Bound("=", "", str(word))

    def atom(self, name: Token, given: tuple[Any, ...] | None, bound: _Bound | None) -> Node:
        after = bound or _Bound()
        return atom_of(Call(str(name), given or (), after.compared, after.number, after.word))


_PARSER = Lark(_GRAMMAR, parser="lalr", lexer="basic", maybe_placeholders=True)
_READER = _Reader()


@lru_cache(maxsize=512)
def parse(text: str) -> Node:
    """Read a trigger.

    Raises ``DomainError`` (field ``trigger``) with the place where it stops making sense, or with
    the name that no list holds. Names of rules are not looked up here.
    """
    _fits(text)
    try:
        return _READER.transform(_PARSER.parse(text))
    except UnexpectedInput as error:
        raise DomainError(_stuck(text, error), field="trigger") from None
    except VisitError as error:
        if isinstance(error.orig_exc, DomainError):
            raise error.orig_exc from None
        raise


def _fits(text: str) -> None:
    if not text.strip():
        raise DomainError(say("Say when the rule applies."), field="trigger")
    if len(text) > LENGTH_MAX:
        sentence = say("At most {most} characters.", most=LENGTH_MAX)
        raise DomainError(sentence, field="trigger")
    depth = deepest = 0
    for sign in text:
        depth += (sign == "(") - (sign == ")")
        deepest = max(deepest, depth)
    if deepest > DEPTH_MAX:
        sentence = say("At most {most} parentheses in each other.", most=DEPTH_MAX)
        raise DomainError(sentence, field="trigger")


def _stuck(text: str, error: UnexpectedInput) -> Words:
    token = getattr(error, "token", None)
    if token is not None and token.type == "$END":
        return say("Something is missing at the end.")
    start = error.pos_in_stream or 0
    rest = text[start : start + 20].strip()
    return say("From character {place} on it makes no sense: “{rest}”", place=start + 1, rest=rest)


def names_of(node: Node) -> frozenset[str]:
    """The rules and classes of rules that a trigger speaks of (``rule:A``, ``class:CLEARANCE``)."""
    found: set[str] = set()
    for atom in atoms_of(node):
        if isinstance(atom, Fired):
            found.update(f"rule:{code}" for code in atom.rules)
        elif isinstance(atom, FiredClass):
            found.add(f"class:{atom.klass}")
    return frozenset(found)
