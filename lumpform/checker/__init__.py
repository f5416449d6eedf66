"""Judges lumping certificates independently: `python -m lumpform.checker MODEL REDUCED CERTIFICATE`.

Written from docs/certificate.md, with the standard library only; it shares no code with the rest of LumpForm, so a bug
there cannot make it say VERIFIED. This folder alone is enough to run it.
"""

from .failure import Unreadable as Unreadable
from .judge import check as check
from .verdict import Verdict as Verdict

__all__ = ["Unreadable", "Verdict", "check"]
