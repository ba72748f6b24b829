"""What may stand in the address of a source; no torch, so that a wrong address is answered at once."""

LABELS = "?labels="  # between the pictures and their labels
FIT = "?fit="  # before what becomes of pictures that are not square
TAKE = "?take="  # before how many of them to take
FOLDERS = "folders"  # labels that are the names of sub-folders
FITS = ("crop", "pad")  # a picture that is not square: its middle is kept, or it gets a white border
TORCHVISION_SETS = ("cifar10", "cifar10all", "celeba", "flowers102")
