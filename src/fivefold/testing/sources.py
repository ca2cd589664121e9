"""The conformance suite of the ``Source`` seam: what gathering relies on, whoever wrote the source.

Subclass it in a test module, say what is to be tested, and pytest collects the rest::

    class TestMySource(SourceSuite):
        def make(self) -> Source:
            return MySource()

        def address(self, folder: Path, shift: int) -> object: ...
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from fivefold.core.extract import Extract
from fivefold.core.protocols import Fetched
from fivefold.core.tables import read_parquet
from fivefold.runtime.values import level

if TYPE_CHECKING:
    from fivefold.core.protocols import Source

__all__ = ["NAMES", "ROWS", "SourceSuite", "sample_rows"]

NAMES = ("code", "size", "word")
"""Columns of the sample table."""
ROWS = 50


def sample_rows(shift: int) -> list[tuple[str, int, str | None]]:
    """Rows of the sample table: a code with leading zeros, a whole number moved by ``shift``, a word or nothing.

    Examples
    --------
    >>> sample_rows(0)[:2]
    [('007', 0, None), ('008', 1, 'Ünit, "1"')]
    """
    return [
        (f"{row + 7:03d}", row + shift, None if row % 5 == 0 else f'Ünit, "{row}"') for row in range(ROWS)
    ]


class SourceSuite:
    """The rules of the seam ``fivefold.sources``; override ``make`` and ``address``.

    Attributes
    ----------
    typed : bool
        Whether the source keeps the type of numbers; otherwise every value may come as text.
    """

    typed: ClassVar[bool] = True

    def make(self) -> Source:
        """Return the source under test."""
        raise NotImplementedError

    def address(self, folder: Path, shift: int) -> object:
        """Put the table of :func:`sample_rows` where the source can find it, and return its address.

        Parameters
        ----------
        folder : Path
            An empty folder that may be used.
        shift : int
        """
        raise NotImplementedError

    def test_it_accepts_its_own_addresses_and_no_others(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            assert self.make().accepts(self.address(Path(folder), 0))
        for other in (None, 42, object(), [1, 2], "no-such-scheme://somewhere"):
            assert not self.make().accepts(other), other

    def test_it_brings_every_row_in_order(self) -> None:
        fetched, table = self._fetch(0)
        assert isinstance(fetched, Fetched)
        assert tuple(table) == NAMES
        wanted = sample_rows(0)
        assert table["code"] == [row[0] for row in wanted]
        assert table["size"] == [str(row[1]) for row in wanted]
        assert table["word"] == [row[2] for row in wanted]

    def test_it_keeps_the_type_of_numbers_if_it_says_so(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            table = read_parquet(self._bring(Path(folder), 0).path)
            assert table["size"].dtype.is_numeric() or not self.typed

    def test_the_digest_tells_contents_apart_and_nothing_else(self) -> None:
        assert self._fetch(0)[0].digest == self._fetch(0)[0].digest
        assert self._fetch(0)[0].digest != self._fetch(1)[0].digest

    def test_the_label_can_be_shown_to_anyone(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            label = self._bring(Path(folder), 0).label
            assert label
            assert "\n" not in label
            assert folder not in label

    def _fetch(self, shift: int) -> tuple[Fetched, dict[str, list[str | None]]]:
        """Fetch the sample table and read it as words."""
        with tempfile.TemporaryDirectory() as folder:
            fetched = self._bring(Path(folder), shift)
            table = read_parquet(fetched.path)
            return fetched, {
                name: [level(value) for value in table[name].to_list()] for name in table.columns
            }

    def _bring(self, folder: Path, shift: int) -> Fetched:
        """Put the table somewhere and fetch it into a folder of its own."""
        (folder / "there").mkdir()
        (folder / "here").mkdir()
        return self.make().fetch(Extract(self.address(folder / "there", shift)), folder / "here")
