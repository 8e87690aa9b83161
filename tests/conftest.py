"""The small demo city, run once from the command line, in Chinese; and the same pages in English."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

# Seeded, and no clock: a busy machine must not turn a test red.
hypothesis_settings.register_profile(
    "project", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("project")

ROOT = Path(__file__).parents[1]


def quality(*words: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the `quality` command as a user does."""
    command = [sys.executable, "-c", "from analysis.cli import main; main()", *map(str, words)]
    return subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **environment}, check=False
    )


@pytest.fixture(scope="session")
def small_city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Home of a finished run: params/city.yaml, outputs/."""
    from analysis.demo import settings

    home = tmp_path_factory.mktemp("city")
    (home / "params").mkdir()
    settings.write(home / "params" / "city.yaml", small=True)
    done = quality("run", home / "params" / "city.yaml", "--quiet")
    assert done.returncode == 0, done.stdout + done.stderr
    return home


@pytest.fixture(scope="session")
def small_city_in_english(small_city: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("english") / "city"
    shutil.copytree(small_city, home)
    done = quality("run", home / "params" / "city.yaml", "--quiet", "--language", "en")
    assert done.returncode == 0, done.stdout + done.stderr
    return home
