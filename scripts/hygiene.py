"""Says what must never lie in the tree: hosts of package registries, paths of one machine, pickles, silence without a reason."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# The brackets keep this file from finding itself.
RULES = (
    (
        "names a package registry's host; a mirror must serve as well",
        re.compile(
            r"\b(pypi[.]org|files[.]pythonhosted[.]org|registry[.]npmjs[.]org|conda[.]anaconda[.]org)\b"
        ),
    ),
    (
        "holds a path of one machine; make it relative",
        re.compile(r"(?<![\w./-])/(home|Users|root|work|workspace)/[\w.-]"),
    ),
    (
        "imports a pickling library; models are saved in native formats and JSON",
        re.compile(r"^\s*(import|from)\s+(pickle|cPickle|cloudpickle|dill|joblib|marshal|shelve)\b"),
    ),
)
SOURCES = ROOT / "src"
OF_SOURCES = (
    (
        "silences a check without saying why; write the reason behind it",
        re.compile(r"#\s*(noqa(: *[A-Z0-9, ]+)?|type: *ignore(\[[a-z, -]+\])?)\s*$"),
    ),
)


def tree() -> list[Path]:
    """Every file that is, or would be, committed."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    names = listing.stdout.decode().split("\0")
    return sorted(ROOT / name for name in names if name and (ROOT / name).is_file())


def text_of(path: Path) -> str:
    """The file's text; nothing for a binary one."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def offenders(path: Path) -> Iterator[str]:
    """One line for each thing in a file that must not be there."""
    rules = RULES + OF_SOURCES if path.is_relative_to(SOURCES) else RULES
    for number, line in enumerate(text_of(path).splitlines(), start=1):
        for why, pattern in rules:
            if pattern.search(line):
                yield f"{path.relative_to(ROOT)}:{number}: {why}: {line.strip()[:80]}"


def main() -> int:
    """Print the offenders; 1 if there are any."""
    files = tree()
    found = [line for path in files for line in offenders(path)]
    print("\n".join(found) if found else f"{len(files)} files, nothing that must not be there")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
