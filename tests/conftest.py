"""Hypothesis profiles (environment variable HYPOTHESIS_PROFILE), the seed, and the data beside the checkout."""

import os
import secrets
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

for name, examples in (("glance", 5), ("quick", 50), ("ci", 200), ("deep", 2000)):
    settings.register_profile(
        name, max_examples=examples, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
    )


def pytest_configure(config: pytest.Config) -> None:
    """Choose the profile and the seed of a run here, so that they can be printed, and the run repeated.

    Who leaves out `medium` is in a hurry, and gets fewer examples unless told otherwise. Workers and the tests that
    count for themselves find the profile in the environment.
    """
    hurry = "not medium" in config.getoption("markexpr")
    profile = os.environ.setdefault("HYPOTHESIS_PROFILE", "glance" if hurry else "quick")
    settings.load_profile(profile)
    if getattr(config.option, "hypothesis_seed", 0) is None:
        config.option.hypothesis_seed = str(secrets.randbits(64))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say the profile and the seed at the end, where -q shows it too."""
    profile = os.environ["HYPOTHESIS_PROFILE"]
    seed = getattr(config.option, "hypothesis_seed", None)
    terminalreporter.write_line(f"hypothesis: profile {profile}, repeat this run with --hypothesis-seed={seed}")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with real models, which lies beside the checkout."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip("needs ../shared, which is not beside this checkout")
    return folder
