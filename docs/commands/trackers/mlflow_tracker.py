"""Show a training in MLflow: plan.trainer(trackers=[MLflowTracker("http://127.0.0.1:5000")])."""

import time

from mlflow import MlflowClient
from mlflow.entities import Metric, Param

from gan_hw.training.tracking import numbers


class MLflowTracker:
    """One MLflow run for each run folder, which keeps its id in mlflow_run_id.txt."""

    def __init__(self, server, experiment="gan_hw"):
        self.client, self.experiment = MlflowClient(server), experiment

    def start(self, folder, recipe):
        """Create the MLflow run or go on with it, and ask the server for the last step that it has."""
        note = folder / "mlflow_run_id.txt"
        if not note.exists():
            found = self.client.get_experiment_by_name(self.experiment)
            experiment = found.experiment_id if found else self.client.create_experiment(self.experiment)
            run = self.client.create_run(experiment, run_name=folder.name)
            params = [Param(name, str(value)) for name, value in recipe.as_dict().items()]
            self.client.log_batch(run.info.run_id, params=params)
            note.write_text(run.info.run_id)
        self.run_id = note.read_text()
        self.client.update_run(self.run_id, status="RUNNING")
        return max((point.step for point in self.client.get_metric_history(self.run_id, "seen")), default=0)

    def row(self, row):
        """Log the row's numbers."""
        now = int(1000 * time.time())
        metrics = [Metric(name, value, now, row["step"]) for name, value in numbers(row).items()]
        self.client.log_batch(self.run_id, metrics=metrics)

    def picture(self, _step, path):
        """Upload the samples, whose name is their step."""
        self.client.log_artifact(self.run_id, path, "samples")

    def end(self):
        """Mark the MLflow run as finished, until the training goes on."""
        self.client.set_terminated(self.run_id)
