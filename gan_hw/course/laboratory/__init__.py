"""GANs in two dimensions: the kit's losses and training step, on points that can be seen whole.

points.py has the data sets, game.py the two networks and the methods that train them, measures.py exact distances,
pictures.py what D believes and where it pushes, controls.py buttons for a notebook, hand.py points that one sets.
"""

from gan_hw.course.laboratory.controls import show
from gan_hw.course.laboratory.game import METHODS, Laboratory
from gan_hw.course.laboratory.points import POINT_SETS, drawn_by_hand

__all__ = ["METHODS", "POINT_SETS", "Laboratory", "drawn_by_hand", "show"]
