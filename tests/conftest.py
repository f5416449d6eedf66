"""Hypothesis profiles (environment variable HYPOTHESIS_PROFILE), the seed, and the data beside the checkout."""

import os
import secrets
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

for name, examples in (("quick", 50), ("ci", 200), ("deep", 2000)):
    settings.register_profile(
        name, max_examples=examples, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
    )
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def pytest_configure(config: pytest.Config) -> None:
    """Choose the seed of a run here, so that it can be printed and repeated."""
    if getattr(config.option, "hypothesis_seed", 0) is None:
        config.option.hypothesis_seed = str(secrets.randbits(64))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say the profile and the seed at the end, where -q shows it too."""
    profile = os.environ.get("HYPOTHESIS_PROFILE", "quick")
    seed = getattr(config.option, "hypothesis_seed", None)
    terminalreporter.write_line(f"hypothesis: profile {profile}, repeat this run with --hypothesis-seed={seed}")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with real models, which lies beside the checkout."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip("needs ../shared, which is not beside this checkout")
    return folder
