"""Images a stack for tests is built from: the ones that must be here, and a stand-in for Ollama's."""

import json
import shutil
import subprocess
from pathlib import Path

from support.compose_file import ROOT, ComposeMissingError
from support.fake_ollama import NEWEST
from support.ollama_exchanges import exchanges

OLLAMA_IMAGE = "ollama/ollama:0.32.15"
FAKE_OLLAMA = "obd2-test/ollama:fake"
STAND_IN_LABEL = "obd2.stand-in"
PATIENCE_SECONDS = 300


def build_ollama(docker: str, folder: Path) -> str:
    """Build the stand-in for Ollama, which answers as the newest server that was measured, and return its name.

    It gets the official image's name, as the stack asks for it, unless the real one is on this machine.
    """
    label = f'{{{{index .Config.Labels "{STAND_IN_LABEL}"}}}}'
    inspect = [docker, "image", "inspect", "--format", label, OLLAMA_IMAGE]
    found = subprocess.run(inspect, capture_output=True, check=False, text=True, timeout=60)  # noqa: S603
    name = OLLAMA_IMAGE if found.returncode or found.stdout.strip() else FAKE_OLLAMA
    build_stand_in(docker, folder, name)
    return name


def build_stand_in(docker: str, folder: Path, name: str = FAKE_OLLAMA) -> None:
    """Build the stand-in for Ollama under a name, from a folder that does not exist yet."""
    shutil.copytree(ROOT / "tests" / "e2e" / "ollama_image", folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "recorded.json").write_text(json.dumps(exchanges(NEWEST)), "utf-8")
    build = [docker, "build", "--quiet", "--label", f"{STAND_IN_LABEL}=tests", "--tag", name, str(folder)]
    subprocess.run(build, check=True, capture_output=True, timeout=PATIENCE_SECONDS)  # noqa: S603


def full_name(image: str) -> str:
    """Return the name of one of Docker's images with its registry, as podman wants it."""
    return f"docker.io/{image}" if "/" in image else f"docker.io/library/{image}"


def require_images(docker: str, *images: str) -> None:
    """Make sure that base images are on this machine; a test fetches none.

    Raises:
        ComposeMissingError: no engine answers, or it lacks one.
    """
    for image in images:
        finished = subprocess.run([docker, "image", "inspect", image], capture_output=True, check=False, timeout=60)  # noqa: S603
        if finished.returncode:
            raise ComposeMissingError(f"no stack: no container engine answers, or the image {image} is not there")
