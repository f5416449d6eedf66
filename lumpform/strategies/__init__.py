"""Draws with Hypothesis: exact weights, partitions, models of every domain, lumpable by construction or nearly so.

What is lumpable is built backwards: first the quotient, then the classes, then weights spread so that the class sums
come out right. So the planted partition is known to be a lumping without any lumping algorithm; it need not be the
coarsest. Everything shrinks: towards fewer nodes, weights of 1, no labels, no rewards, classes in order.
"""

from lumpform.strategies.automata import LumpableAutomaton as LumpableAutomaton
from lumpform.strategies.automata import automata as automata
from lumpform.strategies.automata import lumpable_automata as lumpable_automata
from lumpform.strategies.chains import chains as chains
from lumpform.strategies.chains import relabellings as relabellings
from lumpform.strategies.graphs import graphs as graphs
from lumpform.strategies.lumpable_chains import LumpableChain as LumpableChain
from lumpform.strategies.lumpable_chains import lumpable_chains as lumpable_chains
from lumpform.strategies.lumpable_networks import LumpableNetwork as LumpableNetwork
from lumpform.strategies.lumpable_networks import lumpable_networks as lumpable_networks
from lumpform.strategies.mdps import LumpableMDP as LumpableMDP
from lumpform.strategies.mdps import lumpable_mdps as lumpable_mdps
from lumpform.strategies.mdps import mdps as mdps
from lumpform.strategies.near_misses import NearMiss as NearMiss
from lumpform.strategies.near_misses import near_misses as near_misses
from lumpform.strategies.network_near_misses import NetworkNearMiss as NetworkNearMiss
from lumpform.strategies.network_near_misses import network_near_misses as network_near_misses
from lumpform.strategies.networks import networks as networks
from lumpform.strategies.recurrent import lumpable_recurrent_networks as lumpable_recurrent_networks
from lumpform.strategies.recurrent import recurrent_networks as recurrent_networks
from lumpform.strategies.weights import exact_weights as exact_weights
from lumpform.strategies.weights import partitions as partitions
from lumpform.strategies.weights import symbolic_weights as symbolic_weights

__all__ = [
    "LumpableAutomaton",
    "LumpableChain",
    "LumpableMDP",
    "LumpableNetwork",
    "NearMiss",
    "NetworkNearMiss",
    "automata",
    "chains",
    "exact_weights",
    "graphs",
    "lumpable_automata",
    "lumpable_chains",
    "lumpable_mdps",
    "lumpable_networks",
    "lumpable_recurrent_networks",
    "mdps",
    "near_misses",
    "network_near_misses",
    "networks",
    "partitions",
    "recurrent_networks",
    "relabellings",
    "symbolic_weights",
]
