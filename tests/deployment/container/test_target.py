"""The target ``container`` by the seam's own rules: put together without an engine, and built by a real one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

import fivefold as ff
from fivefold.core.errors import StepError
from fivefold.core.orders import Bundle, Order
from fivefold.core.protocols import Target
from fivefold.deployment.engine import Engine
from fivefold.deployment.rehearsal.platform import platform_named
from fivefold.deployment.rehearsal.rehearse import rehearse_address, rehearse_image
from fivefold.deployment.targets.container.target import ContainerTarget
from fivefold.runtime.bundle import load_bundle
from fivefold.runtime.manifest import MANIFEST, read_manifest
from fivefold.service.kept_token import READ
from fivefold.testing.containers import BASE, save_base
from fivefold.testing.tables import visits, write_csv
from fivefold.testing.targets import TargetSuite, tiny_bundle, tiny_workbench
from tests.deployment.container.images import tiny_base
from tests.deployment.container.waiting import eventually
from tests.deployment.test_targets import interrupted

WHERE = "fivefold.deployment.targets.container.target"
SECONDS = 300.0
MOST_BYTES, MOST_RESIDENT = 200e6, 100e6


def test_without_an_engine_an_archive_is_made_and_removed(tmp_path: Path) -> None:
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path, seconds=SECONDS)
    order = Order(options={"engine": "archive", "base": str(tiny_base(tmp_path / "base.tar"))})
    release = ContainerTarget().push(bundle, bench, order)
    assert ContainerTarget().status(release) == "built"
    file, reference = Path(release.resources[-1].name), f"fivefold-shown:{release.bundle_digest[7:19]}"
    assert file.parent == bench.live.resolve()
    assert release.notes[:2] == (
        f"load it with: docker load -i live/{file.name} (in the run's folder)",
        f"run it with: docker run --rm --read-only -p 8080:8080 {reference}",
    )
    assert (
        f"it demands a token, which it makes and this prints: docker exec CONTAINER {READ}"
        in release.notes[2]
    )
    assert ContainerTarget().plan(bundle, bench, order).makes == ()
    assert ContainerTarget().remove(release, bench.live)
    assert list(bench.live.iterdir()) == []


@pytest.mark.slow
def test_a_later_bundle_stands_as_well_as_the_first(tmp_path: Path) -> None:
    bench = tiny_workbench(tmp_path, seconds=SECONDS)
    base = str(tiny_base(tmp_path / "base.tar"))
    order = Order(options={"engine": "archive", "base": base, "tag": "latest"})
    ContainerTarget().push(tiny_bundle(tmp_path / "first"), bench, order)
    later = tiny_bundle(tmp_path / "later", bias=0.5)
    ContainerTarget().push(later, bench, order)
    assert ContainerTarget().plan(later, bench, order).makes == ()


@pytest.mark.slow
def test_a_folder_that_was_copied_leaves_what_the_other_one_has(tmp_path: Path) -> None:
    bench = tiny_workbench(tmp_path, seconds=SECONDS)
    order = Order(options={"engine": "archive", "base": str(tiny_base(tmp_path / "base.tar"))})
    release = ContainerTarget().push(tiny_bundle(tmp_path / "bundle"), bench, order)
    shutil.copytree(bench.live, tmp_path / "copy")
    ContainerTarget().remove(release, tmp_path / "copy")
    assert ContainerTarget().status(release) == "built"
    assert ContainerTarget().remove(release, bench.live)


def test_an_image_that_is_not_this_runs_keeps_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command that stands for an engine: it holds one image, of somebody else, and builds nothing."""
    engine = tmp_path / "bin" / "docker"
    engine.parent.mkdir()
    said = tmp_path / "said"
    engine.write_text(
        f'#!/bin/sh\necho "$@" >> {said}\ncase "$1 $4" in\n'
        '  "build "*) exit 1 ;;\n  "image {{.Id}}") echo sha256:1 ;;\n  "image {{index"*) echo "<no value>" ;;\nesac\n'
    )
    engine.chmod(0o755)
    monkeypatch.setenv("PATH", f"{engine.parent}:{os.environ['PATH']}")
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path, seconds=SECONDS)
    order = Order(options={"engine": "docker", "name": "shop/prices", "tag": "1"})
    with pytest.raises(StepError, match="cannot be built"):
        ContainerTarget().push(bundle, bench, order)
    assert ContainerTarget().remove(None, bench.live), "the context was there"
    assert "image rm shop/prices:1" not in said.read_text()
    assert list(bench.live.iterdir()) == []


@pytest.mark.slow
class TestArchive(TargetSuite):
    standing = "built"
    seconds = SECONDS

    @pytest.fixture(autouse=True)
    def _base(self, tmp_path: Path) -> None:
        type(self).order = Order(options={"engine": "archive", "base": str(tiny_base(tmp_path / "base.tar"))})

    def make(self) -> Target:
        return ContainerTarget()

    def inventory(self, live: Path) -> Collection[str]:
        return [path.name for path in live.iterdir()]

    def faults(self) -> Sequence[AbstractContextManager[object]]:
        return [interrupted(f"{WHERE}.{part}") for part in ("write_context", "assemble", "prove_tree")]


@pytest.mark.slow
@pytest.mark.usefixtures("docker_engine")
class TestDocker(TargetSuite):
    standing = "built"
    seconds = SECONDS
    order = Order(options={"engine": "docker"})

    def make(self) -> Target:
        return ContainerTarget()

    def inventory(self, live: Path) -> Collection[str]:
        listed = subprocess.run(
            [
                "docker",
                "images",
                "--filter",
                "label=io.fivefold.bundle",
                "--format",
                "{{.Repository}}:{{.Tag}}",
            ],
            capture_output=True,
            text=True,
            check=True,
        )
        return [*(path.name for path in live.iterdir()), *listed.stdout.split()]

    def faults(self) -> Sequence[AbstractContextManager[object]]:
        return [interrupted(f"{WHERE}.Engine.build"), interrupted(f"{WHERE}.prove_image")]


@pytest.mark.slow
@pytest.mark.usefixtures("docker_engine")
def test_an_image_on_a_whole_base_that_demands_no_token_is_proved_as_well(tmp_path: Path) -> None:
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path, seconds=SECONDS)
    order = Order(options={"engine": "docker", "auth": "none", "base": BASE})
    release = ContainerTarget().push(bundle, bench, order)
    assert release.golden.max_difference == 0.0
    assert ContainerTarget().remove(release, bench.live)


@pytest.mark.slow
@pytest.mark.usefixtures("docker_engine")
def test_an_image_whose_name_another_one_has_stands_no_more(tmp_path: Path) -> None:
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path, seconds=SECONDS)
    order = Order(options={"engine": "docker", "name": "shop/prices", "tag": "1"})
    release = ContainerTarget().push(bundle, bench, order)
    image = release.resources[-1].name
    for name, another, status in (
        ("aside:1", image, "built"),
        (image, BASE, "stopped"),
        (image, "aside:1", "built"),
    ):
        subprocess.run(["docker", "tag", another, name], check=True, capture_output=True)
        assert ContainerTarget().status(release) == status
    assert Engine("docker").remove("aside:1")
    assert ContainerTarget().remove(release, bench.live)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A bundle that was really trained, with LightGBM and CatBoost in it."""
    folder = tmp_path_factory.mktemp("trained")
    project = folder / "fivefold.toml"
    table = write_csv(folder / "visits.csv", visits(2_000))
    project.write_text(
        f'out = "{folder}/runs"\n[question]\nsource = "{table}"\ntarget = "shown"\n[budget]\ntime = "40s"\n'
        '[train]\nfamilies = ["lightgbm", "catboost"]\ndeterministic = true\n'
    )
    from fivefold.core.settings import read_settings

    settings = read_settings({}, config=project, environ={})
    from fivefold.workflow import start

    with start(settings, str(table)) as journey:
        journey.all()
    bundle = ff.load(out=f"{folder}/runs").folder / "train" / "bundle"
    held = {member.kind for member in read_manifest((bundle / MANIFEST).read_bytes()).members}
    assert {"lightgbm", "catboost"} <= held, "the size of an image is stated for a blend of the two"
    return Bundle(bundle, "", load_bundle(bundle).contract)


@pytest.fixture(scope="module")
def image(docker_engine: Path, trained: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An image of it, built and proved; the engine ends with the module."""
    bench = tiny_workbench(tmp_path_factory.mktemp("bench"), seconds=SECONDS)
    release = ContainerTarget().push(trained, bench, Order(options={"engine": "docker"}))
    assert release.golden.max_difference == 0.0
    yield release.resources[-1].name
    assert ContainerTarget().remove(release, bench.live)


@pytest.mark.slow
@pytest.mark.parametrize("platform", ["native", "vertex", "sagemaker", "v2"])
def test_a_real_container_passes_as_every_platform(image: str, platform: str) -> None:
    """Read-only, without any right, as a user that the image does not know."""
    scenes = list(rehearse_image(image, Engine("docker"), platform_named(platform)))
    assert [scene for scene in scenes if scene.state != "passed"] == []
    assert {"start", "known answers", "too large", "silence and recovery", "end"} <= {
        scene.name for scene in scenes
    }


@pytest.mark.slow
def test_a_plain_run_opens_all_doors_to_whoever_has_the_token_that_it_made(image: str) -> None:
    """``docker run -p 8080:8080 IMAGE``, but for the port of this machine, which another test may have."""
    engine = Engine("docker")
    assert engine.label(image, "io.fivefold.auth") == "tokens"
    container = engine.start(image, {}, ["--publish", "127.0.0.1::8080"])
    try:
        said = eventually(lambda: engine.logs(container), lambda said: " ready" in said)
        reading = ["docker", "exec", container, *READ.split()]
        token = subprocess.run(reading, capture_output=True, text=True, timeout=60, check=True).stdout.strip()
        assert READ in said
        assert token not in said
        port = engine.inspect(container, '{{(index (index .NetworkSettings.Ports "8080/tcp") 0).HostPort}}')
        address = f"http://127.0.0.1:{port}"
        for platform in ("native", "sagemaker", "v2"):
            scenes = list(rehearse_address(address, platform_named(platform), token=token))
            assert [scene for scene in scenes if scene.state == "failed"] == []
        with pytest.raises(StepError, match=r"401.*A token is demanded"):
            list(rehearse_address(address, platform_named("native")))
    finally:
        engine.discard(container)


@pytest.mark.slow
def test_only_what_a_service_runs_on_is_in_it(image: str) -> None:
    """Asked of its own Python; scanners read the names of packages, and each has its licence beside it."""
    ask = (
        "import bz2, ctypes, decimal, hashlib, importlib.util, json, lzma, os, shutil, sqlite3, ssl, uuid, zlib, zoneinfo;"
        "zoneinfo.ZoneInfo('Europe/Berlin'); hashlib.sha3_256();"
        "packages = os.listdir('/var/lib/dpkg/status.d'); mode = os.stat('/tmp').st_mode & 0o7777;"
        "bare = [name for name in packages if not os.path.isfile(f'/usr/share/doc/{name}/copyright')];"
        "modules = [name for name in ('pip', 'ensurepip', 'idlelib', 'tkinter') if importlib.util.find_spec(name)];"
        "programs = [name for name in ('sh', 'bash', 'apt-get', 'dpkg', 'pip') if shutil.which(name)];"
        "print(json.dumps([packages, bare, modules, programs, mode]))"
    )
    words = ["docker", "run", "--rm", "--entrypoint", "python3", image, "-c", ask]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    packages, *rest = json.loads(done.stdout)
    assert {"libc6", "libgcc-s1", "libssl3", "libsqlite3-0", "tzdata"} <= set(packages)
    assert rest == [[], [], [], 0o1777]


@pytest.mark.slow
def test_it_ends_where_it_is_told_to_make_no_token(image: str) -> None:
    words = ["docker", "run", "--rm", "-e", "FIVEFOLD_SERVE_MAKE_TOKEN=0", image]
    refused = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert refused.returncode == 2
    assert "without a token" in refused.stderr


@pytest.mark.slow
def test_it_is_small_gets_healthy_and_logs_to_standard_output(image: str) -> None:
    """By the health check in the image, asked every second instead of every thirty."""
    engine = Engine("docker")
    assert 0 < engine.size(image) < MOST_BYTES
    words = ["--user", "31415:31415", "--read-only", "--health-interval", "1s"]
    container = engine.start(image, {"FIVEFOLD_SERVE_NO_AUTH": "1"}, words)
    ask = (
        "import json, urllib.request as u; g = json.load(open('/app/bundle/golden.json'));"
        "r = u.Request('http://127.0.0.1:8080/predict', json.dumps({'instances': [g[0]['row']]}).encode(),"
        " {'content-type': 'application/json'}); print(u.urlopen(r).status)"
    )
    try:
        health = eventually(
            lambda: engine.inspect(container, "{{.State.Health.Status}}"), lambda state: state != "starting"
        )
        assert health == "healthy", engine.inspect(container, "{{json .State.Health.Log}}")
        done = subprocess.run(
            ["docker", "exec", container, "python3", "-c", ask], capture_output=True, text=True
        )
        assert done.stdout == "200\n", done.stderr
        pid = engine.inspect(container, "{{.State.Pid}}")
        (resident,) = [
            int(line.split()[1]) * 1024
            for line in Path(f"/proc/{pid}/status").read_text().splitlines()
            if line.startswith("VmRSS")
        ]
        assert resident < MOST_RESIDENT
        subprocess.run(["docker", "stop", container], check=True, capture_output=True)
        assert '{"event":"prediction"' in engine.logs(container)
        assert engine.inspect(container, "{{.State.ExitCode}}") == "0"
    finally:
        engine.discard(container)


@pytest.mark.slow
def test_an_archive_is_loaded_and_answers_alike(docker_engine: Path, trained: Bundle, tmp_path: Path) -> None:
    base = save_base(tmp_path / "base.tar")
    bench = tiny_workbench(tmp_path, seconds=SECONDS)
    order = Order(options={"engine": "archive", "base": str(base), "name": "archived"})
    release = ContainerTarget().push(trained, bench, order)
    subprocess.run(["docker", "load", "-i", release.resources[-1].name], check=True, capture_output=True)
    image = f"archived:{release.bundle_digest[7:19]}"
    scenes = list(rehearse_image(image, Engine("docker"), platform_named("vertex")))
    assert [scene for scene in scenes if scene.state != "passed"] == []
    assert Engine("docker").remove(image)
