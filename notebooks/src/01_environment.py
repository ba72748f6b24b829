# ---
# jupyter:
#   accelerator: GPU
#   colab:
#     gpuType: T4
#     provenance: []
#   jupytext:
#     cell_metadata_filter: all
#     notebook_metadata_filter: all,-jupytext.text_representation.jupytext_version
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kaggle:
#     accelerator: nvidiaTeslaT4
#     dataSources: []
#     isGpuEnabled: true
#     isInternetEnabled: true
#     language: python
#     sourceType: notebook
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   language_info:
#     name: python
# ---

# %% [markdown] id="title"
# # 1 · The environment
#
# Is this machine ready to train a GAN? This notebook looks at what it has, runs a real forward and backward pass on it, and says how to mend what is missing. It takes seconds everywhere.
#
# **You will see** a list of `[OK]` and `[FAIL]` lines (`[--]`: not here, and not needed), the device that training will use, and two facts that the rest of the course stands on: pixels survive the trip into the networks' numbers and back, and a seed makes a run repeatable.
#
# Three words in advance; notebook 3 explains them. A GAN is two networks. The *generator* $G$ turns noise, a vector $z$ of random numbers, into a picture. The *discriminator* $D$ says how real a picture looks (in some methods it is called the *critic*). They learn in turns.

# %% [markdown] id="bootstrap-text"
# The next cell finds the package `gan_hw` behind these notebooks. It is the same in all of them.

# %% shared="bootstrap"

# %% [markdown] id="parameters-text"
# **Parameters.** Papermill replaces these values in a batch run; at the keyboard, change them here. Lines that say `NBVAL_CHECK_OUTPUT` mark cells whose output the kit's tests compare; you can ignore them.

# %% id="parameters" tags=["parameters"]
workspace: str = ""  # @param {type:"string"}  # for runs and data; "drive": Google Drive; empty: here
device: str = "auto"  # @param ["auto", "cpu", "cuda", "mps"]
precision: str = "auto"  # @param ["auto", "fp32", "bf16", "fp16"]

# %% id="place"
from gan_hw.course import ask, check, hint, progress, reply, say, solution
from gan_hw.utils.notebook import check_parameters
from gan_hw.utils.devices import device_notes

check_parameters(In)  # papermill would set any name, also a misspelt one
print(*device_notes(device), sep="\n")

# %% [markdown] id="exercises-text"
# ## Exercises and questions
#
# You write the important parts yourself. An exercise ends in `raise NotImplementedError`: replace that line, run the cell, and then the check below it. The check tries your function on other inputs and says what is wrong. `hint("name")` gives the next hint and, after an attempt, `solution("name")` the solution. A question is answered with its buttons, or with `reply("name", "b")`. `progress("01")` at the end of a notebook counts what you have done; it is kept in the workspace. No later cell needs your answers, so you may skip any of them.

# %% [markdown] id="packages-text"
# ## What is installed
#
# A `[FAIL]` names the package to install. `qqdm` only draws the progress bars; without it they are plain lines.

# %% id="packages"
# NBVAL_CHECK_OUTPUT
import importlib

installed_as = {"PIL": "pillow"}
for package in ("torch", "torchvision", "numpy", "PIL", "matplotlib", "safetensors", "tqdm", "qqdm"):
    try:
        importlib.import_module(package)
        print(f"[OK]   {package}")
    except ImportError as error:
        mark = "[--]  " if package == "qqdm" else "[FAIL]"
        name = installed_as.get(package, package)
        print(mark, say("{package}: {error}. Install it: pip install {name}", package=package, error=error, name=name))

# %% id="versions"
from gan_hw.utils import devices, environment, hosts

for name, version in environment.versions().items():
    print(f"{name:12} {version}")
print(f"{'host':12} {hosts.host()}")

# %% question="device_tried"

# %% [markdown] id="device-text"
# ## Does the device really work?
#
# `torch.cuda.is_available()` only says that there is a card. Whether this build of PyTorch has kernels for it shows when a convolution goes forward and backward on it, so that is what is tried.

# %% id="device"
import torch

for name in ("cpu", "cuda", "mps"):
    error = devices.device_error(name)
    ran = say("[OK]   {name}: a convolution ran forward and backward", name=name)
    print(f"[--]   {name}: {error}" if error else ran)

# %% question="precision_auto"

# %% [markdown] id="recipe-text"
# A *recipe* is a named set of all choices of a training (networks, loss, optimiser, batch size), each of which is a *field*. "The course" is NTU Machine Learning 2022, whose homework 6 this kit follows; it comes with 71,314 anime faces.

# %% id="chosen"
chosen = devices.choose_device(device)
precision = devices.choose_precision(precision, chosen)
threads = torch.get_num_threads()
print(say("training will use {device} in {precision}, with {n} threads", device=chosen, precision=precision, n=threads))
if chosen.type == "cpu":
    print(say("Choose the quick recipes (gan_r1_quick, wgan_gp_quick), which reach good faces on a CPU in minutes."))

# %% [markdown] id="disk-text"
# ## Room for runs
#
# Decoded faces take 12 kB each, which is 0.9 GB for the course's 71,314. A run of the large recipes takes about 300 MB.

# %% id="disk"
import shutil

folder = hosts.find_workspace(workspace)
folder.mkdir(parents=True, exist_ok=True)
free = shutil.disk_usage(folder).free / 1e9
advice = "[OK]   {free:.1f} GB free for {folder}" if free > 1 else "[FAIL] {free:.1f} GB free for {folder}: make room"
print(say(advice, free=free, folder=folder))

# %% exercise="batch_bytes"

# %% question="why_minus_one"

# %% [markdown] id="pixels-text"
# ## Two facts everything stands on
#
# Pictures are stored as `uint8` from 0 to 255; networks see floats from $-1$ to $1$, because the generator ends in a $\tanh$:
#
# $$x = \frac{p}{127.5} - 1, \qquad p = \mathrm{round}(127.5\,x + 127.5).$$
#
# Showing a picture without going back is a classic mistake: half of it comes out black. Do all 256 values survive the round trip?

# %% question="round_trip"

# %% id="pixels"
# NBVAL_CHECK_OUTPUT
from gan_hw.data.images import to_float, to_uint8

pixels = torch.arange(256, dtype=torch.uint8)
numbers = to_float(pixels)
print(say("networks see numbers from {low:.1f} to {high:.1f}", low=numbers.min(), high=numbers.max()))
print(say("all 256 pixel values survive the round trip:"), torch.equal(to_uint8(numbers), pixels))

# %% question="shown_unscaled"

# %% [markdown] id="seeds-text"
# Random numbers in a program come from a random number generator (a formula, no network), which starts at a *seed*. A seed makes a run repeatable: two runs can be compared, and you can show others exactly the face you saw.

# %% question="same_seed"

# %% id="seeds"
# NBVAL_CHECK_OUTPUT
from gan_hw.inference.sampling import sample_z

print(say("z for 3 images:"), tuple(sample_z(3, z_dim=100, seed=1).shape))
print(say("the same seed gives the same z:"), torch.equal(sample_z(3, 100, seed=1), sample_z(3, 100, seed=1)))
print(say("another seed gives another z:"), not torch.equal(sample_z(3, 100, seed=1), sample_z(3, 100, seed=2)))

# %% question="same_z_later"

# %% [markdown] id="able-to-say"
# ## What you should be able to say now
#
# - `torch.cuda.is_available()` says that PyTorch has found a card; only a computation, such as a convolution forward and backward, shows whether this card can train.
# - PyTorch computes in bf16 on every CPU, but far more slowly than in fp32 where the processor has no instructions for bf16; so `precision = "auto"` chooses fp32 there.
# - A batch of shape $(N, C, H, W)$ takes $N \cdot C \cdot H \cdot W$ bytes as `uint8` and four times as many as `float32`: 64 faces of 64×64 pixels take 0.8 MB and 3.1 MB.
# - Real images are scaled to $[-1, 1]$, $x = p/127.5 - 1$, because the generator ends in a $\tanh$. If the way back rounds, all 256 pixel values survive; if it cuts off the decimals, only 193 do.
# - An image is $G(z)$: a seed fixes $z$, but training changes $G$. To see exactly the same face, others need the seed and the generator's file.

# %% [markdown] id="your-progress-text"
# ## How far you are

# %% id="your-progress"
progress("01")

# %% [markdown] id="next"
# **Next:** [2 · The data set](02_dataset.ipynb)
