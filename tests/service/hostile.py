"""A bundle whose names and words try to break out of whatever page they are shown on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fivefold.core.artefacts import Column, ColumnReference, Contract, Reference
from fivefold.runtime.bundle import BundleMember, Golden, load_bundle, write_bundle
from fivefold.runtime.encoder import Encoder
from fivefold.runtime.encoding import CodePart, EncoderSpec, NumberPart
from fivefold.runtime.members.linear import CodeTerm, LinearSpec, NumberTerm

if TYPE_CHECKING:
    from fivefold.runtime.predictor import Json

SCRIPT = "<script>document.title='broken'</script>"
QUOTE = '"\' onfocus="document.title=\'broken\'" autofocus x="'
IMAGE = "</select></textarea><img src=x onerror=\"document.title='broken'\">"
PROTO = "__proto__"
ROW: dict[str, Json] = {SCRIPT: 3, QUOTE: 4.5, "a/b~c %": IMAGE, PROTO: f"{SCRIPT}{IMAGE}"}
_COLUMNS = (
    Column(SCRIPT, "number", "integer", nullable=False, minimum=1.0, maximum=9.0, form=SCRIPT),
    Column(QUOTE, "number", "number", nullable=False, minimum=0.0, maximum=10.0),
    Column("a/b~c %", "category", "string", nullable=True, categories=(IMAGE, QUOTE)),
    Column(PROTO, "text", "string", nullable=True),
)
_SKETCH = (
    ColumnReference(SCRIPT, 2, 0, (3.0,), (), (1, 1)),
    ColumnReference(QUOTE, 2, 0, (4.5,), (), (1, 1)),
    ColumnReference("a/b~c %", 2, 0, (), (IMAGE, QUOTE), (1, 1, 0)),
    ColumnReference(PROTO, 2, 0, (2.0,), (), (1, 1)),
)


def hostile_bundle(folder: Path) -> Path:
    """Write it; its answer to :data:`ROW` is the class that is called :data:`IMAGE`."""
    encoder = Encoder(
        EncoderSpec((NumberPart(SCRIPT), NumberPart(QUOTE), CodePart("a/b~c %", (IMAGE, QUOTE)))),
        {},
        outputs=1,
    )
    number = NumberTerm(mean=1.0, scale=2.0, fill=1.0, weights=(0.5,), missing=(0.0,))
    code = CodeTerm(((0.4,), (0.2,), (0.0,)), missing=(0.0,))
    linear = LinearSpec(link="logistic", intercept=(0.25,), terms=(number, number, code))
    contract = Contract(f"the {SCRIPT}", "binary", (SCRIPT, IMAGE), IMAGE, _COLUMNS)
    golden: tuple[Golden, ...] = ()
    for _ in range(2):  # once to be asked, and once with its answer
        write_bundle(
            folder,
            contract=contract,
            encoder=encoder,
            members=[BundleMember("linear", "linear", 1.0, linear.payload())],
            metric="accuracy",
            reference=Reference(_SKETCH, ColumnReference("(score)", 2, 0, (0.5,), (), (1, 1))),
            golden=golden,
        )
        predictor = load_bundle(folder)
        golden = (Golden(ROW, predictor.answer(predictor.read([ROW]))[0]),)
    return folder
