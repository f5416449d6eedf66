"""Offers what is calculated from decision processes: values by iteration, exact optima, their proof, schedulers."""

from lumpform.mdps.iteration import iterate_values as iterate_values
from lumpform.mdps.optimal import Optimum as Optimum
from lumpform.mdps.optimal import optimal_values as optimal_values
from lumpform.mdps.optimality import verify_optimal as verify_optimal
from lumpform.mdps.schedulers import checked_scheduler as checked_scheduler
from lumpform.mdps.schedulers import lift_scheduler as lift_scheduler

__all__ = ["Optimum", "checked_scheduler", "iterate_values", "lift_scheduler", "optimal_values", "verify_optimal"]
