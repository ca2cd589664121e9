"""The conformance suite of the ``Target`` seam: what a run relies on, wherever its model is carried to.

Subclass it in a test module, say what is to be tested, and pytest collects the rest::

    class TestMyTarget(TargetSuite):
        standing = "ready"

        def make(self) -> Target:
            return MyTarget()

        def inventory(self, live: Path) -> Collection[str]:
            return [...]  # all that stands there
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar
from unittest import SkipTest

from fivefold.core import records
from fivefold.core.artefacts import Column, ColumnReference, Contract, Reference, Release, Task
from fivefold.core.budget import Budget
from fivefold.core.clock import Deadline
from fivefold.core.errors import FivefoldError
from fivefold.core.orders import Bundle, Order
from fivefold.core.workbench import Silence, Workbench
from fivefold.runtime.bundle import BundleMember, Golden, load_bundle, write_bundle
from fivefold.runtime.certainty import COVERAGE, IntervalTable, SetTable
from fivefold.runtime.encoder import Encoder
from fivefold.runtime.encoding import CodePart, EncoderSpec, NumberPart
from fivefold.runtime.judgement import Judgement
from fivefold.runtime.members.linear import CodeTerm, LinearSpec, NumberTerm
from fivefold.service.golden import TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from contextlib import AbstractContextManager
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
    """The rules of the seam ``fivefold.targets``; subclass it and override ``make`` and ``inventory``.

    Attributes
    ----------
    standing : str
        What ``status`` says of a release that is whole: ``ready`` of one that answers; ``built`` or ``not started`` of one that
        is not for the target to start.
    gone : str
        What it says once the release is removed: ``stopped``, or ``not started`` where nothing ever stood.
    order : Order
        What the target is told.
    seconds : float
        Time for one push.
    """

    standing: ClassVar[str]
    gone: ClassVar[str] = "stopped"
    order: ClassVar[Order] = Order()
    seconds: ClassVar[float] = _SECONDS

    def make(self) -> Target:
        """Return the target under test."""
        raise NotImplementedError

    def inventory(self, live: Path) -> Collection[str]:
        """Return all that stands at the target for the run with this live folder, by any names."""
        raise NotImplementedError

    def faults(self) -> Sequence[AbstractContextManager[object]]:
        """Return contexts inside which a push breaks off, each at another place; none where it cannot be interrupted."""
        return ()

    def test_a_plan_makes_nothing(self, tmp_path: Path) -> None:
        """It says what will be made and what that costs, and leaves no trace."""
        bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path, seconds=self.seconds)
        before = set(self.inventory(bench.live))
        plan = self.make().plan(bundle, bench, self.order)
        assert plan.monthly >= 0.0
        assert bool(plan.makes) is (self.standing != self.gone)
        assert set(self.inventory(bench.live)) == before
        assert list(bench.live.iterdir()) == []

    def test_an_option_that_means_nothing_is_named(self, tmp_path: Path) -> None:
        """Nothing is made with a slip of the pen in it."""
        bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path, seconds=self.seconds)
        slip = replace(self.order, options={**self.order.options, "colour_of_the_sky": "grey"})
        for verb in (self.make().plan, self.make().push):
            said = ""
            try:
                verb(bundle, bench, slip)
            except FivefoldError as error:
                said = str(error)
            assert "colour_of_the_sky" in said

    def test_a_release_was_verified_and_can_be_removed_once(self, tmp_path: Path) -> None:
        """Its golden rows were played, its status is true before and after, and removing says whether anything stood."""
        bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path, seconds=self.seconds)
        target = self.make()
        before = set(self.inventory(bench.live))
        release = target.push(bundle, bench, self.order)
        try:
            assert release.bundle_digest == load_bundle(bundle.folder).version
            assert release.golden.rows == len(_ROWS)
            assert release.golden.max_difference <= TOLERANCE
            assert 0 < release.golden.p50_ms <= release.golden.p95_ms
            assert release.golden.example == _ROWS[0]
            assert target.status(release) == self.standing
            assert bool(release.resources) is (self.standing != self.gone)
        finally:
            removed = target.remove(release, bench.live)
        assert removed is (self.standing != self.gone)
        assert target.status(release) == self.gone
        assert set(self.inventory(bench.live)) == before
        assert target.remove(release, bench.live) is False

    def test_what_stands_is_kept(self, tmp_path: Path) -> None:
        """The same bundle and order again make nothing new."""
        bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path, seconds=self.seconds)
        first = self.make().push(bundle, bench, self.order)
        try:
            stands = set(self.inventory(bench.live))
            second = self.make().push(bundle, bench, self.order)
            assert second.resources == first.resources
            assert (second.address, second.bundle_digest) == (first.address, first.bundle_digest)
            assert set(self.inventory(bench.live)) == stands
        finally:
            self.make().remove(first, bench.live)

    def test_one_that_broke_off_is_completed_or_removed(self, tmp_path: Path) -> None:
        """Wherever it broke off: the same again completes it, and removing leaves nothing."""
        if not self.faults():
            reason = "this target makes nothing that could be left half made"
            raise SkipTest(reason)
        for place in range(2 * len(self.faults())):
            folder = tmp_path / str(place)
            bundle, bench = tiny_bundle(folder / "bundle"), tiny_workbench(folder, seconds=self.seconds)
            before = set(self.inventory(bench.live))
            self._break_off(place // 2, bundle, bench)
            if place % 2:
                release = self.make().push(bundle, bench, self.order)
                assert self.make().status(release) == self.standing
                assert self.make().remove(release, bench.live)
            else:
                self.make().remove(None, bench.live)
            assert set(self.inventory(bench.live)) == before

    def _break_off(self, place: int, bundle: Bundle, bench: Workbench) -> None:
        """Push, and see it fail."""
        broke = False
        try:
            with self.faults()[place]:
                self.make().push(bundle, bench, self.order)
        except (FivefoldError, OSError, KeyboardInterrupt):
            broke = True
        assert broke

    def test_a_release_can_be_kept_and_read_back(self, tmp_path: Path) -> None:
        """Another process can ask for its status and remove it, knowing only what the store keeps."""
        bundle, bench = (
            tiny_bundle(tmp_path / "bundle", task="regression"),
            tiny_workbench(tmp_path, seconds=self.seconds),
        )
        release = self.make().push(bundle, bench, self.order)
        again = records.load(Release, records.dump(release), label="a release")
        assert self.make().remove(again, bench.live) is (self.standing != self.gone)
        assert again == release

    def test_a_damaged_bundle_is_refused(self, tmp_path: Path) -> None:
        """Nothing is released that is not what training wrote."""
        bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path, seconds=self.seconds)
        with (bundle.folder / "golden.json").open("ab") as stream:
            stream.write(b" ")
        said = ""
        try:
            self.make().remove(self.make().push(bundle, bench, self.order), bench.live)
        except FivefoldError as error:
            said = str(error)
        assert "golden.json" in said

    def test_the_bundle_is_left_as_it_was(self, tmp_path: Path) -> None:
        """What was trained is not touched, so that it can be deployed again elsewhere."""
        bundle, bench = (
            tiny_bundle(tmp_path / "bundle", task="multiclass"),
            tiny_workbench(tmp_path, seconds=self.seconds),
        )
        before = _contents(bundle.folder)
        release = self.make().push(replace(bundle), bench, self.order)
        self.make().remove(release, bench.live)
        assert _contents(bundle.folder) == before


def _contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
