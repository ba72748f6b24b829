"""How good images are: detectors, distances, copies, a classifier, and the judge that puts them together."""
