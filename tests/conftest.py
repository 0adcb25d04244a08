"""What all tests share: where the real exports lie, how hard Hypothesis tries, and what may not be skipped under CI."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

SHARED = Path(__file__).resolve().parents[1] / "../shared"
REQUIRED = os.environ.get("CI") == "true"

# Time is never judged: a machine may be slow. `ci` is the same on every run, so that a red run can be repeated.
_PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.register_profile("ci", _PATIENT, derandomize=True, max_examples=100)
settings.register_profile("dev", _PATIENT, max_examples=50)
settings.register_profile("full", _PATIENT, max_examples=1000)
settings.load_profile("ci" if REQUIRED else "dev")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real exports."""
    if not SHARED.is_dir():
        pytest.skip("no ../shared here")
    return SHARED


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    """Under CI a test that needs real exports or a real browser fails where it would skip itself."""
    report = yield
    required = REQUIRED and any(item.get_closest_marker(name) for name in ("real", "browser"))
    if required and report.skipped and not hasattr(report, "wasxfail"):
        why = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} must run under CI: {why}"
    return report
