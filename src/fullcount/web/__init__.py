"""The dashboard: pages over the frozen counts of a workspace, made by the server. The only package that knows its framework."""
