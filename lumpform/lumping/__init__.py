"""Finds the coarsest partition that a quotient theorem allows, and certifies it.

Three speeds of one thing, for every view (`lumpform.graph.views`) on every graph, each tested equal to the one before:

=========================================  ==================  ============  ========================================
what nodes of a class have in common       the definition      reference     compiled kernels, certified exactly
=========================================  ==================  ============  ========================================
equal sums, any graph                      `definition` and    `refine`      `engine`, `flat`, `rounds`, `worklist`
proportional sums, one arrow on one group  `oracle`, which     `refine`      `directions`
what node functions allow, layers          tries everything    `refine`      `layered`, `columns`
everything else                                                `refine`      none
=========================================  ==================  ============  ========================================

On a card there are kernels for equal sums as well, in `gpu`. `lump` checks the options, `search` chooses;
`within_epsilon` allows small differences. `questions` holds what judges a partition that somebody has, and what tells
why two nodes are apart.
"""

from lumpform.lumping.lump import lump as lump
from lumpform.lumping.lumping import Lumping as Lumping
