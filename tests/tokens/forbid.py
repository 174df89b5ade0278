"""Forbids a use of a private key on a token, which no tool of OpenSC can.

python -m tests.tokens.forbid MODULE PIN TOKEN-LABEL ID (hexadecimal) decrypt|sign
"""

from __future__ import annotations

import ctypes
import sys
from ctypes import byref, c_ulong, c_void_p

from smimebatch.trust.pkcs11 import (
    FIND_OBJECTS,
    FIND_OBJECTS_INIT,
    INITIALIZE,
    OPEN_SESSION,
    Attribute,
    Module,
    slots,
)

GET_TOKEN_INFO, LOGIN, SET_ATTRIBUTE_VALUE = 6, 18, 25
"""Positions in CK_FUNCTION_LIST."""
SERIAL_AND_WRITABLE, USER = 4 | 2, 1
CKA_CLASS, CKA_ID, CKO_PRIVATE_KEY = 0, 0x102, 3
USES = {"decrypt": 0x105, "sign": 0x108}
LABEL_OCTETS, INFO_OCTETS = 32, 256
KEPT: list[object] = []


def attribute(kind: int, octets: bytes) -> Attribute:
    """Return an attribute; its value lives as long as the interpreter."""
    buffer = ctypes.create_string_buffer(octets, len(octets))
    KEPT.append(buffer)
    return Attribute(kind, ctypes.cast(buffer, c_void_p), len(octets))


def main() -> None:
    path, pin, label, number, use = sys.argv[1:]
    module = Module(path)
    module.call(INITIALIZE, None)
    for slot in slots(module):
        info = ctypes.create_string_buffer(INFO_OCTETS)
        module.call(GET_TOKEN_INFO, c_ulong(slot), info)
        if info.raw[:LABEL_OCTETS].decode().rstrip() == label:
            break
    else:
        sys.exit(f"no token {label}")
    session, found, count = c_ulong(0), c_ulong(0), c_ulong(0)
    flags = c_ulong(SERIAL_AND_WRITABLE)
    module.call(OPEN_SESSION, c_ulong(slot), flags, None, None, byref(session))
    module.call(LOGIN, session, c_ulong(USER), pin.encode(), c_ulong(len(pin)))
    wanted = (Attribute * 2)(
        attribute(CKA_CLASS, bytes(c_ulong(CKO_PRIVATE_KEY))),
        attribute(CKA_ID, bytes.fromhex(number)),
    )
    module.call(FIND_OBJECTS_INIT, session, wanted, c_ulong(2))
    module.call(FIND_OBJECTS, session, byref(found), c_ulong(1), byref(count))
    assert count.value == 1, "no such key"
    never = attribute(USES[use], b"\0")
    module.call(SET_ATTRIBUTE_VALUE, session, found, byref(never), c_ulong(1))


if __name__ == "__main__":
    main()
