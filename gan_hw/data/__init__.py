"""Where images come from, and how they are kept: sources, labels, downloads, faces drawn by program."""
