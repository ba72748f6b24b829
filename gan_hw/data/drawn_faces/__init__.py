"""The embedded data set: labelled anime faces drawn by program; the same (seed, index) is always the same face.

picture, labels = draw_face(7, hair="pink")        # a PIL image and {"hair": "pink", "eyes": …, …}
images, labels, names = draw_faces(10_000)         # uint8 (10000, 3, 64, 64), multi-hot (10000, 43), 43 names
"""

from .batch import class_names, draw_face, draw_faces
from .face import ATTRIBUTES, EXPRESSIONS, EYE_COLOURS, HAIR_COLOURS, HAIR_STYLES, Face, sample_face

VERSION = 1  # of the drawings; raise it with every change of a pixel, so that caches and runs tell them apart

__all__ = [
    "ATTRIBUTES",
    "EXPRESSIONS",
    "EYE_COLOURS",
    "HAIR_COLOURS",
    "HAIR_STYLES",
    "VERSION",
    "Face",
    "class_names",
    "draw_face",
    "draw_faces",
    "sample_face",
]
