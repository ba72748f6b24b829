"""The embedded data set: anime faces drawn by program, labelled, the same for the same (seed, index).

picture, labels = draw_face(7, hair="pink")        # a PIL image and {"hair": "pink", "eyes": …, …}
images, labels, names = draw_faces(10_000)         # uint8 (10000, 3, 64, 64), multi-hot (10000, 43), 43 names
"""

from .batch import class_names, draw_face, draw_faces
from .dice import ATTRIBUTES, EXPRESSIONS, EYE_COLOURS, HAIR_COLOURS, HAIR_STYLES, Face, roll_face

VERSION = 1  # of the drawings: to be raised by whoever changes a pixel, so that no cache or run takes them for the same

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
    "roll_face",
]
