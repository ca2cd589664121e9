"""The conformance suite of the ``Target`` seam: what a run relies on, wherever its model is carried to.

Subclass it in a test module, say what is to be tested, and pytest collects the rest::

    class TestMyTarget(TargetSuite):
        starts = True

        def make(self) -> Target:
            return MyTarget()
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from fivefold.core import records
from fivefold.core.artefacts import Column, ColumnReference, Contract, Reference, Release, Task
from fivefold.core.budget import Budget
from fivefold.core.clock import Deadline
from fivefold.core.errors import FivefoldError
from fivefold.core.protocols import Bundle
from fivefold.core.workbench import Silence, Workbench
from fivefold.runtime.bundle import BundleMember, Golden, load_bundle, write_bundle
from fivefold.runtime.certainty import COVERAGE, IntervalTable, SetTable
from fivefold.runtime.encoder import Encoder
from fivefold.runtime.encoding import CodePart, EncoderSpec, NumberPart
from fivefold.runtime.judgement import Judgement
from fivefold.runtime.members.linear import CodeTerm, LinearSpec, NumberTerm
from fivefold.service.golden import TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fivefold.core.protocols import Target
    from fivefold.runtime.predictor import Json

__all__ = ["TargetSuite", "tiny_bundle", "tiny_workbench"]

_CITIES = ("Oslo", "Rome")
_CLASSES: dict[Task, tuple[str, ...]] = {
    "binary": ("no", "yes"),
    "multiclass": ("high", "low", "middle"),
    "regression": (),
}
_COLUMNS = (
    Column("age", "number", "integer", nullable=False, minimum=18.0, maximum=90.0),
    Column("price", "number", "number", nullable=True, minimum=0.0, maximum=100.0),
    Column("member", "boolean", "boolean", nullable=True),
    Column("city", "category", "string", nullable=True, categories=_CITIES),
    Column("joined", "date", "datetime", nullable=True),
)
_ROWS: tuple[dict[str, Json], ...] = (
    {"age": 31, "price": 9.5, "member": True, "city": "Oslo", "joined": "2016-04-29T18:38:08Z"},
    {"age": 54, "price": None, "member": False, "city": "Paris", "joined": None},
    {"age": 18, "price": 77.25, "member": None, "city": None, "joined": "1999-12-31T00:00:00Z"},
)
_SKETCH = (
    ColumnReference("age", 3, 0, (18.0, 31.0), (), (1, 1, 1)),
    ColumnReference("price", 3, 1, (9.5,), (), (1, 1)),
    ColumnReference("member", 3, 1, (), ("false", "true"), (1, 1, 0)),
    ColumnReference("city", 3, 1, (), ("Oslo", "Paris"), (1, 1, 0)),
    ColumnReference("joined", 3, 1, (946598400.0,), (), (1, 1)),
)
_SECONDS = 30.0


def tiny_bundle(folder: Path, *, task: Task = "binary", bias: float = 0.25) -> Bundle:
    """Write a small whole bundle with one linear member and three golden rows.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    task : Task
    bias : float
        Added to all scores but the first; another one makes another version.
    """
    classes = _CLASSES[task]
    outputs = max(1, len(classes) if task == "multiclass" else 1)
    parts = (NumberPart("age"), NumberPart("price"), NumberPart("member"), CodePart("city", _CITIES))
    encoder = Encoder(EncoderSpec(parts), {}, outputs=1)
    weights = tuple(0.2 + place / 10 for place in range(outputs))
    number = NumberTerm(mean=10.0, scale=20.0, fill=10.0, weights=weights, missing=weights)
    code = CodeTerm(tuple(weights for _ in range(len(_CITIES) + 1)), missing=weights)
    links = {"binary": "logistic", "multiclass": "softmax", "regression": "identity"}
    linear = LinearSpec(
        link=links[task],  # type: ignore[arg-type]  # one of the three
        intercept=tuple(bias * (place + 1) for place in range(outputs)),
        terms=(number, number, number, code),
    )
    contract = Contract(
        "spent" if task == "regression" else "shown",
        task,
        classes,
        "yes" if task == "binary" else None,
        _COLUMNS,
        target_kind="string" if classes else "number",
    )
    bundle = _Draft(folder, contract, encoder, linear)
    bundle.write(())
    bundle.write(tuple(bundle.golden()))
    return Bundle(folder, records.file_digest(folder / "bundle.json"), contract)


@dataclass(frozen=True, slots=True)
class _Draft:
    """A bundle that is being written: once to be asked, and once with its answers."""

    folder: Path
    contract: Contract
    encoder: Encoder
    linear: LinearSpec

    def write(self, golden: tuple[Golden, ...]) -> None:
        """Write it with these golden rows."""
        write_bundle(
            self.folder,
            contract=self.contract,
            encoder=self.encoder,
            members=[BundleMember("linear", "linear", 1.0, self.linear.payload())],
            metric="rmse" if self.contract.task == "regression" else "accuracy",
            reference=Reference(_SKETCH, ColumnReference("(score)", 3, 0, (0.5,), (), (1, 2))),
            golden=golden,
            judgement=self._judgement(),
        )

    def _judgement(self) -> Judgement:
        """Say how sure every answer is, by round figures."""
        if self.contract.task == "regression":
            return Judgement(intervals=IntervalTable((COVERAGE,), (0.0,), ((-1.0,),), ((1.0,),)))
        return Judgement(sets=SetTable((COVERAGE,), ((0.2,) * len(self.contract.classes),)))

    def golden(self) -> Iterator[Golden]:
        """Ask what was written for its answers."""
        predictor = load_bundle(self.folder)
        for row in _ROWS:
            yield Golden(row, predictor.answer(predictor.read([row]))[0])


def tiny_workbench(folder: Path, *, seconds: float = _SECONDS) -> Workbench:
    """Make a workbench inside a folder, with so much time."""
    for name in ("payload", "scratch", "live"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    return Workbench(
        folder=folder / "payload",
        scratch=folder / "scratch",
        live=folder / "live",
        deadline=Deadline.after(seconds),
        budget=Budget(time=seconds, memory=10**9, cores=1),
        seed=0,
        progress=Silence(),
    )


class TargetSuite:
    """The rules of the seam ``fivefold.targets``; subclass it and override ``make``.

    Attributes
    ----------
    starts : bool
        Whether the target starts something that runs until it is stopped.
    """

    starts: ClassVar[bool]

    def make(self) -> Target:
        """Return the target under test."""
        raise NotImplementedError

    def test_a_release_was_verified_and_can_be_stopped_once(self, tmp_path: Path) -> None:
        """Its golden rows were played, its status is true before and after, and stopping says whether anything ran."""
        bundle = tiny_bundle(tmp_path / "bundle")
        target = self.make()
        release = target.deploy(bundle, tiny_workbench(tmp_path), 0)
        try:
            assert release.bundle_digest == load_bundle(bundle.folder).version
            assert release.golden.rows == len(_ROWS)
            assert release.golden.max_difference <= TOLERANCE
            assert 0 < release.golden.p50_ms <= release.golden.p95_ms
            assert release.golden.example == _ROWS[0]
            assert target.status(release) == ("ready" if self.starts else "not started")
        finally:
            stopped = target.stop(release)
        assert stopped is self.starts
        assert target.status(release) == ("stopped" if self.starts else "not started")
        assert target.stop(release) is False

    def test_a_release_can_be_kept_and_read_back(self, tmp_path: Path) -> None:
        """Another process can ask for its status and stop it, knowing only what the store keeps."""
        bundle = tiny_bundle(tmp_path / "bundle", task="regression")
        release = self.make().deploy(bundle, tiny_workbench(tmp_path), 0)
        again = records.load(Release, records.dump(release), label="a release")
        assert self.make().stop(again) is self.starts
        assert again == release

    def test_a_damaged_bundle_is_refused(self, tmp_path: Path) -> None:
        """Nothing is released that is not what training wrote."""
        bundle = tiny_bundle(tmp_path / "bundle")
        with (bundle.folder / "golden.json").open("ab") as stream:
            stream.write(b" ")
        said = ""
        try:
            self.make().stop(self.make().deploy(bundle, tiny_workbench(tmp_path), 0))
        except FivefoldError as error:
            said = str(error)
        assert "golden.json" in said

    def test_the_bundle_is_left_as_it_was(self, tmp_path: Path) -> None:
        """What was trained is not touched, so that it can be deployed again elsewhere."""
        bundle = tiny_bundle(tmp_path / "bundle", task="multiclass")
        before = _contents(bundle.folder)
        release = self.make().deploy(replace(bundle), tiny_workbench(tmp_path), 0)
        self.make().stop(release)
        assert _contents(bundle.folder) == before


def _contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
