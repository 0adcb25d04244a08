"""What all tests share: where the real exports lie, how hard Hypothesis tries, and what may not be skipped under CI."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

SHARED = Path(__file__).resolve().parents[1] / "../shared"
WITHOUT_COVERAGE = {
    *("test_hostile.py", "test_crash.py", "test_casebook.py", "test_laws.py", "test_container.py"),
    *("test_spark.py", "test_spark_cluster.py"),
}
REPEATED = ("damage", "is_claimed_by_its_reader", "claims_nothing_else", "for_what_it_cannot_read", "made_pages", "goals_are_met")
REQUIRED = os.environ.get("CI") == "true"

# Time is never judged: a machine may be slow. `ci` is the same on every run, so that a red run can be repeated.
_PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.register_profile("ci", _PATIENT, derandomize=True, max_examples=30)
settings.register_profile("dev", _PATIENT, max_examples=40)
settings.register_profile("full", _PATIENT, max_examples=1000)
settings.load_profile("ci" if REQUIRED else "dev")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real exports."""
    if not SHARED.is_dir():
        pytest.skip("no ../shared here")
    return SHARED


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """What is done again and again, to damaged files or by every reader to every sample, takes twice as long where every
    line is watched, and comes by no line that other tests do not come by.
    """
    for item in items:
        if item.path.name in WITHOUT_COVERAGE or any(name in item.name for name in REPEATED):
            item.add_marker(pytest.mark.no_cover)
        if item.path.parent.name == "readers" and "damage" in item.name:
            item.add_marker(pytest.mark.slow)  # test_hostile cuts and flips every sample, too


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    """Under CI a test that needs real exports, a real browser or another program fails where it would skip itself."""
    report = yield
    required = REQUIRED and any(item.get_closest_marker(name) for name in ("real", "browser", "office", "poppler", "openssh"))
    if required and report.skipped and not hasattr(report, "wasxfail"):
        why = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} must run under CI: {why}"
    return report
