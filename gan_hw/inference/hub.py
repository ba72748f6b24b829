"""Generators on Hugging Face: `hf:OWNER/MODEL` stands for one wherever a generator is asked for.

A model there holds generator.safetensors, as in a run folder, and a card. What comes from there is weights and a
recipe; reading them can't run any code. The library's own cache and login are used.
"""

import json
import re
import tempfile
from pathlib import Path

from gan_hw.data.downloads import from_hugging_face
from gan_hw.inference.generator_files import GENERATOR_FILES
from gan_hw.recipes import Recipe
from gan_hw.utils.files import write_text

SCHEME = "hf:"
FILE = GENERATOR_FILES["average"]
REPOSITORY_PATTERN = re.compile(r"\w[\w.-]*/\w[\w.-]*")
CARD = """---
library_name: gan_hw
pipeline_tag: unconditional-image-generation
tags: [gan]
---
# {name}

A generator trained with the GAN course kit, recipe `{recipe}`, images of {size}×{size}. Draw with it:

```
gan-hw draw hf:{repository}
```

The recipe's fields:

```json
{fields}
```
"""


def pull_generator(address: str) -> Path:
    """The file of the generator `hf:OWNER/MODEL`, downloaded once into the library's cache.

    Raises ValueError for a malformed address, DownloadFailed when it can't be had.
    """
    return from_hugging_face(_repository(address.removeprefix(SCHEME)), FILE, "model")


def push_generator(path: str | Path, recipe: Recipe, repository: str, private: bool = False) -> str:
    """Upload a generator's file with a card to the model `repository` (OWNER/MODEL), which is created if need be.

    path: a .safetensors file that this kit wrote. recipe: the one in it. Returns the model's address on the web.
    Raises ValueError for a malformed name, RuntimeError when the upload fails.
    """
    from huggingface_hub import HfApi

    path, repository = Path(path), _repository(repository)
    fields = json.dumps(recipe.as_dict(), indent=1)
    card = CARD.format(
        name=repository.partition("/")[2], recipe=recipe.name, size=recipe.size, repository=repository, fields=fields
    )
    hub = HfApi()
    try:
        address = hub.create_repo(repository, private=private, exist_ok=True)
        if private and not hub.model_info(repository).private:
            raise ValueError(f"'{repository}' exists and is public: name another model, or leave out --private")
        with tempfile.TemporaryDirectory() as folder:
            write_text(Path(folder) / "README.md", card)
            (Path(folder) / FILE).write_bytes(path.read_bytes())
            hub.upload_folder(folder_path=folder, repo_id=repository, commit_message=f"Generator of {recipe.name}")
    except ValueError:
        raise
    except Exception as error:  # the library and its network layers raise many types of exception
        reason = " ".join(str(error).split())[:200]
        raise RuntimeError(
            f"'{path}' could not be uploaded to {repository}: {reason}; log in with `hf auth login`, or set HF_TOKEN "
            "to a token that may write"
        ) from error
    return str(address)


def _repository(name: str) -> str:
    if not REPOSITORY_PATTERN.fullmatch(name):
        raise ValueError(f"'{name}' is not the name of a model on Hugging Face: it should be OWNER/MODEL")
    return name
