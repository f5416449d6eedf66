"""Hypothesis profiles (environment variable HYPOTHESIS_PROFILE) and the data beside the checkout."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

for name, examples in (("quick", 50), ("ci", 200), ("deep", 2000)):
    settings.register_profile(
        name, max_examples=examples, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
    )
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with real models, which lies beside the checkout."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip("needs ../shared, which is not beside this checkout")
    return folder
