"""A generator that ships with the kit, as the folder of a run: for whoever has trained nothing yet."""

import dataclasses
import json
from pathlib import Path

from gan_hw.inference.generator_files import GENERATOR_FILES
from gan_hw.inference.shipped_generators import DEFAULT_SHIPPED, SCHEME, shipped_path
from gan_hw.inference.weights import load_generator, read_metadata, save_generator
from gan_hw.utils.files import write_text
from gan_hw.utils.hosts import find_workspace
from gan_hw.utils.messages import say
from gan_hw.workflow.plan import Plan


def shipped_run(runs: str | Path, name: str = DEFAULT_SHIPPED) -> Path:
    """The folder shipped-NAME in the folder `runs`, made on the first call: with it `submit` and `judge` work.

    It holds the averaged generator alone, so a training can't go on in it; `--start shipped:NAME` begins a new one.
    Raises ValueError for an unknown name.
    """
    address = f"{SCHEME}{name}"
    facts = read_metadata(shipped_path(address))
    folder = Path(runs) / f"shipped-{name}"
    target = folder / GENERATOR_FILES["average"]
    if not target.exists():
        generator, recipe = load_generator(address)
        identity = {"recipe": recipe.as_dict(), "data": facts["data"], "seed": facts["seed"], "shipped": name}
        write_text(folder / "recipe.json", json.dumps(identity, indent=2) + "\n")
        save_generator(target, generator, recipe, facts)  # last: where it is, the folder is complete
    return folder


def run_folder(address: str | Path, workspace: str | Path | None = None) -> Path:
    """The folder that `address` names: shipped_run's in the workspace's runs for `shipped:NAME`, else that very path.

    Raises ValueError for an unknown name.
    """
    if not str(address).startswith(SCHEME):
        return Path(address)
    return shipped_run(find_workspace(workspace) / "runs", str(address).removeprefix(SCHEME))


def trained_or_shipped(plan: Plan) -> Plan:
    """The plan itself where its run is trained, here or attached; else the plan with the run shipped-NAME in its place.

    Says so, and names the trained runs that there are.
    """
    plan.adopt_attached()
    if (plan.folder / GENERATOR_FILES["average"]).exists():
        return plan
    others = sorted(path.parent.name for path in plan.folder.parent.glob(f"*/{GENERATOR_FILES['average']}"))
    folder = shipped_run(plan.folder.parent)
    data = read_metadata(folder / GENERATOR_FILES["average"])["data"]["source"]
    print(
        say(
            "No run {run!r} here yet: {name}, trained on {data}, takes its place. Trained runs: {others}",
            run=plan.run,
            name=folder.name,
            data=data,
            others=", ".join(others) or say("none"),
        )
    )
    return dataclasses.replace(plan, run=folder.name, data=data)
