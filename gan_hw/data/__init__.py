"""Sources of images, labels, downloads, the decoded image sets, and faces drawn by program."""
