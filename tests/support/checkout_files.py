"""Which files of this checkout belong to the project, however the checkout came here."""

import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def checkout_files() -> list[Path]:
    """Return the project's files: no build results, no data, nothing `.gitignore` names.

    An empty repository elsewhere is asked, so that an unpacked archive and a checkout of another user do as well.
    """
    with tempfile.TemporaryDirectory() as folder:
        git = ("git", f"--git-dir={folder}", f"--work-tree={ROOT}")
        subprocess.run([*git, "init", "--quiet"], check=True, capture_output=True)  # noqa: S603 - our own arguments
        listing = subprocess.run(  # noqa: S603
            [*git, "ls-files", "--others", "--exclude-standard", "-z"],
            cwd=ROOT,
            capture_output=True,
            check=True,
            text=True,
        ).stdout
    return [path for name in listing.split("\0") if name and (path := ROOT / name).is_file()]
