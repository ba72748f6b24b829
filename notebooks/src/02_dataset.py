# ---
# jupyter:
#   colab:
#     provenance: []
#   jupytext:
#     cell_metadata_filter: all
#     notebook_metadata_filter: all,-jupytext.text_representation.jupytext_version
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kaggle:
#     accelerator: none
#     dataSources: []
#     isGpuEnabled: false
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
# # 2 · The data set
#
# A GAN learns to make more of what it is shown, so look at what it is shown. This notebook reads the faces once, keeps them as one tensor, and looks at them: as pictures, as colours, as numbers.
#
# **You will see** 40 faces, their labels, the distribution of their colours, and the average face. About half a minute the first time, seconds afterwards, on a laptop as on a T4.
#
# The pictures stored in this file show the drawn faces; run the cells to make your own.

# %% shared="bootstrap"

# %% id="parameters" tags=["parameters"]
data: str = "drawn"  # @param {type:"string"}  # drawn, crypko, a folder, .zip, .tgz, hf:... or kaggle:...
size: int = 64  # @param {type:"integer"}  # side of the pictures in pixels
workspace: str = ""  # @param {type:"string"}  # for runs and data; "drive": Google Drive; empty: here

# %% id="place"
from gan_hw.course import ask, check, hint, progress, reply, say, solution
from gan_hw.utils.notebook import check_parameters

check_parameters(In)  # papermill would set any name, also a misspelt one

# %% [markdown] id="load-text"
# ## Reading once
#
# `drawn` are anime faces drawn by a program: they need no download, and their labels are known. `data = "crypko"` fetches the course's 71,314 faces; with `data = "faces.zip"` the same cells read any archive of pictures.
#
# Each picture is decoded once, cut to a square, scaled to `size` pixels and kept as `uint8`. The tensor is written to `workspace/data/`, under a name that holds a fingerprint of the source: the next start reads that file and opens no picture, and a changed source is read anew.

# %% question="memory_of_faces"

# %% id="load"
from gan_hw.workflow.plan import make_plan

plan = make_plan(data=data, workspace=workspace, overrides={"size": size})
faces = plan.images()
size_mb = faces.images.nbytes / 1e6
print(say("{count} faces from {source}, {mb:.1f} MB of pixels", count=len(faces), source=faces.source, mb=size_mb))
print(say("{count} pictures could not be read", count=len(faces.unreadable)), *faces.unreadable[:3])

# %% id="load-facts"
# NBVAL_CHECK_OUTPUT
sides = ", ".join(map(str, faces.images.shape[1:]))
print(say("stored as {dtype} with shape (N, {sides})", dtype=faces.images.dtype, sides=sides))

# %% [markdown] id="grid-text"
# ## Look at them
#
# What do all of them share, and in what do they differ? A generator that has learned the first but not the second shows you one face again and again. That failure has a name, *mode collapse*, and you will meet it.

# %% alt="Forty faces of the data set in five rows, each with another hair style, hair colour and background" id="grid" tags=["picture"]
from gan_hw.utils import figures

figures.grid(faces.images[:40], per_row=8)

# %% [markdown] id="labels-text"
# Drawn faces come with labels, real ones may not. A conditional GAN (notebook 7) can be asked for a hair colour. Until then the models get no labels and have to find out by themselves that hair comes in colours.

# %% id="labels"
for row in range(3):
    chosen = [] if faces.labels is None else faces.labels[row].nonzero().flatten().tolist()
    print(say("face {row}:", row=row), ", ".join(faces.class_names[k] for k in chosen) or say("no labels"))

# %% [markdown] id="mirror-text"
# A face in a mirror is still a face (a word in a mirror is no longer that word, so this does not suit every data set). The quick recipes mirror each picture with probability ½, anew in every epoch: as many pictures as before, in up to twice as many forms, which are harder to learn by heart.

# %% question="flip_axis"

# %% id="mirror"
figures.image_rows({say("as they are"): faces.images[:10], say("mirrored"): faces.images[:10].flip(3)})

# %% exercise="mirror"

# %% question="flip_epoch"

# %% [markdown] id="colours-text"
# ## As numbers
#
# The generator's last layer is a $\tanh$. It begins near 0, which is grey; a pixel of 0 or 255 needs a large number before the $\tanh$. So look where the real values lie: a generator that has not found those peaks yet looks grey.

# %% question="histogram_peak"

# %% id="colours"
figures.pixel_histogram(faces.images[:1000])

# %% [markdown] id="peaks-text"
# A peak at an end of the range comes from black lines (0) or white backgrounds (255). The highest one of the drawn faces is in red, at 255: that is skin.

# %% question="mean_face"

# %% [markdown] id="mean-text"
# The mean of all faces (here of 5,000) is the picture whose squared distances to all of them have the smallest sum. It is blurred, because it has to be near all of them at once. A network trained on pixel distances tends to such compromises wherever it is uncertain; a GAN's discriminator would recognise a blurred picture at once. Beside it: how much each pixel varies.

# %% question="spread_where"

# %% alt="Left the mean of 5,000 faces, a blurred face without features; right how much each pixel differs between faces, most at the eyes and the hair" id="mean" tags=["picture"]
some = faces.images[:5000].float()
mean, spread = some.mean(0).byte(), some.std(0).clamp(0, 255).byte()
figures.grid([mean.numpy(), spread.numpy()], per_row=2, scale=3)

# %% question="other_range"

# %% [markdown] id="batch-text"
# ## What the networks see
#
# A batch is a slice of the tensor, scaled to $[-1, 1]$. No picture is opened during training.
#
# Two errors stop many first attempts, and neither can happen here. **"stack expects each tensor to be equal size"**: the pictures of a folder differ in size; here all of them were cut and scaled when they were read. **A last short batch**: 71,314 faces in batches of 64 leave a batch of 18, to which a loss's 64 targets (ones for "real") no longer fit (and BatchNorm's statistics jump, or fail, if a single picture is left); here an epoch is the number of *full* batches, in a new order every time, so that every picture gets its turn.

# %% id="batch"
# NBVAL_CHECK_OUTPUT
from gan_hw.data.images import to_float

batch = to_float(faces.images[:8])
print(say("shape of a batch of 8: {shape} x size x size, {dtype}", shape=tuple(batch.shape[:2]), dtype=batch.dtype))
print(say("every value lies in [-1, 1]:"), bool((batch.abs() <= 1).all()))

# %% question="no_picture_opened"

# %% id="cache"
# NBVAL_CHECK_OUTPUT
from unittest import mock

with mock.patch("PIL.Image.open", side_effect=AssertionError("a picture was opened")):
    again = plan.images()
print(say("a second start opens no picture and finds the same faces:"), bool((again.images == faces.images).all()))

# %% exercise="to_network"

# %% exercise="to_pixels"

# %% [markdown] id="able-to-say"
# ## What you should be able to say now
#
# - A face of 64×64 pixels takes $3 \cdot 64 \cdot 64 = 12{,}288$ bytes as `uint8`, so 6,000 faces take 73.7 MB; as `float32` they would take four times as much.
# - In images of shape $(N, 3, H, W)$, `flip(3)` exchanges left and right, `flip(2)` top and bottom, and `flip(1)` red and blue.
# - Random mirroring changes what is shown, not how much: 6,000 faces in batches of 32 make 187 steps per epoch with it and without it.
# - The mean face is the image with the smallest mean squared distance to all faces, and it is blurred. So a network that minimises the squared distance of pixels draws blurred images where it is uncertain.
# - If real and generated images had different ranges, the discriminator could tell them apart by the range alone, and PyTorch would raise no error.
# - On the way back to pixels, $\mathrm{round}(127.5\,x + 127.5)$ has to be limited to 0 to 255, because a generator with a linear last layer also gives numbers outside $[-1, 1]$.

# %% [markdown] id="references"
# ## References
#
# - Goodfellow et al. 2014, [Generative Adversarial Networks](https://arxiv.org/abs/1406.2661): the GAN
# - Mirza and Osindero 2014, [Conditional Generative Adversarial Nets](https://arxiv.org/abs/1411.1784): cGAN
# - Ioffe and Szegedy 2015, [Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift](https://arxiv.org/abs/1502.03167): BatchNorm

# %% [markdown] id="your-progress-text"
# ## How far you are

# %% id="your-progress"
progress("02")

# %% [markdown] id="next"
# **Before:** [1 · The environment](01_environment.ipynb) · **Next:** [3 · The model](03_model.ipynb)
