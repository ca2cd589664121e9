"""What went wrong, and what could not be undone after it: a person is told both, and how it is done by hand."""

from __future__ import annotations

from fivefold.core.errors import FivefoldError, StepError, UnhealthyError

__all__ = ["not_undone"]


def not_undone(
    cause: BaseException, undone: StepError, kept: str, by_hand: str
) -> StepError | UnhealthyError:
    """Return the error for what could not be undone; it ends a command like its cause.

    Parameters
    ----------
    cause : BaseException
        What went wrong first.
    undone : StepError
        Why the platform did not undo it.
    kept : str
        What is as it should not be, as ``the traffic could not be set back``.
    by_hand : str
        The command of the platform's own client.
    """
    first = cause if isinstance(cause, FivefoldError) else StepError("The deployment was interrupted")
    kind = UnhealthyError if isinstance(cause, UnhealthyError) else type(undone)
    return kind(
        f"{first.what}; and {kept}",
        seen=f"{first.seen or type(cause).__name__}; then: {undone.what}: {undone.seen}",
        expected=first.expected,
        todo="fivefold deploy RUN --resume undoes it first and then begins anew; fivefold undeploy RUN takes the model away; "
        f"by hand: {by_hand}",
        code=first.code if first is cause else undone.code,
    )
