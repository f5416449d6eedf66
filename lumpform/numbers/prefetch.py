"""Asks the processor for what a kernel will read soon, so that it need not wait when it does.

A kernel that reads records in a random order waits for memory most of the time. When it knows the order beforehand, it
may name the record some steps ahead. This is a hint: it changes no result, and nothing is read.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic


def _prefetch(typingctx: Any, array: Any, index: Any) -> Any:
    """Hint that ``array[index]`` will be read and written soon; the index need not be inside the array."""
    signature = types.void(array, types.intp)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        given = context.make_array(sig.args[0])(context, builder, args[0])
        place = cgutils.get_item_pointer(context, builder, sig.args[0], given, [args[1]], wraparound=False)
        pointer, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [pointer, number, number, number])
        hint = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
        # to be written, to be kept in all caches, data (LLVM language reference, llvm.prefetch)
        builder.call(hint, [builder.bitcast(place, pointer), number(1), number(3), number(1)])
        return context.get_dummy_value()

    return signature, codegen


prefetch: Any = intrinsic(_prefetch)
