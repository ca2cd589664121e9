"""LightGBM's own text form, read as plain arrays: for what answers many rows, and for what writes a model in another form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fivefold.runtime.members.forest import Trees, floor32

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from fivefold.core.protocols import Floats

__all__ = ["LightGBMText", "read_text"]

_CATEGORICAL, _DEFAULT_LEFT = 1, 2
_NONE, _NAN = 0, 2
"""How a question takes missing values: as 0, or as missing; a third way, zeros as missing ones, is never trained here."""


@dataclass(frozen=True, slots=True)
class LightGBMText:
    """What a text says.

    Attributes
    ----------
    objective : str
        With its details.
    width, outputs : int
    trees : Trees
    """

    objective: str
    width: int
    outputs: int
    trees: Trees


def read_text(text: bytes) -> LightGBMText | str:
    """Read a model's text, or say what in it is not known here.

    Parameters
    ----------
    text : bytes
        Of ``Booster.model_to_string()``.
    """
    head, _, body = text.partition(b"\nend of trees")[0].partition(b"\nTree=0\n")
    facts = dict(line.partition(b"=")[::2] for line in head.splitlines())
    lines: dict[bytes, list[bytes]] = {}
    for line in body.splitlines():
        name, _, value = line.partition(b"=")
        lines.setdefault(name, []).append(value)
    if b"average_output" in facts:
        return "averaged trees"
    if any(kind.strip() not in {b"", b"0"} for kind in lines.get(b"is_linear", ())):
        return "trees with linear leaves"
    try:
        width, outputs = int(facts[b"max_feature_idx"]) + 1, int(facts[b"num_tree_per_iteration"])
        trees = _trees(lines, width)
    except (KeyError, ValueError, IndexError, OverflowError) as error:
        return f"{type(error).__name__}: {error}"
    if trees is None:
        return "zeros that count as missing values"
    if outputs < 1 or trees.sizes.size % outputs or not trees.whole(width):
        return f"{trees.sizes.size} trees for {outputs} outputs that do not fit together"
    return LightGBMText(facts[b"objective"].decode("utf-8", "replace"), width, outputs, trees)


def _trees(lines: dict[bytes, list[bytes]], width: int) -> Trees | None:
    """Put the trees together; None when zeros count as missing values."""
    sizes = _whole(lines[b"num_leaves"]) - 1
    kinds, feature = _whole(lines[b"decision_type"]), _whole(lines[b"split_feature"])
    threshold = _figures(lines[b"threshold"])
    missing = (kinds >> 2) & 3
    if not np.isin(missing, (_NONE, _NAN)).all():
        return None
    tree = np.repeat(np.arange(sizes.size), sizes)
    questions = np.cumsum(sizes) - sizes
    leaves = questions + np.arange(sizes.size)
    left, right = (
        np.where(below < 0, below - leaves[tree], below + questions[tree])  # ~(leaf + first) is ~leaf - first
        for below in (_whole(lines[name]) for name in (b"left_child", b"right_child"))
    )
    missing_left = np.where(missing == _NAN, (kinds & _DEFAULT_LEFT) > 0, threshold >= 0)
    asked = np.flatnonzero(kinds & _CATEGORICAL)
    sets: dict[tuple[int, bytes], int] = {}
    for node, held in zip(asked.tolist(), _sets(lines, tree[asked], threshold[asked]), strict=True):
        feature[node] = width + sets.setdefault((int(feature[node]), held), len(sets))
    # In the set: to the left, as it is written. Here that is right, since 1 is above a half; nothing is missing.
    left[asked], right[asked] = right[asked], left[asked]
    threshold[asked], missing_left[asked] = 0.5, False
    return Trees(
        sizes=sizes,
        left=left,
        right=right,
        feature=feature,
        threshold=floor32(threshold),
        missing_left=missing_left,
        value=_figures(lines[b"leaf_value"]),
        sets=tuple(
            (code, np.unpackbits(np.frombuffer(held, np.uint8), bitorder="little").astype(np.bool_))
            for code, held in sets
        ),
    )


def _sets(lines: dict[bytes, list[bytes]], trees: NDArray[np.intp], numbers: Floats) -> Iterable[bytes]:
    """The set of each question about categories, one bit each, by its tree and its number there."""
    counts = _whole(lines[b"num_cat"])
    with_sets = np.cumsum(counts > 0) - 1
    bounds = [_whole([line]) for line in lines.get(b"cat_boundaries", [])]
    words = [np.array(line.split(), dtype=np.uint32) for line in lines.get(b"cat_threshold", [])]
    for tree, number in zip(with_sets[trees].tolist(), numbers.astype(np.intp).tolist(), strict=True):
        first, end = bounds[tree][number : number + 2]
        yield words[tree][first:end].astype("<u4").tobytes()


def _whole(lines: Iterable[bytes]) -> NDArray[np.intp]:
    """Read lines of whole numbers as one."""
    return np.array(list(map(int, b" ".join(lines).split())), dtype=np.intp)


def _figures(lines: Iterable[bytes]) -> Floats:
    """Read lines of numbers as one."""
    return np.array(list(map(float, b" ".join(lines).split())), dtype=np.float64)
