"""What the platform refuses, in the form in which Google's services say so."""

from __future__ import annotations

from typing import Any

__all__ = ["RefusalError"]

_CODES = {
    "INVALID_ARGUMENT": (400, 3),
    "FAILED_PRECONDITION": (400, 9),
    "UNAUTHENTICATED": (401, 16),
    "PERMISSION_DENIED": (403, 7),
    "NOT_FOUND": (404, 5),
    "ALREADY_EXISTS": (409, 6),
    "RESOURCE_EXHAUSTED": (429, 8),
    "INTERNAL": (500, 13),
    "UNAVAILABLE": (503, 14),
    "DEADLINE_EXCEEDED": (504, 4),
}


class RefusalError(Exception):
    """A request or an operation that is refused.

    Parameters
    ----------
    status : str
        Such as ``NOT_FOUND``.
    message : str
    reason : str
        Of the ``ErrorInfo`` among the details; none if empty.
    """

    def __init__(self, status: str, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason

    @property
    def http(self) -> int:
        """Status of HTTP."""
        return _CODES[self.status][0]

    def reply(self) -> dict[str, Any]:
        """Return the body of a refused request."""
        return {
            "error": {
                "code": self.http,
                "message": str(self),
                "status": self.status,
                "details": self._details(),
            }
        }

    def outcome(self) -> dict[str, Any]:
        """Return it as the error of an operation, a ``google.rpc.Status``."""
        return {"code": _CODES[self.status][1], "message": str(self), "details": self._details()}

    def _details(self) -> list[dict[str, Any]]:
        """The reason, for programs."""
        if not self.reason:
            return []
        kind = "type.googleapis.com/google.rpc.ErrorInfo"
        return [{"@type": kind, "reason": self.reason, "domain": "googleapis.com"}]
