"""A trained generator: its file, the images that it draws, and the submission made of them."""
