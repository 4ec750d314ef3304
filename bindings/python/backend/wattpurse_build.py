# SPDX-License-Identifier: Apache-2.0
"""The build backend: scikit-build-core, but for the sdist.

In a checkout the C++ project is two folders up. An sdist must have pyproject.toml at its top, so
there this folder is the top and the project is copied into project/.
"""

import os
import shutil
import tempfile
from pathlib import Path

from scikit_build_core import build as skbuild
from scikit_build_core.build import (  # noqa: F401  (hooks that need no change)
    build_editable,
    build_wheel,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    get_requires_for_build_wheel,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

HERE = Path(__file__).resolve().parent.parent
PROJECT_FOLDERS = ("cmake", "include", "src", "share")
PROJECT_FILES = ("CMakeLists.txt", "LICENSE")
BINDINGS = Path("bindings/python")


def project_root():
    """The folder of the C++ project, from a checkout or from an sdist."""
    for root in (HERE / "project", HERE.parent.parent):
        if (root / "CMakeLists.txt").exists() and (root / "include" / "wattpurse").exists():
            return root
    raise FileNotFoundError(f"no wattpurse sources in {HERE / 'project'} or above {HERE}")


def stage(to):
    """The tree of an sdist: this folder at the top, the C++ project beneath."""
    unwanted = shutil.ignore_patterns("__pycache__", "*.pyc", "*.so", "build", "dist", "project",
                                      "*.egg-info", ".*")
    root = project_root()
    shutil.copytree(HERE, to, ignore=unwanted, dirs_exist_ok=True)
    for name in PROJECT_FOLDERS:
        shutil.copytree(root / name, to / "project" / name, ignore=unwanted)
    for name in PROJECT_FILES:
        shutil.copy(root / name, to / "project" / name)
    shutil.copy(root / "LICENSE", to / "LICENSE")
    shutil.rmtree(to / "src", ignore_errors=True)
    bindings = to / "project" / BINDINGS
    bindings.mkdir(parents=True)
    shutil.copy(root / BINDINGS / "CMakeLists.txt", bindings)
    shutil.copytree(root / BINDINGS / "src", bindings / "src", ignore=unwanted)
    (to / "CMakeLists.txt").unlink(missing_ok=True)
    described = to / "pyproject.toml"
    text = described.read_text(encoding="utf-8").replace('"../..', '"project')
    described.write_text(text, encoding="utf-8")


def build_sdist(sdist_directory, config_settings=None):
    target = Path(sdist_directory).resolve()
    before = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        stage(Path(folder))
        os.chdir(folder)
        try:
            return skbuild.build_sdist(str(target), config_settings)
        finally:
            os.chdir(before)
