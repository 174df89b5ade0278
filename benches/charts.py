"""Charts as SVG, by hand: bars with their figures, readable on GitHub in light and dark."""

from __future__ import annotations

import html
import pathlib
from collections.abc import Sequence

WIDTH, LABEL_WIDTH, FIGURE_WIDTH = 860, 250, 170
BAR_HEIGHT, GAP, TOP = 20, 8, 44
OURS, OTHERS, INK, BACKGROUND = "#1f6feb", "#8b949e", "#1f2328", "#ffffff"
FONT = 'font-family="Helvetica, Arial, sans-serif"'


def bars(
    path: pathlib.Path, title: str, lines: Sequence[tuple[str, float, str, bool]]
) -> str | None:
    """Writes horizontal bars, (label, length, figure, whether it is ours) each; gives its name."""
    if not lines:
        return None
    longest = max(value for _, value, _, _ in lines) or 1.0
    room = WIDTH - LABEL_WIDTH - FIGURE_WIDTH
    height = TOP + len(lines) * (BAR_HEIGHT + GAP) + GAP
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{html.escape(title)}">',
        f'<rect width="{WIDTH}" height="{height}" fill="{BACKGROUND}"/>',
        text(12, 26, title, size=15, weight="bold"),
    ]
    for number, (label, value, figure, is_ours) in enumerate(lines):
        top = TOP + number * (BAR_HEIGHT + GAP)
        middle = top + BAR_HEIGHT * 0.72
        length = max(1.5, room * value / longest)
        colour = OURS if is_ours else OTHERS
        parts += [
            text(LABEL_WIDTH - 8, middle, label, anchor="end"),
            f'<rect x="{LABEL_WIDTH}" y="{top}" width="{length:.1f}" height="{BAR_HEIGHT}" '
            f'rx="2" fill="{colour}"/>',
            text(LABEL_WIDTH + length + 6, middle, figure),
        ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*parts, "</svg>"]) + "\n")
    return path.name


def text(
    x: float, y: float, said: str, *, size: int = 13, anchor: str = "start", weight: str = "normal"
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" {FONT} fill="{INK}" '
        f'text-anchor="{anchor}" font-weight="{weight}">{html.escape(said)}</text>'
    )
