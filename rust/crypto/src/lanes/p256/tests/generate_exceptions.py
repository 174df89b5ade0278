"""Makes exceptions.txt: signatures in whose sum a point meets itself or its negative at some step.

usage: python rust/crypto/src/lanes/p256/tests/generate_exceptions.py > …/exceptions.txt

Whoever knows the logarithm d of a key can choose it so that the sum of all entries before a step,
(A + B d) G, is plus or minus the entry of that step, (a + b d) G. The order of entries is written
down here once more, from docs/design/26: at each of 16 places, from above, one entry of the key in
each of four sets 64 bits apart, and at every other place one of the base point. Steps at which no d
will do (both sums hold the base point or the key alone) are left out.

A line: step, sign, key (uncompressed), r, s, digest, whether the signature is right.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from cryptography.hazmat.primitives.asymmetric import ec

N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
SETS, SET_BITS, BASE_BITS, KEY_BITS = 4, 64, 8, 4


def digits(number: int, bits: int) -> list[int]:
    """Return the odd digits of an odd number, lowest first (Joye and Tunstall)."""
    count = 256 // bits
    low = [(number >> bits * at | 1) % (2 << bits) - (1 << bits) for at in range(count - 1)]
    return [*low, number >> bits * (count - 1) | 1]


def entries(times: int, bits: int) -> list[int]:
    """Return what each digit stands for; an even number goes by its negative modulo n."""
    odd, sign = (times, 1) if times & 1 else (N - times, -1)
    return [sign * digit << bits * at for at, digit in enumerate(digits(odd, bits))]


def steps(base_times: int, key_times: int) -> Iterator[tuple[int, int, int, int]]:
    """Give the sum so far and the next entry, as multiples of the base point and of the key."""
    base, key = entries(base_times, BASE_BITS), entries(key_times, KEY_BITS)
    base_sum = key_sum = 0
    for place in range(SET_BITS // KEY_BITS - 1, -1, -1):
        scale = KEY_BITS * place
        for number in range(SETS):
            entry = key[SET_BITS // KEY_BITS * number + place] >> scale
            if key_sum:
                yield base_sum >> scale, key_sum >> scale, 0, entry
            key_sum += entry << scale
        if scale % BASE_BITS == 0:
            for number in range(SETS):
                entry = base[SET_BITS // BASE_BITS * number + scale // BASE_BITS] >> scale
                yield base_sum >> scale, key_sum >> scale, entry, 0
                base_sum += entry << scale
    assert (base_sum - base_times) % N == 0 and (key_sum - key_times) % N == 0


def point(times: int) -> ec.EllipticCurvePublicNumbers:
    """Return a multiple of the base point."""
    return ec.derive_private_key(times % N, ec.SECP256R1()).public_key().public_numbers()


def main() -> None:
    source = random.Random(26)
    for step in range(95):
        for sign in (1, -1):
            base_times, key_times = (source.randrange(1, N) for _ in range(2))
            base_sum, key_sum, base_entry, key_entry = list(steps(base_times, key_times))[step]
            divisor, dividend = (key_sum - sign * key_entry) % N, (sign * base_entry - base_sum) % N
            if divisor == 0 or dividend == 0:
                continue
            key = dividend * pow(divisor, -1, N) % N
            right = source.random() < 0.5
            r = point(base_times + key_times * key).x % N if right else source.randrange(1, N)
            s = r * pow(key_times, -1, N) % N
            numbers = point(key)
            key_octets = b"\4" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")
            octets = [number.to_bytes(32, "big").hex() for number in (r, s, base_times * s % N)]
            print(step, sign, key_octets.hex(), *octets, "right" if right else "wrong")


main()
