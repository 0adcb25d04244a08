"""The forms of a paper: one file a form, listed in the order in which users see them."""

from fullcount.forms.csv import CSV, PLAIN
from fullcount.forms.html import HTML
from fullcount.forms.json import JSON
from fullcount.forms.pdf import PDF
from fullcount.forms.xlsx import XLSX
from fullcount.paper import Form

FORMS: tuple[Form, ...] = (PDF, XLSX, CSV, PLAIN, JSON, HTML)
