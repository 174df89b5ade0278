"""The roots built into an installed NSS: its module libnssckbi, asked through PKCS#11.

The module is a C library that holds certdata.txt compiled; what certdata.py reads in the text is
asked here, so the answers are the same. Only a handful of calls are needed, with ctypes: load the
module, open a session, list objects, read attributes. (PKCS#11 v2.40 §5; the constants are those of
NSS's pkcs11n.h.)
"""

from __future__ import annotations

import ctypes
import glob
import sys
from collections.abc import Iterator
from ctypes import POINTER, byref, c_ubyte, c_ulong, c_void_p

from smimebatch.errors import TrustError
from smimebatch.trust.certdata import Attributes

MODULE_PLACES = (
    "/usr/lib/*/libnssckbi.so",
    "/usr/lib/*/nss/libnssckbi.so",
    "/usr/lib64/libnssckbi.so",
    "/usr/lib/libnssckbi.so",
)
"""Where Debian, its older releases, Fedora and Arch keep it."""
CKR_OK = 0
CKR_ATTRIBUTE_TYPE_INVALID = 0x12
CKR_CRYPTOKI_ALREADY_INITIALIZED = 0x191
CKF_SERIAL_SESSION = 4
NSS = 0xCE534350
CLASSES = {1: b"CKO_CERTIFICATE", NSS + 3: b"CKO_NSS_TRUST"}
TRUSTS = {
    NSS + 2: b"CKT_NSS_TRUSTED_DELEGATOR",
    NSS + 1: b"CKT_NSS_TRUSTED",
    NSS + 3: b"CKT_NSS_MUST_VERIFY_TRUST",
    NSS + 10: b"CKT_NSS_NOT_TRUSTED",
}
ATTRIBUTES = {
    b"CKA_CLASS": 0x000,
    b"CKA_VALUE": 0x011,
    b"CKA_ISSUER": 0x081,
    b"CKA_SERIAL_NUMBER": 0x082,
    b"CKA_NSS_EMAIL_DISTRUST_AFTER": NSS + 36,
    b"CKA_TRUST_EMAIL_PROTECTION": NSS + 0x2000 + 11,
    b"CKA_CERT_SHA1_HASH": NSS + 0x2000 + 100,
}
INITIALIZE, FINALIZE, GET_SLOT_LIST, OPEN_SESSION, CLOSE_SESSION = 0, 1, 4, 12, 13
GET_ATTRIBUTE_VALUE, FIND_OBJECTS_INIT, FIND_OBJECTS, FIND_OBJECTS_FINAL = 24, 26, 27, 28
"""Positions in CK_FUNCTION_LIST, which has kept its order since PKCS#11 v2.0."""
FUNCTIONS = 68
HANDLES_AT_ONCE = 256
MAX_VALUE_OCTETS = 1 << 20
UNAVAILABLE = c_ulong(-1).value


class Attribute(ctypes.Structure):
    """CK_ATTRIBUTE."""

    _fields_ = (("type", c_ulong), ("value", c_void_p), ("length", c_ulong))


class FunctionList(ctypes.Structure):
    """CK_FUNCTION_LIST."""

    _fields_ = (("version", c_ubyte * 2), ("functions", c_void_p * FUNCTIONS))


def installed_module() -> str:
    """Return the path of NSS's module of built-in roots."""
    for pattern in MODULE_PLACES:
        for path in sorted(glob.glob(pattern)):
            return path
    raise TrustError(
        "nss",
        expected="an installed NSS",
        found="no " + ", ".join(MODULE_PLACES),
        remedy="install libnss3 (Debian) or nss (Fedora), or name its libnssckbi.so",
    )


def read_module(path: str) -> list[Attributes]:
    """Return the attributes of every certificate and trust object of a module.

    This runs code of that library: the path must be the operator's own.
    """
    module = Module(path)
    started = module.call(INITIALIZE, None, accepted=CKR_CRYPTOKI_ALREADY_INITIALIZED)
    try:
        return [attributes for slot in slots(module) for attributes in objects(module, slot)]
    finally:
        if started == CKR_OK:
            module.call(FINALIZE, None)


class Module:
    """A loaded module; a return value that is no success is an error."""

    def __init__(self, path: str) -> None:
        self._path = path
        try:
            self._library = ctypes.CDLL(path)
            get_function_list = self._library.C_GetFunctionList
        except (OSError, AttributeError) as error:
            raise TrustError(path, expected="a PKCS#11 module", found=str(error)) from error
        found = POINTER(FunctionList)()
        get_function_list.restype = c_ulong
        self._check(get_function_list(byref(found)), CKR_OK)
        self._functions = found.contents.functions

    def call(self, function: int, *arguments: object, accepted: int = CKR_OK) -> int:
        """Call a function of the list; return CKR_OK or the other accepted value."""
        address = self._functions[function]
        return self._check(ctypes.CFUNCTYPE(c_ulong)(address)(*arguments), accepted)

    def _check(self, answer: int, accepted: int) -> int:
        if answer not in (CKR_OK, accepted):
            raise TrustError(
                self._path, expected="a module of roots", found=f"its answer {answer:#x}"
            )
        return answer


def slots(module: Module) -> list[int]:
    """Return the slots with a token in them."""
    count = c_ulong(0)
    module.call(GET_SLOT_LIST, c_ubyte(1), None, byref(count))
    found = (c_ulong * count.value)()
    module.call(GET_SLOT_LIST, c_ubyte(1), found, byref(count))
    return list(found)


def objects(module: Module, slot: int) -> Iterator[Attributes]:
    """Give the attributes of each object of a slot that is of use here."""
    session = c_ulong(0)
    flags = c_ulong(CKF_SERIAL_SESSION)
    module.call(OPEN_SESSION, c_ulong(slot), flags, None, None, byref(session))
    module.call(FIND_OBJECTS_INIT, session, None, c_ulong(0))
    handles: list[int] = []
    some, count = (c_ulong * HANDLES_AT_ONCE)(), c_ulong(HANDLES_AT_ONCE)
    while count.value:
        module.call(FIND_OBJECTS, session, some, c_ulong(HANDLES_AT_ONCE), byref(count))
        handles += some[: count.value]
    module.call(FIND_OBJECTS_FINAL, session)
    for handle in handles:
        attributes = {
            name: value
            for name, kind in ATTRIBUTES.items()
            if (value := read_attribute(module, session, handle, kind)) is not None
        }
        yield named(attributes)
    module.call(CLOSE_SESSION, session)


def read_attribute(module: Module, session: c_ulong, handle: int, kind: int) -> bytes | None:
    """Return the value of one attribute, None where the object has none."""
    attribute = Attribute(kind, None, 0)
    arguments = (session, c_ulong(handle), byref(attribute), c_ulong(1))
    answer = module.call(GET_ATTRIBUTE_VALUE, *arguments, accepted=CKR_ATTRIBUTE_TYPE_INVALID)
    length = attribute.length
    if answer != CKR_OK or length == UNAVAILABLE or length > MAX_VALUE_OCTETS:
        return None
    buffer = ctypes.create_string_buffer(length)
    attribute.value = ctypes.cast(buffer, c_void_p)
    module.call(GET_ATTRIBUTE_VALUE, *arguments)
    return buffer.raw


def named(attributes: Attributes) -> Attributes:
    """Return numbers by the names that the text of certdata.txt has for them."""
    for name, names in ((b"CKA_CLASS", CLASSES), (b"CKA_TRUST_EMAIL_PROTECTION", TRUSTS)):
        if name in attributes:
            number = int.from_bytes(attributes[name], sys.byteorder)
            attributes[name] = names.get(number, b"other")
    return attributes
