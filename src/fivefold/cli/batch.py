"""``predict --on``: rows that are answered by a platform's own machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.cli.console import Bar, say
from fivefold.core import records
from fivefold.core.artefacts import Model
from fivefold.core.errors import SettingsError
from fivefold.core.orders import Bundle
from fivefold.deployment.batch import Batch, BatchAnswers, batch_lines, plan_batch, predict_batch
from fivefold.report.language import plural
from fivefold.runtime.bundle import load_bundle
from fivefold.workflow import resume

if TYPE_CHECKING:
    from fivefold.core.settings import Settings
    from fivefold.core.workbench import Workbench
    from fivefold.deployment.batch import BatchPlan

__all__ = ["check_here", "predict_elsewhere"]


def predict_elsewhere(run: str, batch: Batch, settings: Settings, *, only_plan: bool, as_json: bool) -> None:
    """Have the rows answered at the target that the settings name, or only say what that would make and cost."""
    with Bar() as bar, resume(run, settings, progress=bar) as journey:
        model, order, target = journey.run.need("train", Model), journey.settings.order, settings.deploy
        folder = model.folder / "bundle"
        bundle = Bundle(folder, model.header.digest, load_bundle(folder).contract)

        def charged(money: float) -> None:
            journey.stages.charge("predict", money)
            journey.report()

        def work(bench: Workbench) -> BatchPlan | BatchAnswers:
            if only_plan:
                return plan_batch(bundle, bench, batch, target=target, order=order)
            return predict_batch(bundle, bench, batch, target=target, order=order, charged=charged)

        found = journey.stages.try_out("deploy", work)
    if as_json:
        say(records.dump(found).decode().rstrip())
    elif isinstance(found, BatchAnswers):
        refused = f", {found.refused} refused" if found.refused else ""
        say(f"{plural(found.answered, 'row')} scored{refused}: {found.address}")
    else:
        for line in batch_lines(found):
            say(line)


def check_here(**given: object) -> None:
    """Refuse flags that mean nothing on this machine, or nothing elsewhere.

    Raises
    ------
    SettingsError
        Naming them.
    """
    named = [f"--{name}" for name, value in given.items() if value]
    if named:
        raise SettingsError(
            "Flags of 'predict' do not go together",
            seen=", ".join(named),
            expected="--money, --set and --plan with --on; --coverage and --columns without it",
            todo="leave them out",
        )
