"""The screens of the dashboard, in the order of its menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fullcount.web.screens import queues
from fullcount.web.screens.compare import COMPARE
from fullcount.web.screens.components import COMPONENTS
from fullcount.web.screens.count import COUNT
from fullcount.web.screens.counts import COUNTS
from fullcount.web.screens.decide import DECIDE
from fullcount.web.screens.decisions import DECISIONS
from fullcount.web.screens.host import HOST
from fullcount.web.screens.listed import HOSTS
from fullcount.web.screens.papers import PAPER, PAPERS
from fullcount.web.screens.products import PRODUCTS
from fullcount.web.screens.source import SOURCE
from fullcount.web.screens.sources import SOURCES
from fullcount.web.screens.titles import TITLE, TITLES
from fullcount.web.screens.views import VIEWS
from fullcount.web.screens.work import WORK

if TYPE_CHECKING:
    from fullcount.web.screen import Screen

SCREENS: tuple[Screen, ...] = (
    COUNT,
    COMPONENTS,
    HOSTS,
    HOST,
    PRODUCTS,
    TITLES,
    TITLE,
    SOURCES,
    SOURCE,
    queues.ALL,
    queues.ONE,
    DECIDE,
    WORK,
    DECISIONS,
    VIEWS,
    COMPARE,
    COUNTS,
    PAPERS,
    PAPER,
)
MENU: tuple[Screen, ...] = tuple(one for one in SCREENS if one.in_menu)
