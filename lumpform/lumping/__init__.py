"""Finds the coarsest partition that a quotient theorem allows, and certifies it.

Three speeds of one thing: the definition (`oracle`), a plain reference (`refine`), and compiled kernels (`rounds`,
`worklist`) whose result is certified exactly (`certify`).
"""

from lumpform.lumping.lump import RESPECT as RESPECT
from lumpform.lumping.lump import Lumping as Lumping
from lumpform.lumping.lump import lump as lump
