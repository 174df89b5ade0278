"""Mutants that sleep in one source: each stands where it compiles, and changes what it should."""

from __future__ import annotations

from tests.mutants.switched import Mutant, Switched


def sleeping(source: str, *changes: tuple[str, str, str]) -> str:
    """The source with mutants of these genres, numbered from one: what, by what."""
    mutants = []
    for number, (genre, replaced, replacement) in enumerate(changes, 1):
        start = source.index(replaced) + 1
        span = (1, start, 1, start + len(replaced))
        name = f"{genre} {source.partition('{')[0]}"
        mutants.append(Mutant(number, name, "a.rs", genre, replacement, span))
    return Switched(source, mutants).text


def test_value_of_a_body_stands_before_the_operator_it_begins_with() -> None:
    text = sleeping(
        "fn f() -> bool { a && b }",
        ("FnValue", "a && b", "true"),
        ("BinaryOperator", "&&", "||"),
    )
    before = "if crate::mutant::now() == 1u32 { return true; } "
    match = "(match crate::mutant::now() { 2u32 => a || b, _ => a && b })"
    assert text == f"fn f() -> bool {{ {before}{match} }}"


def test_iterator_is_one_of_two() -> None:
    text = sleeping(
        "fn f(a: &A) -> impl Iterator<Item = &B> + use<'_> { a.all() }",
        ("FnValue", "a.all()", "empty()"),
    )
    left = "1u32 => crate::mutant::Either::Left(crate::mutant::items::<&B, _>(empty()))"
    assert (
        f"{{ match crate::mutant::now() {{ {left}, _ => crate::mutant::Either::Right({{ a" in text
    )


def test_operator_in_an_operator_is_switched_on_its_own() -> None:
    text = sleeping(
        "fn f() -> bool { a + b == c }",
        ("BinaryOperator", "==", "!="),
        ("BinaryOperator", "+", "-"),
    )
    inner = "(match crate::mutant::now() { 2u32 => a - b, _ => a + b })"
    outer = f"(match crate::mutant::now() {{ 1u32 => a + b != c, _ => {inner} == c }})"
    assert text == f"fn f() -> bool {{ {outer} }}"


def test_deleted_arm_is_guarded() -> None:
    text = sleeping("fn f(x: u8) { match x { 1 => a(), _ => b() } }", ("MatchArm", "1 => a(),", ""))
    assert "1 if crate::mutant::now() != 1u32  => a()," in text
