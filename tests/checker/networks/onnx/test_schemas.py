"""The checker's table of operators against ONNX's own schemas, for every version of the operator set that it reads."""

from __future__ import annotations

import pytest

from lumpform.checker.networks.onnx.attributes import TYPES
from lumpform.checker.networks.onnx.operations import OPERATIONS
from lumpform.checker.networks.onnx.schemas import NEWEST, NEWEST_FILE, OLDEST, SCHEMAS, schema

onnx = pytest.importorskip("onnx", reason="needs ONNX")
MANY = 2**31 - 1


def test_the_newest_version_is_the_newest_that_is_released():
    released = [row for row in onnx.helper.VERSION_TABLE if row[2] == NEWEST]
    assert released
    assert min(row[1] for row in released) == NEWEST_FILE
    assert onnx.helper.VERSION_TABLE[-1][2] >= NEWEST


def test_every_operation_has_schemas():
    assert sorted(OPERATIONS) == sorted(SCHEMAS)


@pytest.mark.parametrize("kind", sorted(SCHEMAS))
def test_operands_results_and_attributes_are_those_of_onnx(kind):
    for version in range(OLDEST, NEWEST + 1):
        try:
            theirs = onnx.defs.get_schema(kind, version, "")
        except onnx.defs.SchemaError:
            with pytest.raises(ValueError, match=f"the operator '{kind}' in version {version} of the operator set"):
                schema(kind, version)
            continue
        ours = schema(kind, version)
        assert ours.operands == (theirs.min_input, ours.operands[1] if theirs.max_input == MANY else theirs.max_input)
        assert min(ours.results, MANY) == theirs.max_output, version
        types = {name: int(attribute.type) for name, attribute in theirs.attributes.items()}
        assert ours.attributes == types, version
        assert (ours.operands[1] > MANY) == (theirs.max_input == MANY)


def test_types_of_attributes_have_the_numbers_of_onnx():
    names = {number: name.replace("_", " ") for name, number in onnx.AttributeProto.AttributeType.items()}
    assert all(names[number].lower() == name for number, name in TYPES.items())
