"""fullcount: a full accounting of how many of an organisation's systems have a banned vendor's software."""

__version__ = "0.1.0"
