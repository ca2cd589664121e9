"""Blanks: what is taken off both ends of a text."""

from __future__ import annotations

__all__ = ["BLANKS"]

# Spelled out, because Python and Polars do not agree on what a blank is.
BLANKS = (
    " \t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""Characters that are taken off both ends of a text."""
