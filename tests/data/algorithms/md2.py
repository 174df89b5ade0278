"""MD2 as RFC 1319 §3 describes it, for fixtures: no library of today computes it."""

# RFC 1319 §3.2: a permutation made of the digits of pi.
PI = bytes.fromhex(
    "292e43c9a2d87c013d3654a1ecf0061362a705f3c0c7738c98932bd9bc4c82ca"
    "1e9b573cfdd4e01667426f188a17e512be4ec4d6da9ede49a0fbf58ebb2fee7a"
    "a968799115b2073f94c210890b225f21807f5d9a5a903227353ecce7bff79703"
    "ff1930b348a5b5d1d75e922aac56aac64fb838d296a47db676fc6be29c7404f1"
    "459d705964718720865bcf65e62da8021b6025adaeb0b9f61c46616934407e0f"
    "5547a323dd51af3ac35cf9cebac5ea262c530d6e85288409d3dfcdf441814d52"
    "6adc37c86cc1abfa24e17b080cbdb14a7888958be363e86de9cbd5fe3b001d39"
    "f2efb70e6658d0e4a67772f8eb754b0a314450b48fed1f1adb998d339f118314"
)


def md2(message: bytes) -> bytes:
    missing = 16 - len(message) % 16
    padded = message + bytes([missing]) * missing
    checksum, last = bytearray(16), 0
    for start in range(0, len(padded), 16):
        for at in range(16):
            checksum[at] ^= PI[padded[start + at] ^ last]
            last = checksum[at]
    state = bytearray(48)
    for start in range(0, len(padded) + 16, 16):
        block = (padded + checksum)[start : start + 16]
        state[16:32] = block
        state[32:48] = bytes(a ^ b for a, b in zip(block, state[:16], strict=True))
        value = 0
        for turn in range(18):
            for at in range(48):
                value = state[at] = state[at] ^ PI[value]
            value = (value + turn) % 256
    return bytes(state[:16])


assert md2(b"abc").hex() == "da853b0d3f88d99b30283a69e6ded6bb"
