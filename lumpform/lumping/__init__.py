"""Finds the coarsest partition that a quotient theorem allows, and certifies it.

Three speeds of one thing, each tested equal to the one before, for each of three conditions on class sums:

======================================  =================  ===================  ==========================================
class sums inside a class               the definition     plain reference      compiled kernels, certified exactly
======================================  =================  ===================  ==========================================
equal, on a square matrix               `matrix_oracle`    `refine`             `engine` (`rounds`, `worklist`, `certify`)
proportional, on a square matrix        `refine_directions` (both)              `directions`
proportional and weighted, by layers    `network_oracle`   `feedforward`        `layered` (`columns`)
======================================  =================  ===================  ==========================================

`lump` chooses among them; `within_epsilon` allows small differences.
"""

from lumpform.lumping.lump import RESPECT as RESPECT
from lumpform.lumping.lump import Lumping as Lumping
from lumpform.lumping.lump import lump as lump
