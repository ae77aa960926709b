"""Changed copies of a module: one sign, term, denominator, comparison, constant, call or assignment at a time."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Callable
from dataclasses import dataclass

OPERATORS: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "*"),
    ast.Pow: ("**", "*"),
    ast.BitAnd: ("&", "|"),
    ast.BitOr: ("|", "&"),
    ast.LShift: ("<<", ">>"),
    ast.RShift: (">>", "<<"),
    ast.MatMult: ("@", "*"),
}
"""How an operator is written, and what takes its place."""
COMPARISONS: dict[type[ast.cmpop], tuple[str, tuple[str, ...]]] = {
    ast.Lt: ("<", ("<=", ">=")),
    ast.LtE: ("<=", ("<", ">")),
    ast.Gt: (">", (">=", "<=")),
    ast.GtE: (">=", (">", "<")),
    ast.Eq: ("==", ("!=",)),
    ast.NotEq: ("!=", ("==",)),
    ast.Is: ("is", ("is not",)),
    ast.IsNot: ("is not", ("is",)),
    ast.In: ("in", ("not in",)),
    ast.NotIn: ("not in", ("in",)),
}
"""How a comparison is written, and what takes its place: the other side of the boundary, and the opposite."""
COMMUTE = (ast.Add, ast.Mult, ast.BitAnd, ast.BitOr)
"""Operators of which the left side, too, can be left out."""
REMOVABLE = {
    "abs", "clip", "cumsum", "exp", "log", "max", "maximum", "mean_of", "min", "minimum", "sort", "sorted", "sqrt",
}  # fmt: skip
"""Calls that give what looks like one of their arguments, which takes their place."""
GUARD = 1e-6
"""Constants below are there to keep a division or a comparison from rounding; another is no change of meaning."""
LEFT_ALONE = {"draw", "__repr__", "__dir__"}
"""Functions in which nothing is changed: what they give is looked at, not counted with."""


@dataclass(frozen=True)
class Mutant:
    """One change of a module."""

    line: int
    kind: str
    old: str
    new: str
    start: int
    """Where the change begins, bytes into the source."""
    end: int

    @property
    def key(self) -> str:
        """What identifies the change within one version of a module."""
        return f"{self.start}:{self.end}:{self.new}"

    def apply(self, source: str) -> str:
        """Return the changed module."""
        given = source.encode()
        return (given[: self.start] + self.new.encode() + given[self.end :]).decode()

    def diff(self, source: str) -> str:
        """Return the lines that differ."""
        lines = difflib.unified_diff(source.splitlines(), self.apply(source).splitlines(), lineterm="", n=0)
        return "\n".join(line for line in lines if line[:3] not in ("---", "+++") and not line.startswith("@@"))


def make_mutants(source: str) -> list[Mutant]:
    """Return every change of a module that this tool knows, in the order of the source.

    Not changed are texts, annotations, decorators, what is raised, ``strict=``, and functions that draw.
    """
    maker = _Maker(source)
    maker.visit(ast.parse(source))
    unique = {mutant.key: mutant for mutant in maker.found}
    return sorted(unique.values(), key=lambda mutant: (mutant.start, mutant.end, mutant.new))


class _Maker(ast.NodeVisitor):
    """Collects the changes of a module."""

    def __init__(self, source: str) -> None:
        self.found: list[Mutant] = []
        self._bytes = source.encode()
        self._starts = [0]
        for line in self._bytes.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))

    def _place(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        start = self._starts[node.lineno - 1] + node.col_offset
        return start, self._starts[node.end_lineno - 1] + node.end_col_offset

    def _text(self, node: ast.expr | ast.stmt) -> str:
        start, end = self._place(node)
        return self._bytes[start:end].decode()

    def _change(self, node: ast.expr | ast.stmt, kind: str, new: str) -> None:
        start, end = self._place(node)
        self.found.append(Mutant(node.lineno, kind, self._text(node), new, start, end))

    # What is left alone

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        if node.name in LEFT_ALONE:
            return
        for default in [*node.args.defaults, *node.args.kw_defaults]:
            if default is not None:
                self.visit(default)
        for statement in node.body:
            self.visit(statement)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for statement in node.body:
            self.visit(statement)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self._drop_assignment(node, node.target)
        if node.value is not None:
            self.visit(node.value)

    def visit_Raise(self, node: ast.Raise) -> None:
        """Change nothing: the texts of errors are not counted with."""

    visit_JoinedStr: Callable[..., None] = visit_Raise  # noqa: N815

    def visit_keyword(self, node: ast.keyword) -> None:
        if node.arg != "strict":
            self.visit(node.value)

    # Statements

    def visit_Assign(self, node: ast.Assign) -> None:
        self._drop_assignment(node, *node.targets)
        if node.col_offset == 0 and isinstance(node.value, ast.Tuple) and len(node.value.elts) > 1:
            texts = [self._text(element) for element in node.value.elts]
            for number, element in enumerate(node.value.elts):
                rest = texts[:number] + texts[number + 1 :]
                self._change(node.value, f"element {self._text(element)} left out", f"({', '.join(rest)},)")
        self.generic_visit(node)

    def _drop_assignment(self, node: ast.stmt, *targets: ast.expr) -> None:
        """Leave out what changes a thing that was there before; a name would only be missing later."""
        changed = [t for target in targets for t in (target.elts if isinstance(target, ast.Tuple) else [target])]
        if any(isinstance(target, ast.Subscript) for target in changed):
            self._change(node, "assignment left out", "pass")

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self._change(node, "assignment left out", "pass")
        sign, other = OPERATORS[type(node.op)]
        self._change(node, f"{sign}= to {other}=", f"{self._text(node.target)} {other}= {self._text(node.value)}")
        self.visit(node.value)

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Call):
            self._change(node, "call left out", "pass")
        self.generic_visit(node)

    def visit_If(self, node: ast.If) -> None:
        if self._text(node.test) == "TYPE_CHECKING":
            return
        self._negate(node.test)
        self.generic_visit(node)

    def visit_While(self, node: ast.While) -> None:
        self._negate(node.test)
        self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self._negate(node.test)
        self.generic_visit(node)

    def _negate(self, test: ast.expr) -> None:
        """Turn a condition round that is no comparison, which is turned round by itself."""
        if not isinstance(test, (ast.Compare, ast.BoolOp, ast.UnaryOp, ast.Constant)):
            self._change(test, "condition turned round", f"(not ({self._text(test)}))")

    def visit_comprehension(self, node: ast.comprehension) -> None:
        for test in node.ifs:
            self._change(test, "filter left out", "True")
        self.generic_visit(node)

    # Expressions

    def visit_BinOp(self, node: ast.BinOp) -> None:
        left, right = self._text(node.left), self._text(node.right)
        if not isinstance(node.left, (ast.JoinedStr, ast.List)) and not isinstance(node.right, ast.JoinedStr):
            sign, other = OPERATORS[type(node.op)]
            self._change(node, f"{sign} to {other}", f"(({left}) {other} ({right}))")
            self._change(node, "right side left out", f"({left})")
            if isinstance(node.op, COMMUTE):
                self._change(node, "left side left out", f"({right})")
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        self._change(node, "sign left out", f"({self._text(node.operand)})")
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        sign, other = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        texts = [f"({self._text(value)})" for value in node.values]
        self._change(node, f"{sign} to {other}", f"({f' {other} '.join(texts)})")
        for number in range(len(texts)):
            rest = texts[:number] + texts[number + 1 :]
            self._change(node, "condition left out", f"({f' {sign} '.join(rest)})")
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        sides = [f"({self._text(side)})" for side in (node.left, *node.comparators)]
        signs = [COMPARISONS[type(op)][0] for op in node.ops]
        for number, op in enumerate(node.ops):
            for other in COMPARISONS[type(op)][1]:
                changed = [*signs[:number], other, *signs[number + 1 :]]
                pairs = zip(changed, sides[1:], strict=True)
                text = " ".join([sides[0], *(f"{sign} {side}" for sign, side in pairs)])
                self._change(node, f"{signs[number]} to {other}", f"({text})")
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in REMOVABLE:
            method = isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") not in ("np", "math")
            own = [node.func.value] if method and isinstance(node.func, ast.Attribute) else []
            for argument in own or node.args:
                if not isinstance(argument, (ast.Constant, ast.Starred, ast.GeneratorExp)):
                    self._change(node, f"{name} left out", f"({self._text(argument)})")
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        value = node.value
        if isinstance(value, bool):
            self._change(node, "constant", str(not value))
        elif isinstance(value, int):
            self._change(node, "constant", f"({value + 1})")
        elif isinstance(value, float) and (value == 0.0 or abs(value) >= GUARD):
            self._change(node, "constant", f"{2.0 * value if value else 1.0!r}")
