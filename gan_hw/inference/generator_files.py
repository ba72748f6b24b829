"""The files of generators in a run folder. No torch, so that the command line can name them at once."""

GENERATOR_FILES = {
    "average": "generator.safetensors",  # the moving average of the weights at the end
    "best": "generator_best.safetensors",  # the moving average that scored best during training
    "raw": "generator_raw.safetensors",  # the weights as trained, without averaging
}
