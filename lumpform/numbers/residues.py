"""Finds moduli whose residues prove that sums of rationals are equal.

Weights over a common denominator D become integers; sums of integers are compared modulo one or more pairwise coprime
moduli. When the product of the moduli exceeds twice the largest possible absolute sum, equal residues prove equal sums
(Chinese remainder theorem). Since weights are multiplied by D, never divided, a denominator that is a multiple of a
prime does no harm.
"""

from __future__ import annotations

from collections.abc import Iterator

WORD = 1 << 64
"""The modulus of wrapping 64-bit machine integers; coprime to every odd prime, so it takes part in remainders."""


PRIME = (1 << 61) - 1
"""The Mersenne prime of 61 bits: the field in which fingerprints are computed."""


PRIMES: tuple[int, ...] = (
    PRIME,
    *((1 << 61) - k for k in (31, 45, 229, 259, 283, 339, 391, 403, 465)),
)
"""Primes just below 2^61, largest first; checked to be prime by a test."""


def primes_beyond(bound: int) -> list[int]:
    """Return primes below 2^61, largest first, whose product exceeds `bound`; as many as it takes."""
    product, chosen = 1, []
    for prime in _primes():
        if product > bound:
            return chosen
        product *= prime
        chosen.append(prime)
    raise OverflowError("unreachable: there are more than enough primes of 61 bits")


def _primes() -> Iterator[int]:
    yield from PRIMES
    candidate = PRIMES[-1] - 2
    while True:
        if all(pow(base, candidate - 1, candidate) == 1 for base in (2, 3, 5)) and _is_prime(candidate):
            yield candidate
        candidate -= 2


def _is_prime(n: int) -> bool:
    """Test by Miller and Rabin with the first twelve primes: right for all n < 2^64 (Sorenson, Webster 2015)."""
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for base in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37):
        x = pow(base, odd, n)
        if x in (1, n - 1):
            continue
        for _ in range(twos - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


def modulo(moduli: int) -> str:
    """Return how sums were compared with so many moduli, in words that end a sentence."""
    numbers = "a number" if moduli == 1 else f"{moduli} coprime numbers with a product"
    return f"modulo {numbers} beyond twice their bound"


def moduli_beyond(bound: int) -> tuple[int, ...]:
    """Return pairwise coprime moduli whose product exceeds `bound`, the 64-bit word first.

    With ``bound = 2 * B``, two integers of absolute value at most B are equal if and only if they agree modulo
    all of them. Costs one modulus while B < 2^63.

    Raises
    ------
    OverflowError
        If the ten known primes do not suffice (bounds beyond 673 bits): the caller compares rationals then.
    """
    product, chosen = WORD, [WORD]
    for prime in PRIMES:
        if product > bound:
            break
        product *= prime
        chosen.append(prime)
    if product <= bound:
        raise OverflowError(f"a bound of {bound.bit_length()} bits is beyond the known moduli")
    return tuple(chosen)
