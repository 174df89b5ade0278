"""In which of Arrow's layouts a column has bytes or text, and what the core gets of it."""

from __future__ import annotations

from typing import Any

import pyarrow as pa


def is_bytes(data_type: Any) -> bool:
    """Whether values are bytes."""
    kind = data_type.value_type if pa.types.is_dictionary(data_type) else data_type
    return bool(
        pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind)
    )


def is_text(data_type: Any) -> bool:
    """Whether values are text, which can stand for bytes only where all of them are UTF-8."""
    kind = data_type.value_type if pa.types.is_dictionary(data_type) else data_type
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def is_raw(data_type: Any) -> bool:
    """Whether values can be raw messages."""
    return is_bytes(data_type) or is_text(data_type)


def as_binary(raw: Any) -> Any:
    """Return the column as large_binary; only a dictionary and a view are copied."""
    raw = without_dictionary(raw)
    if pa.types.is_string_view(raw.type):
        raw = raw.cast(pa.large_string())
    return raw if pa.types.is_binary(raw.type) else raw.cast(pa.large_binary())


def without_dictionary(column: Any) -> Any:
    """Return a column of bytes or text with its values in place."""
    if not pa.types.is_dictionary(column.type):
        return column
    return decoded(column, pa.large_string() if is_text(column.type) else pa.large_binary())


def decoded(raw: Any, plain: Any) -> Any:
    """Return the values of a dictionary column, also of views, which pyarrow does not decode."""
    if isinstance(raw, pa.ChunkedArray):
        return pa.chunked_array([decoded(chunk, plain) for chunk in raw.chunks], plain)
    return raw.dictionary.cast(plain).take(raw.indices)


def is_as_meant(found: Any, wanted: Any) -> bool:
    """Whether a column has its type, in any of Arrow's layouts; another's is nobody's fact."""
    same_layouts = (is_text, is_bytes, pa.types.is_integer)
    return found == wanted or any(of(found) and of(wanted) for of in same_layouts)


def as_meant(column: Any, wanted: Any) -> Any:
    """Return a column of such a layout in the one that is wanted."""
    column = without_dictionary(column)
    return column if column.type == wanted else column.cast(wanted)
