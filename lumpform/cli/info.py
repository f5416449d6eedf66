"""Implements `lumpform info`: what is in a model file."""

from __future__ import annotations

from lumpform.cli.parameters import Json, Model
from lumpform.cli.reading import ReadingOne

AS_IT_IS = ReadingOne()
READ = ("chain", "mdp", "automaton", "network", "islands")


def info(model: Model, /, *, reading: ReadingOne = AS_IT_IS, as_json: Json = False) -> int:
    """Show what is in a model file."""
    content = reading.read(model, READ)
    if content.domain == "chain":
        from lumpform.cli.info_chain import show_chain

        return show_chain(model, content, as_json)
    if content.domain == "mdp":
        from lumpform.cli.info_mdp import show_mdp

        return show_mdp(model, content, as_json)
    if content.domain == "islands":
        from lumpform.cli.info_islands import show_islands

        return show_islands(model, content, as_json)
    if content.domain == "automaton":
        from lumpform.cli.info_automaton import show_automaton

        return show_automaton(model, content, as_json)
    from lumpform.cli.info_network import show_network

    return show_network(model, content, as_json)
