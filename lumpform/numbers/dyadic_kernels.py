"""Takes floats as dyadic rationals, without an object each: exponents, and residues of numerators (kernels).

Every finite float is an odd integer times a power of two (or zero). Over the common denominator 2^k its numerator is an
integer whose residue modulo a prime ``2^61 - c`` is the mantissa times a power of two modulo that prime.

Bounds: mantissas are below 2^53, exponents from -1074 to 971; powers of two are residues below 2^61.
"""

from __future__ import annotations

from math import frexp

import numpy as np

from lumpform.numbers.kernel import kernel
from lumpform.numbers.modular import mul_mod, reduce_mod


@kernel
def lowest_exponent(array):
    """Return the least e with x / 2^e odd, over all non-zero entries x; 0 if there are none. O(n)."""
    lowest = 4096
    for i in range(len(array)):
        mantissa, exponent = frexp(np.float64(array[i]))
        if mantissa != 0.0:
            whole = np.int64(mantissa * 9007199254740992.0)
            zeros = 0
            while whole & 1 == 0:
                whole >>= 1
                zeros += 1
            lowest = min(lowest, exponent - 53 + zeros)
    return 0 if lowest == 4096 else lowest


@kernel
def fill_residues(array, shift, powers, c, out):
    """Write the residues of ``array * 2^shift`` modulo ``2^61 - c``; powers[e] is 2^e modulo the prime. O(n).

    `shift` makes every product an integer: exponents of mantissas are never below ``-shift``.
    """
    prime = (np.uint64(1) << np.uint64(61)) - c
    for i in range(len(array)):
        mantissa, exponent = frexp(np.float64(array[i]))
        whole = np.int64(mantissa * 9007199254740992.0)
        exponent += shift - 53
        while exponent < 0:  # the mantissa is even then
            whole //= 2
            exponent += 1
        value = reduce_mod(mul_mod(np.uint64(abs(whole)), powers[exponent], c), c)
        out[i] = prime - value if whole < 0 and value != 0 else value
