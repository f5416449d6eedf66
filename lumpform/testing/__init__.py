"""Checks other people's lumping algorithms, quotients and checkers of certificates: a conformance kit.

Every check draws models (`lumpform.strategies`), asks the function, and compares its answer with the definition in
exact arithmetic. It returns nothing if all is well and raises `ConformanceError` with the smallest counterexample
found.
"""

from lumpform.testing.algorithms import check_lumping_algorithm as check_lumping_algorithm
from lumpform.testing.checkers import check_checker as check_checker
from lumpform.testing.errors import ConformanceError as ConformanceError
from lumpform.testing.quotients import check_quotient as check_quotient

__all__ = ["ConformanceError", "check_checker", "check_lumping_algorithm", "check_quotient"]
