"""What Python raises where an archive is damaged, cut off, or packed in a way that it does not know."""

from __future__ import annotations

import zipfile
import zlib

DAMAGED = (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError, zlib.error)
"""RuntimeError is a password, ValueError an offset that cannot be."""
