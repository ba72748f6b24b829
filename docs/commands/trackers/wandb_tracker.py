"""Show a training in Weights & Biases: plan.trainer(trackers=[WandbTracker()])."""

import json
import uuid

import wandb

from gan_hw.training.tracking import numbers


class WandbTracker:
    """One W&B run for each run folder, which keeps its id and the last step that was logged in wandb.json."""

    def __init__(self, project="gan_hw"):
        self.project = project

    def start(self, folder, recipe):
        """Begin the W&B run or go on with it."""
        self.note = folder / "wandb.json"
        known = json.loads(self.note.read_text()) if self.note.exists() else {"id": uuid.uuid4().hex[:8], "step": 0}
        self.run = wandb.init(
            project=self.project, id=known["id"], name=folder.name, resume="allow", dir=folder, config=recipe.as_dict()
        )
        return known["step"]

    def row(self, row):
        """Log the row's numbers."""
        self.log(row["step"], numbers(row))

    def picture(self, step, path):
        """Log the samples."""
        self.log(step, {"samples": wandb.Image(str(path))})

    def log(self, step, values):
        """Log values of a step, and note that they were logged."""
        self.run.log(values, step=step)
        self.note.write_text(json.dumps({"id": self.run.id, "step": step}))

    def end(self):
        """Close the W&B run, until the training goes on."""
        self.run.finish()
