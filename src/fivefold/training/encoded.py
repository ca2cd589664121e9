"""Rows as matrices on disk: a fold is encoded once for every fit, the sealed part once for every model that it judges."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.format import open_memmap

from fivefold.core import records
from fivefold.core.protocols import Feature, Sample
from fivefold.runtime.crew import one_thread
from fivefold.runtime.encoder import Encoder
from fivefold.runtime.encoding import EncoderSpec
from fivefold.runtime.frames import clean_frame
from fivefold.training.encoding.fit import Recipe, encode_own_rows, fit_encoder, outputs
from fivefold.training.encoding.rates import inner_folds
from fivefold.training.rows import ALL, NAIVE, WHOLE, class_shares

if TYPE_CHECKING:
    from pathlib import Path

    from fivefold.core.artefacts import Contract
    from fivefold.core.protocols import Floats, Matrix, Member
    from fivefold.core.tables import Frame
    from fivefold.training.rows import TrainingRows

__all__ = ["EncodedFold", "EncodedRows", "encode_fold", "load_encoder", "load_features", "shapes"]

_SPEC, _ARRAYS, _FEATURES = "encoder.json", "encoder.npz", "features.json"
_SLICE = 262_144
"""Rows that are in memory at once."""


@dataclass(frozen=True, slots=True)
class EncodedFold:
    """What the models of a fold learn from and are judged on.

    Attributes
    ----------
    train : Sample
    valid : Sample or None
        None where all rows are learned from.
    """

    train: Sample
    valid: Sample | None

    @classmethod
    def load(cls, folder: Path, *, balanced: bool, most: int = 0) -> EncodedFold:
        """Map a fold's matrices into memory.

        Parameters
        ----------
        folder : Path
        balanced : bool
            Whether classes get weights that make them count the same.
        most : int
            If more than 0, rows to learn from at most, spread evenly and held in memory.
        """
        features = load_features(folder)
        train = _sample(folder, "train", features)
        if 0 < most < train.target.size:
            train = _thinned(train, most)
        valid = _sample(folder, "valid", features) if (folder / "valid.npy").is_file() else None
        if not balanced:
            return cls(train, valid)
        shares = class_shares(train.target, train.weight)
        return cls(_weighted(train, shares), None if valid is None else _weighted(valid, shares))


@dataclass(frozen=True, slots=True)
class EncodedRows:
    """Rows that several models are to answer, encoded once.

    Attributes
    ----------
    path : Path
        Their matrix.
    """

    path: Path

    @classmethod
    def write(cls, frame: Frame, encoder: Encoder, contract: Contract, path: Path) -> EncodedRows:
        """Encode a frame as the service would, a stretch at a time.

        Parameters
        ----------
        frame : Frame
        encoder : Encoder
        contract : Contract
        path : Path
            Written here.
        """
        shape = (frame.height, len(encoder.features))
        values = open_memmap(path, mode="w+", dtype=np.float32, shape=shape)
        for start in range(0, frame.height, _SLICE):
            part = clean_frame(frame.slice(start, _SLICE), contract, strict=True)
            values[start : start + _SLICE] = encoder.encode_frame(part)
        values.flush()
        return cls(path)

    def scores(self, model: Member) -> Floats:
        """What a model answers, shape (rows, outputs); it reads the columns of the encoder that wrote them."""
        values = np.asarray(np.load(self.path, mmap_mode="r"))
        starts = range(0, max(1, len(values)), _SLICE)
        with one_thread():
            return np.concatenate([model.predict(values[start : start + _SLICE]) for start in starts])


def encode_fold(rows: TrainingRows, fold: int, folder: Path) -> None:
    """Fit an encoder on the rows that a fold learns from, and write its matrices and the encoder itself.

    Parameters
    ----------
    rows : TrainingRows
    fold : int
        A fold's number, ``ALL``, or ``WHOLE``.
    folder : Path
        Made here.
    """
    terms = rows.terms
    recipe = Recipe(terms.contract, terms.rates, not terms.split.rolling, terms.seed)
    learned, judged = rows.learned(fold), rows.judged(fold)
    columns, target = rows.columns(learned), rows.target[learned]
    groups = None if rows.groups is None or fold == NAIVE else rows.groups[learned]
    inner, weight = inner_folds(learned.size, groups, terms.seed), rows.weights_at(learned)
    encoder = fit_encoder(columns, target, inner, recipe, weight)
    folder.mkdir(parents=True)
    if terms.large:
        shape = (columns.height, len(encoder.features))
        values: Matrix = open_memmap(folder / "train.npy", mode="w+", dtype=np.float32, shape=shape)
        encode_own_rows(encoder, columns, target, inner, weight, values)
        del columns, values
    else:
        np.save(folder / "train.npy", encode_own_rows(encoder, columns, target, inner, weight))
    _write(folder, "train", target, weight)
    if fold not in {ALL, WHOLE}:
        np.save(folder / "valid.npy", encoder.encode_frame(rows.picked(judged)))
        _write(folder, "valid", rows.target[judged], rows.weights_at(judged))
    (folder / _SPEC).write_bytes(records.dump(encoder.spec))
    np.savez(folder / _ARRAYS, allow_pickle=False, **encoder.arrays)
    (folder / _FEATURES).write_text(json.dumps([asdict(feature) for feature in encoder.features]))


def load_encoder(folder: Path, contract: Contract) -> Encoder:
    """Read the encoder of a fold."""
    spec = records.load(EncoderSpec, (folder / _SPEC).read_bytes(), label="The encoder of a fold")
    with np.load(folder / _ARRAYS, allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    return Encoder(spec, arrays, outputs(contract))


def load_features(folder: Path) -> tuple[Feature, ...]:
    """Read what the columns of a fold's matrices are."""
    return tuple(Feature(**feature) for feature in json.loads((folder / _FEATURES).read_text()))


def shapes(folder: Path) -> tuple[int, int, int]:
    """Return how many rows a fold learns from, how many it is judged on, and how many columns its matrices have."""
    train, valid = folder / "train.npy", folder / "valid.npy"
    rows, columns = np.load(train, mmap_mode="r").shape
    return rows, len(np.load(valid, mmap_mode="r")) if valid.is_file() else 0, columns


def _write(folder: Path, name: str, target: Floats, weight: Floats | None) -> None:
    """Write what a sample has beside its matrix; weights are 1 on average."""
    np.save(folder / f"{name}_target.npy", target)
    if weight is not None:
        np.save(folder / f"{name}_weight.npy", weight / weight.mean())


def _sample(folder: Path, name: str, features: tuple[Feature, ...]) -> Sample:
    """Read a sample; the matrix stays on disk until it is looked at."""
    values = np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r"))
    told = folder / f"{name}_weight.npy"
    weight = np.load(told) if told.is_file() else None
    return Sample(values, features, np.load(folder / f"{name}_target.npy"), weight)


def _thinned(sample: Sample, most: int) -> Sample:
    """So many rows of a sample, spread evenly."""
    rows = np.arange(most) * sample.target.size // most
    weight = None if sample.weight is None else sample.weight[rows] / sample.weight[rows].mean()
    return Sample(sample.values[rows], sample.features, sample.target[rows], weight)


def _weighted(sample: Sample, shares: Floats) -> Sample:
    """Give each row the weight of its class besides its own; a class without training rows weighs 1."""
    places = sample.target.astype(np.intp)
    weights = np.ones(places.size) if sample.weight is None else sample.weight.copy()
    known = places < shares.size
    weights[known] *= shares[places[known]]
    return Sample(sample.values, sample.features, sample.target, weights)
