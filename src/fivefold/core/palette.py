"""The colours and letters of everything that is looked at: the report, and the pages of the service."""

from __future__ import annotations

__all__ = ["PALETTE"]

PALETTE = """
:root {
  color-scheme: light dark;
  --paper: #fbfaf6; --sheet: #ffffff; --ink: #1c2326; --soft: #566168; --rule: #e3dfd5; --wash: #f3f0e8;
  --accent: #0c5b6e; --accent-wash: #e1eef0; --base: #98a2a8; --on-accent: #ffffff;
  --good: #1f6b43; --warn: #875400; --bad: #a8322a; --warn-bar: #d08a1d;
  --one: #0c5b6e; --two: #d08a1d; --three: #7d8f5a; --four: #a2564a; --five: #6f6593; --six: #98a2a8;
  --serif: "Iowan Old Style", "Palatino Linotype", Palatino, "Book Antiqua", Charter, Georgia, "DejaVu Serif", serif;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "DejaVu Sans", sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #12171a; --sheet: #181e22; --ink: #e8e6e0; --soft: #a3adb3; --rule: #2c353a; --wash: #1d2429;
    --accent: #74c5d4; --accent-wash: #1b3238; --base: #6d787f; --on-accent: #0b1a1e;
    --good: #7fcf9f; --warn: #e8b463; --bad: #f09a90; --warn-bar: #d99a3a;
    --one: #74c5d4; --two: #d99a3a; --three: #a3b67c; --four: #d58b7f; --five: #a79bd0; --six: #6d787f;
  }
}
"""
"""Style sheet with the variables alone, light and dark."""
