"""The kinds of file that hold tables: one module a kind, each with `heads` and `blocks`."""
