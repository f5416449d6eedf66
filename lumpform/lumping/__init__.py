"""Finds the coarsest partition that a quotient theorem allows, and certifies it.

Three speeds of one thing, each tested equal to the one before, for each of three conditions on class sums:

====================================  ====================  ====================  =====================================
class sums inside a class             the definition        plain reference       compiled kernels, certified exactly
====================================  ====================  ====================  =====================================
equal, on a square matrix             `matrix_oracle`       `refine`              `engine`, `rounds`, `worklist`
proportional, on a square matrix      `refine_directions`   `refine_directions`   `directions`
proportional and weighted, by layers  `network_oracle`      `feedforward`         `layered`, `columns`
====================================  ====================  ====================  =====================================

`lump` chooses among them; `within_epsilon` allows small differences.
"""

from lumpform.lumping.lump import lump as lump
from lumpform.lumping.lumping import Lumping as Lumping
