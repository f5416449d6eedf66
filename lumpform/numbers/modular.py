"""Calculates modulo the Mersenne prime 2^61 - 1 inside numba kernels.

The product of two 61-bit residues needs 122 bits, which numba has no type for; two intrinsics give it LLVM's 128-bit
integers. Everything else is shifts and adds because 2^61 = 1 modulo the prime.

Every function states the bound of what it takes; tests/numbers/test_machine_integers.py tries them at these bounds.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

P61 = np.uint64((1 << 61) - 1)
_SHIFT = np.uint64(61)

LAST = np.uint64(31)
"""The number from 0 on of the last product that goes into a sum before it is folded: 32 of them cannot overflow it."""


def _mul_fold(typingctx: Any, a: Any, b: Any) -> Any:
    """Multiply two residues below 2^61 and fold once modulo 2^61 - 1: congruent to the product and below 2^62."""
    signature = types.uint64(types.uint64, types.uint64)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        wide = ir.IntType(128)
        product = builder.mul(builder.zext(args[0], wide), builder.zext(args[1], wide))
        low = builder.and_(builder.trunc(product, ir.IntType(64)), ir.Constant(ir.IntType(64), (1 << 61) - 1))
        high = builder.trunc(builder.lshr(product, ir.Constant(wide, 61)), ir.IntType(64))
        return builder.add(low, high)

    return signature, codegen


mul_fold: Any = intrinsic(_mul_fold)


def _multiply_add(typingctx: Any, high: Any, low: Any, a: Any, b: Any) -> Any:
    """Add a * b to a 128-bit sum (high, low); 32 products of residues below 2^61 and one residue cannot overflow it."""
    pair = types.UniTuple(types.uint64, 2)
    signature = pair(types.uint64, types.uint64, types.uint64, types.uint64)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        wide = ir.IntType(128)
        narrow = ir.IntType(64)
        shift = ir.Constant(wide, 64)
        total = builder.or_(builder.shl(builder.zext(args[0], wide), shift), builder.zext(args[1], wide))
        product = builder.mul(builder.zext(args[2], wide), builder.zext(args[3], wide))
        total = builder.add(total, product)
        parts = [builder.trunc(builder.lshr(total, shift), narrow), builder.trunc(total, narrow)]
        return context.make_tuple(builder, pair, parts)

    return signature, codegen


multiply_add: Any = intrinsic(_multiply_add)


@njit(inline="always")
def canonical_residue(x: np.uint64) -> np.uint64:
    """Return the representative in 0..2^61-2 of a number below 2^64."""
    y = (x & P61) + (x >> _SHIFT)
    return y - P61 if y >= P61 else y


@njit(inline="always")
def fold_pair(high: np.uint64, low: np.uint64) -> np.uint64:
    """Return a 128-bit number (high, low) reduced modulo 2^61 - 1, canonical."""
    top = high >> np.uint64(58)
    middle = ((high << np.uint64(3)) | (low >> _SHIFT)) & P61
    return canonical_residue((low & P61) + middle + top)


@njit(inline="always")
def random_residue(seed: np.uint64, index: np.uint64) -> np.uint64:
    """Return a pseudo-random residue for (seed, index): the finaliser of splitmix64 (Steele, Lea, Flood 2014)."""
    z = seed + (index + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return canonical_residue(z)


def _mul_mod(typingctx: Any, a: Any, b: Any, c: Any) -> Any:
    """Multiply residues below 2^61 modulo 2^61 - c (c < 1000), folding twice: congruent and below 2^62."""
    signature = types.uint64(types.uint64, types.uint64, types.uint64)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        wide, narrow = ir.IntType(128), ir.IntType(64)
        mask, bits = ir.Constant(wide, (1 << 61) - 1), ir.Constant(wide, 61)
        factor = builder.zext(args[2], wide)
        total = builder.mul(builder.zext(args[0], wide), builder.zext(args[1], wide))
        for _ in range(2):  # 2^61 = c modulo the prime
            total = builder.add(builder.and_(total, mask), builder.mul(builder.lshr(total, bits), factor))
        return builder.trunc(total, narrow)

    return signature, codegen


mul_mod: Any = intrinsic(_mul_mod)


@njit(inline="always")
def reduce_mod(x: np.uint64, c: np.uint64) -> np.uint64:
    """Return the representative in 0..2^61-c-1 of a number below 2^63."""
    prime = (np.uint64(1) << _SHIFT) - c
    y = (x & P61) + (x >> _SHIFT) * c
    return y - prime if y >= prime else y
