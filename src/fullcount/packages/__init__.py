"""Package managers: what their databases and lists say. Readers share them: a database may lie on a machine or in an image."""
