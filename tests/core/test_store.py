"""The store: whole or not there, found by name, safe for two at once."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from fivefold.core import records
from fivefold.core.artefacts import CheckResult, Health, Model, Release
from fivefold.core.errors import ArtefactError, InputError, MisuseError, StepError
from fivefold.core.store import Run, Store, write_atomically

HEALTH = Health(
    "healthy", ("all well",), (CheckResult("drift", "healthy", "none", {"rows": 3}),), 3, 0, "", ""
)


def commit(run: Run, key: str = "key", text: str = "payload") -> None:
    with run.workplace("monitor") as (folder, _):
        (folder / "notes").mkdir()
        (folder / "notes" / "a.txt").write_text(text)
        run.commit("monitor", HEALTH, folder, key=key, parents={"Model": "sha256:1"}, seconds=1.5)


def test_an_artefact_comes_back_as_it_was(tmp_path: Path) -> None:
    run = Store(tmp_path).open("abc")
    commit(run)
    stored = run.need("monitor", Health)
    assert stored.body == HEALTH
    assert stored.header.kind == "Health"
    assert stored.header.parents == {"Model": "sha256:1"}
    assert list(stored.header.payloads) == ["notes/a.txt"]
    assert (stored.folder / "notes" / "a.txt").read_text() == "payload"


def test_the_digest_speaks_of_content_not_of_time(tmp_path: Path) -> None:
    first, second, other = (Store(tmp_path).open(name) for name in ("a", "b", "c"))
    commit(first)
    commit(second)
    commit(other, text="something else")
    digests = [run.need("monitor", Health).header.digest for run in (first, second, other)]
    assert digests[0] == digests[1] != digests[2]


def test_another_key_is_not_the_same_work(tmp_path: Path) -> None:
    run = Store(tmp_path).open("abc")
    commit(run, key="one")
    assert run.get("monitor", Health, key="two") is None
    commit(run, key="two", text="newer")
    stored = run.get("monitor", Health, key="two")
    assert stored is not None
    assert (stored.folder / "notes" / "a.txt").read_text() == "newer"


def test_nothing_is_left_of_a_step_that_fails(tmp_path: Path) -> None:
    run = Store(tmp_path).open("abc")
    with pytest.raises(FileNotFoundError), run.workplace("monitor") as (folder, _):
        shutil.copy(folder / "none.txt", folder / "half.txt")
    assert run.get("monitor", Health) is None
    assert not (tmp_path / ".work").exists()


DIES_IN_THE_MIDDLE = """
import os, signal, sys
from pathlib import Path
from fivefold.core.store import Store
run = Store(Path(sys.argv[1])).open("abc")
with run.lock(1), run.workplace("monitor") as (folder, _):
    (folder / "half.txt").write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_process_leaves_nothing_that_looks_whole_and_no_lock(tmp_path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", DIES_IN_THE_MIDDLE, str(tmp_path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    run = Store(tmp_path).open("abc")
    assert run.get("monitor", Health) is None
    with run.lock(0):
        assert not list((tmp_path / ".work").glob("*"))


def test_a_process_that_was_killed_between_the_old_and_the_new_loses_neither(tmp_path: Path) -> None:
    run, other = Store(tmp_path).open("abc"), Store(tmp_path).open("other")
    commit(run, key="one")
    commit(other, key="two", text="newer")
    place = tmp_path / ".work" / "abc-monitor-x1y2z3"
    place.mkdir(parents=True)
    (run.folder / "monitor").rename(
        place / "aside"
    )  # so far came the process that was to put the new one there
    (other.folder / "monitor").rename(place / "payload")
    with run.lock():
        stored = run.get("monitor", Health, key="two")
    assert stored is not None
    assert (stored.folder / "notes" / "a.txt").read_text() == "newer"
    assert not list((tmp_path / ".work").glob("abc-*"))


def test_a_workplace_goes_with_the_process_that_holds_it_and_not_before(tmp_path: Path) -> None:
    code = "import os, sys, time; from pathlib import Path; from fivefold.core.store import Store\n"
    code += f"with Store(Path({str(tmp_path)!r})).workplace() as place:\n"
    code += "    (place / 'table').touch(); print(place, flush=True); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        theirs = Path(other.stdout.readline().strip())
        with Store(tmp_path).workplace() as ours:
            assert list(ours.iterdir()) == []
            assert (theirs / "table").exists()
        other.kill()
    with Store(tmp_path).workplace():
        assert not theirs.exists()
    assert not (tmp_path / ".work").exists()


def test_one_may_end_in_the_moment_in_which_another_begins(tmp_path: Path) -> None:
    run = Store(tmp_path).open("abc")
    failed: list[OSError] = []

    def work() -> None:
        for _ in range(40):
            try:
                with run.workplace("x"), Store(tmp_path).workplace():
                    pass
            except OSError as error:
                failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert not (tmp_path / ".work").exists()


def test_two_cannot_work_on_one_run_at_once(tmp_path: Path) -> None:
    run = Store(tmp_path).open("abc")
    with run.lock(1), pytest.raises(MisuseError, match="Another process works on run 'abc'"), run.lock(0):
        pass


def test_what_fails_on_a_run_names_it_where_the_advice_has_a_command(tmp_path: Path) -> None:
    run = Store(tmp_path).open("abc")
    for place in (lambda: run.lock(1), lambda: run.workplace("deploy")):
        with pytest.raises(StepError) as caught, place():
            raise StepError("It broke off", todo="fivefold deploy RUN --resume; RUN is no command")
        assert caught.value.todo == "fivefold deploy abc --resume; RUN is no command"
        assert "fivefold deploy abc --resume" in repr(caught.value)


def test_runs_are_found_by_folder_short_id_and_latest(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for position, name in enumerate(("abc123", "abd456")):
        run = store.open(name)
        run.write("run.json", {"id": name})
        os.utime(run.folder / "run.json", ns=(position * 10**9, position * 10**9))
    assert store.find("latest").id == "abd456"
    assert store.find("abc").id == "abc123"
    assert store.find(str(tmp_path / "abd456")).id == "abd456"
    with pytest.raises(InputError, match="More than one run begins with 'ab'"):
        store.find("ab")
    with pytest.raises(InputError, match="There is no run 'zzz'"):
        store.find("zzz")


def test_an_empty_store_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no run 'latest'"):
        Store(tmp_path / "nothing").find("latest")


def test_a_damaged_manifest_is_named(tmp_path: Path) -> None:
    run = Store(tmp_path).open("abc")
    commit(run)
    manifest = run.folder / "monitor" / "manifest.json"
    document = json.loads(manifest.read_text())
    del document["body"]["verdict"]
    manifest.write_text(json.dumps(document))
    with pytest.raises(ArtefactError, match=r"verdict"):
        run.get("monitor", Health)
    manifest.write_text("{")
    with pytest.raises(ArtefactError, match=r"manifest\.json"):
        run.get("monitor", Health)


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    run = Store(tmp_path).open("abc")
    commit(run)
    manifest = run.folder / "monitor" / "manifest.json"
    document = json.loads(manifest.read_text())
    document["header"]["format"] = 99
    manifest.write_text(json.dumps(document))
    with pytest.raises(ArtefactError, match="format 99"):
        run.get("monitor", Health)


def test_a_missing_step_names_the_command_that_makes_it(tmp_path: Path) -> None:
    run = Store(tmp_path).open("abc")
    for step in ("research", "data", "train"):
        (run.folder / step).mkdir()
        (run.folder / step / "manifest.json").touch()
    with pytest.raises(MisuseError, match="fivefold deploy abc"):
        run.need("deploy", Release)


def test_of_several_missing_steps_the_first_is_named(tmp_path: Path) -> None:
    run = Store(tmp_path).open("abc")
    with pytest.raises(MisuseError, match="fivefold run TABLE --target COLUMN"):
        run.need("train", Model)  # 'fivefold research abc' would take the run for a table
    (run.folder / "research").mkdir()
    (run.folder / "research" / "manifest.json").touch()
    with pytest.raises(MisuseError, match="fivefold data abc"):
        run.need("train", Model)


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="permissions do not bind the superuser"
)
def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="cannot be written"):
        Store(tmp_path / "runs").open("abc")


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file")
    with pytest.raises(InputError, match="cannot be written"):
        Store(tmp_path / "runs").open("abc")
    with pytest.raises(InputError, match="cannot be written"), Store(tmp_path / "runs").workplace():
        pass


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    write_atomically(path, b"old")
    with pytest.raises(TypeError):
        write_atomically(path, "no bytes")  # type: ignore[arg-type]
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file.json"]


def test_records_round_trip_and_describe_themselves() -> None:
    assert records.load(Health, records.dump(HEALTH), label="health") == HEALTH
    assert set(records.schema(Health)["required"]) >= {"verdict", "reasons"}
    assert records.digest({"b": 1, "a": 2}) == records.digest({"a": 2, "b": 1})
