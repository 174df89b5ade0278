"""Source text that holds many mutants at once, one of them awake at run time.

A build for each of thousands of mutants takes hours, a test takes milliseconds. So what a mutant
changes is written beside what it changes, and `mutant::now()`, read from the environment, chooses:

    a && b       (match crate::mutant::now() { 17 => a || b, _ => a && b })
    fn f() { …   fn f() { if crate::mutant::now() == 18 { return Default::default(); } …
    P => e       P if crate::mutant::now() != 19 => e
    anything     fn f() { if crate::mutant::now() == 20 { return { the whole body, changed }; } …
    fn f() -> impl Iterator { match crate::mutant::now() { 21 => Left(empty()), _ => Right({ …

tree-sitter says how far an operator's expression reaches. About what cannot be written so the
compiler complains, and `blamed` says whose text a complaint is about: the mutant becomes a copy of
the whole body, changed. Any function can hold one that is not `const` and whose type has a name;
and few need be `const`: in the scratch tree the others are not (`without_const`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

import tree_sitter_rust
from tree_sitter import Language, Node, Parser

SWITCH = """
#[allow(missing_docs, unreachable_pub)]
pub mod mutant {
    static NOW: std::sync::LazyLock<u32> = std::sync::LazyLock::new(|| {
        std::env::var("SMIMEBATCH_MUTANT").ok().and_then(|text| text.parse().ok()).unwrap_or(0)
    });
    #[inline]
    pub fn now() -> u32 {
        *NOW
    }
    pub enum Either<L, R> {
        Left(L),
        Right(R),
    }
    impl<L: Iterator, R: Iterator<Item = L::Item>> Iterator for Either<L, R> {
        type Item = L::Item;
        fn next(&mut self) -> Option<L::Item> {
            match self {
                Self::Left(iterator) => iterator.next(),
                Self::Right(iterator) => iterator.next(),
            }
        }
    }
    pub fn items<T, I: Iterator<Item = T>>(iterator: I) -> I {
        iterator
    }
}
"""
OPEN, NAMED, CLOSE = "\ue000", "\ue001", "\ue002"
"""Around the text that mutants added, until its place is known; no source uses these."""
ITERATOR = re.compile(rb"impl Iterator<Item = (.+?)>(?: \+ use<.*>)?")
"""A return type without a name; others with `impl` occur no more than once."""
BODY, ITEMS, ARM, OPERATOR = 0, 1, 2, 3
"""Ranks of edits. That of a body only has a place, its beginning."""
PARSER = Parser(Language(tree_sitter_rust.language()))
CONST_FN = re.compile(r"\bconst fn (\w+)")
COPY = "Copy"
"""The genre of what can only be a copy of the body, as the mutations of rules are."""


@dataclass(frozen=True)
class Mutant:
    """What cargo-mutants says of one mutant, and the number it is awakened by."""

    number: int
    name: str
    file: str
    genre: str
    replacement: str
    span: tuple[int, int, int, int]
    """First line and column, last line and column, from one; columns in characters."""

    @classmethod
    def of(cls, number: int, listed: dict[str, Any]) -> Mutant:
        start, end = listed["span"]["start"], listed["span"]["end"]
        span = (start["line"], start["column"], end["line"], end["column"])
        names = (listed[key] for key in ("name", "file", "genre", "replacement"))
        return cls(number, *names, span)

    def range(self, source: str) -> tuple[int, int]:
        """The characters it replaces."""
        lines = source.splitlines(keepends=True)
        starts = [0]
        for line in lines:
            starts.append(starts[-1] + len(line))
        first, column, last, end = self.span
        return starts[first - 1] + column - 1, starts[last - 1] + end - 1

    def alone(self, source: str) -> str:
        """The source with this mutant in place of what it replaces, as cargo-mutants writes it."""
        start, end = self.range(source)
        return source[:start] + self.replacement + source[end:]


@dataclass(order=True)
class Edit:
    """One range of the source and what mutants make of it."""

    start: int
    is_range: bool
    """Not only a place: what stands at a place goes before the ranges that begin there."""
    inverse_end: int
    rank: int
    """Of two edits of one range the first holds the second."""
    texts: dict[int, str] = field(default_factory=dict, compare=False)
    """Instead of the range."""
    before: dict[int, str] = field(default_factory=dict, compare=False)
    """At its start: bodies that return at once."""
    deleted: list[int] = field(default_factory=list, compare=False)
    """The arm that the range guards is not there."""
    is_guarded: bool = field(default=True, compare=False)

    @property
    def end(self) -> int:
        return -self.inverse_end


class Switched:
    """One source file with its mutants asleep in it."""

    def __init__(self, source: str, mutants: list[Mutant], copies: Collection[int] = ()) -> None:
        """The mutants numbered in `copies` are copies of the body."""
        self.source = source
        self.left_out: list[Mutant] = []
        """What the shape of the source does not let stand beside the original."""
        self.unviable: list[Mutant] = []
        """What no compiler would take: `||` beside a `let`."""
        self.edits: dict[tuple[int, bool, int, int], Edit] = {}
        # tree-sitter counts bytes.
        encoded = source.encode()
        self.bytes_before = [0]
        for character in source:
            self.bytes_before.append(self.bytes_before[-1] + len(character.encode()))
        self.characters_before = {at: index for index, at in enumerate(self.bytes_before)}
        self.root = PARSER.parse(encoded).root_node
        for mutant in mutants:
            is_copy = mutant.genre == COPY or mutant.number in copies
            if not (self.place_copy(mutant) if is_copy else self.place(mutant)):
                self.left_out.append(mutant)
        self.text, self.places = self.finish()

    def edit(self, start: int, end: int, rank: int) -> Edit:
        key = (start, rank != BODY, -end, rank)
        return self.edits.setdefault(key, Edit(*key))

    def node(self, start: int, end: int) -> Node | None:
        first, last = self.bytes_before[start], self.bytes_before[end]
        return self.root.descendant_for_byte_range(first, last)

    def characters(self, node: Node) -> tuple[int, int]:
        return self.characters_before[node.start_byte], self.characters_before[node.end_byte]

    def place(self, mutant: Mutant) -> bool:
        start, end = mutant.range(self.source)
        match mutant.genre:
            case "FnValue":
                if "impl " in mutant.name.rpartition("->")[2]:
                    return self.place_iterator(mutant, start, end)
                self.edit(start, start, BODY).before[mutant.number] = mutant.replacement
            case "MatchArmGuard":
                self.edit(start, end, ARM).texts[mutant.number] = mutant.replacement
            case "MatchArm":
                return self.place_arm(mutant, start, end)
            case "BinaryOperator" | "UnaryOperator":
                return self.place_operator(mutant, start, end)
            case _:
                return False
        return True

    def place_copy(self, mutant: Mutant) -> bool:
        start, end = mutant.range(self.source)
        node = self.function_around(start, end)
        body = node.child_by_field_name("body") if node is not None else None
        if body is None or has_nameless_type(node):
            return False
        first, last = self.characters(body)
        copy = self.source[first:start] + mutant.replacement + self.source[end:last]
        self.edit(first + 1, first + 1, BODY).before[mutant.number] = copy
        return True

    def place_iterator(self, mutant: Mutant, start: int, end: int) -> bool:
        function = self.function_around(start, end)
        returned = function.child_by_field_name("return_type") if function is not None else None
        found = ITERATOR.fullmatch(returned.text) if returned is not None else None
        if found is None:
            return False
        value = f"crate::mutant::items::<{found[1].decode()}, _>({mutant.replacement})"
        self.edit(start, end, ITEMS).texts[mutant.number] = value
        return True

    def function_around(self, start: int, end: int) -> Node | None:
        node = self.node(start, end)
        while node is not None and node.type != "function_item":
            node = node.parent
        return node

    def place_arm(self, mutant: Mutant, start: int, end: int) -> bool:
        node = self.node(start, end)
        while node is not None and node.type != "match_arm":
            node = node.parent
        pattern = node.child_by_field_name("pattern") if node is not None else None
        # A guarded arm does not count towards exhaustiveness.
        if node is None or pattern is None or not has_wildcard(node.parent):
            return False
        guard = pattern.child_by_field_name("condition")
        if guard is not None:
            self.edit(*self.characters(guard), ARM).deleted.append(mutant.number)
        else:
            at = self.characters(pattern)[1]
            edit = self.edit(at, at, ARM)
            edit.is_guarded = False
            edit.deleted.append(mutant.number)
        return True

    def place_operator(self, mutant: Mutant, start: int, end: int) -> bool:
        node = self.node(start, end)
        node = node.parent if node is not None else None
        if node is not None and node.type == "let_chain":
            self.unviable.append(mutant)
            return True
        wanted = {"binary_expression", "compound_assignment_expr", "unary_expression"}
        if node is None or node.type not in wanted:
            return False
        first, last = self.characters(node)
        text = self.source[first:start] + mutant.replacement + self.source[end:last]
        self.edit(first, last, OPERATOR).texts[mutant.number] = text
        return True

    def finish(self) -> tuple[str, list[tuple[int, int, list[int]]]]:
        """The text, and which of its bytes are whose."""
        marked = self.render(0, len(self.source), sorted(self.edits.values()))
        text: list[str] = []
        size = 0
        open_places: list[tuple[int, list[int]]] = []
        places: list[tuple[int, int, list[int]]] = []
        for piece in re.split(f"({OPEN}[0-9,]+{NAMED}|{CLOSE})", marked):
            if piece.startswith(OPEN):
                open_places.append((size, [int(number) for number in piece[1:-1].split(",")]))
            elif piece == CLOSE:
                start, numbers = open_places.pop()
                places.append((start, size, numbers))
            else:
                text.append(piece)
                size += len(piece.encode())
        return "".join(text), places

    def render(self, start: int, end: int, edits: list[Edit]) -> str:
        text: list[str] = []
        at = start
        while edits:
            edit, edits = edits[0], edits[1:]
            inner = [one for one in edits if one.start < edit.end]
            edits = edits[len(inner) :]
            text.append(self.source[at : edit.start])
            text.append("".join(self.write(edit, inner)))
            at = edit.end
        return "".join([*text, self.source[at:end]])

    def write(self, edit: Edit, inner: list[Edit]) -> Iterator[str]:
        for number, value in edit.before.items():
            condition = f"if crate::mutant::now() == {number}u32"
            yield own([number], f"{condition} {{ return {value}; }} ")
        as_it_was = self.render(edit.start, edit.end, inner)
        if edit.rank == ITEMS:
            as_it_was = f"{{ {as_it_was} }}"
            for number, items in edit.texts.items():
                left = f"{number}u32 => crate::mutant::Either::Left({own([number], items)})"
                right = f"_ => crate::mutant::Either::Right({as_it_was})"
                as_it_was = f"match crate::mutant::now() {{ {left}, {right} }}"
            as_it_was = own(list(edit.texts), as_it_was)
        elif edit.texts:
            arms = [
                own([number], f"{number}u32 => {text}, ") for number, text in edit.texts.items()
            ]
            match = f"(match crate::mutant::now() {{ {''.join(arms)}_ => {as_it_was} }})"
            as_it_was = own(list(edit.texts), match)
        if edit.deleted:
            present = " && ".join(f"crate::mutant::now() != {one}u32" for one in edit.deleted)
            present = f"{present} && ({as_it_was})" if edit.is_guarded else f" if {present} "
            as_it_was = own(edit.deleted, present)
        yield as_it_was

    def blamed(self, at: int) -> list[int]:
        """Whose text the byte is in: the innermost."""
        around = [place for place in self.places if place[0] <= at < place[1]]
        return min(around, key=lambda place: place[1] - place[0])[2] if around else []


def has_wildcard(block: Node | None) -> bool:
    """Whether one arm takes everything."""
    arms = [one for one in (block.children if block else []) if one.type == "match_arm"]
    return any(arm.child_by_field_name("pattern").text == b"_" for arm in arms)


def has_nameless_type(function: Node) -> bool:
    """Whether it returns `impl Trait`: then every return has the one type."""
    returned = function.child_by_field_name("return_type")
    return returned is not None and b"impl " in returned.text


def without_const(source: str, kept: Collection[str] = ()) -> str:
    """Functions that may hold mutants, each character in its place; some have to stay `const`."""
    return CONST_FN.sub(
        lambda found: found[0] if found[1] in kept else f"      fn {found[1]}", source
    )


def own(numbers: list[int], text: str) -> str:
    return f"{OPEN}{','.join(map(str, numbers))}{NAMED}{text}{CLOSE}"
