"""The leash: a pipe by which a service notices that whoever starts it has died half-way, and ends.

Whatever ends the deploying process, be it an error, Ctrl-C or ``kill -9``, closes the pipe; only a deployment that is
whole lets the service go.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Leash"]


class Leash:
    """A context: what is held when it ends, ends too.

    Attributes
    ----------
    end : int
        Descriptor for the process that is held.
    """

    def __init__(self) -> None:
        self.end, self._hand = os.pipe()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End what is held, unless it was let go."""
        os.close(self.end)
        os.close(self._hand)

    def let_go(self) -> None:
        """Let the held process live on by itself."""
        os.write(self._hand, b"!")
