"""A data folder: opened, enrolled, proved, exported, pruned."""
