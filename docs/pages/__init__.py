"""The pages that docs/make.py makes, one module for each kind."""
