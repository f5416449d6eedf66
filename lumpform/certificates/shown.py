"""Shows a certificate in a line, and as a table in notebooks: a long one has a number or a text for every state."""

from __future__ import annotations

from typing import Any

from lumpform.display.html import table

LONGEST = 60
"""So many characters of a field are shown."""


class ShownCertificate(dict[str, Any]):
    """Holds the fields of a certificate as a dict does; only its text and its table in notebooks are short."""

    def __repr__(self) -> str:
        fields = {k: v for k, v in self.items() if k not in ("format", "version") and isinstance(v, str | int)}
        return f"<Certificate: {', '.join(f'{name} {_short(value)}' for name, value in fields.items())}>"

    def _repr_html_(self) -> str:
        return table("Certificate", [(name, _short(value)) for name, value in self.items()], limit=len(self))


def _short(value: Any) -> str:
    text = f"{len(value):,} entries" if isinstance(value, list) and len(value) > LONGEST else str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 4]} ..."
