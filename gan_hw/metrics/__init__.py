"""How good images are: detectors, distances, near duplicates, a classifier, and the judge that puts them together."""
