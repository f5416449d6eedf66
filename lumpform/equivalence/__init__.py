"""Decides whether two models behave the same."""

from lumpform.equivalence.deviation import Deviation as Deviation
from lumpform.equivalence.deviation import difference_bound as difference_bound
from lumpform.equivalence.deviation import largest_difference as largest_difference
from lumpform.equivalence.joint import jointly_equal as jointly_equal
from lumpform.equivalence.pipeline import equivalent as equivalent
from lumpform.equivalence.verdict import Question as Question
from lumpform.equivalence.verdict import Verdict as Verdict
from lumpform.equivalence.verdict import Witness as Witness
