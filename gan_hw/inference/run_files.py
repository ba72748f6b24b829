"""The files of generators in a run folder; no torch, so that the command line can name them at once."""

WEIGHTS = {  # what each file holds
    "average": "generator.safetensors",  # the moving average at the end
    "best": "generator_best.safetensors",  # the average that scored best while training
    "raw": "generator_raw.safetensors",  # as trained, without averaging
}
