"""Analyses Markov chains, exactly and in floating point, so that a quotient can be seen to give the same numbers.

Every function returns a `Result`: the numbers, the arithmetic that made them, and a proved bound of their error.
"""

from lumpform.chains.analysis.reachability import reachability as reachability
from lumpform.chains.analysis.result import EXACT_STATES as EXACT_STATES
from lumpform.chains.analysis.result import Result as Result
from lumpform.chains.analysis.rewards import cumulative_reward as cumulative_reward
from lumpform.chains.analysis.rewards import long_run_average as long_run_average
from lumpform.chains.analysis.rewards import reward_until as reward_until
from lumpform.chains.analysis.stationary import stationary as stationary
from lumpform.chains.analysis.transient import transient as transient
from lumpform.chains.analysis.uniformise import uniformised as uniformised

__all__ = [
    "EXACT_STATES",
    "Result",
    "cumulative_reward",
    "long_run_average",
    "reachability",
    "reward_until",
    "stationary",
    "transient",
    "uniformised",
]
