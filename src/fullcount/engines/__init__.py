"""The engines that make the tables."""
