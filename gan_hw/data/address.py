"""The parts of a data source's address; no torch, so that a wrong address is refused at once."""

from typing import Literal, get_args

LABELS_OPTION = "?labels="  # followed by the labels of the pictures
FIT_OPTION = "?fit="  # followed by how pictures are made square
TAKE_OPTION = "?take="  # followed by the number of pictures to take
FOLDER_LABELS = "folders"  # after LABELS_OPTION: the sub-folders of the pictures are their classes
Fit = Literal["crop", "pad"]  # make a picture square by cutting off the ends of its longer side, or by a white border
FIT_MODES: tuple[Fit, ...] = get_args(Fit)
TORCHVISION_SETS = ("cifar10", "cifar10all", "celeba", "flowers102")
