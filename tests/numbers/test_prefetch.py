"""A hint about what will be read changes no result, wherever it points."""

from __future__ import annotations

import numpy as np

from lumpform.numbers.kernel import kernel
from lumpform.numbers.prefetch import prefetch


@kernel
def total(records, order, ahead):
    result = np.uint64(0)
    for i in range(len(order)):
        prefetch(records, order[i] + ahead)
        prefetch(order, i + ahead)
        result += records[order[i]].value
    return result


def test_no_result_changes_also_where_nothing_is() -> None:
    records = np.zeros(1000, dtype=[("value", np.uint64), ("group", np.int32)])
    records["value"] = np.arange(1000)
    order = np.random.default_rng(0).permutation(1000)
    for ahead in (0, 1, 100_000, -100_000):
        assert total(records, order, ahead) == 999 * 500
