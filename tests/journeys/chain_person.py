"""From a chain in a file to a certified quotient, its stationary distribution, why two states are apart, and export."""

import json
import sys
from pathlib import Path

import lumpform as lf

chain = lf.read(sys.argv[1], lf.MarkovChain)
lumping = lf.lump(chain)
print(lumping, lf.analysis.stationary(lumping.quotient), lf.why(chain, 0, 1), lumping.quotient.to_networkx(), sep="\n")
for model, path in ((chain, "model.drn"), (lumping.quotient, "small.drn")):
    lf.write(model, path)
Path("proof.json").write_text(json.dumps(lumping.certificate))
