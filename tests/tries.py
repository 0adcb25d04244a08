"""How often a property is tried: as often as it says in `make test-all`, and a small part of that elsewhere."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

FULL = 1000  # examples of the profile `full`, see conftest.py
LEAST = 20


def tries(number: int) -> settings:
    """Settings for a property of which `number` examples are a thorough try."""
    here = max(LEAST, number * settings().max_examples // FULL)
    return settings(max_examples=here, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
