"""The lists of the dashboard: everything that a number may be the size of, each with what it can be filtered by."""

from __future__ import annotations

from fullcount.web.compared import COMPARED
from fullcount.web.lists.clues import CLUES, CONFLICTS
from fullcount.web.lists.evidence import CALLED, FINDINGS, LOOKS
from fullcount.web.lists.files import LATER, LEFT, REJECTS, SOURCES, UNPLACED
from fullcount.web.lists.hosts import APART, HOSTS
from fullcount.web.lists.records import RECORDS
from fullcount.web.lists.titles import DECIDED, MATCHED, NEAR, TITLES
from fullcount.web.queued import EXCEPTIONS, QUESTIONS

_MACHINES = (HOSTS, APART, FINDINGS, LOOKS, CALLED, CLUES, CONFLICTS)
_FILES = (SOURCES, LEFT, REJECTS, UNPLACED, LATER, RECORDS)
_NAMES = (NEAR, DECIDED, MATCHED, TITLES)
LISTINGS = (*_MACHINES, *_FILES, *_NAMES, QUESTIONS, EXCEPTIONS, *COMPARED)
