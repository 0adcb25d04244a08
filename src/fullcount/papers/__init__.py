"""The papers that a directive asks for: one file a kind, listed in the order in which they fall due."""

from fullcount.paper import Kind
from fullcount.papers.identify import IDENTIFY
from fullcount.papers.plan import PLAN
from fullcount.papers.status import STATUS

KINDS: tuple[Kind, ...] = (IDENTIFY, PLAN, STATUS)
