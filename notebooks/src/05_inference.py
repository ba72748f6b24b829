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
# # 5 · Inference
#
# The trained generator at work: faces from noise, the way from one face to another, and the 1000 images that the course's server asks for, with their scores.
#
# **You will see** a grid of 40 faces, interpolations, `submission.tgz`, and the pair of numbers that counts: the share of images in which a face is found, and how varied they are. Then a test of your own eyes. About a minute and a half on a laptop, half of it for a classifier that learns to tell your images from real ones. If no run is there yet, a generator that ships with the kit takes its place.
#
# The pictures stored in this file are of the run whose training notebook 4 shows, eight minutes on one CPU core; run the cells to make your own.

# %% shared="bootstrap"

# %% id="parameters" tags=["parameters"]
recipe: str = "gan_r1_quick"  # @param ["gan", "gan_longer", "wgan", "wgan_gp", "gan_r1", "r3gan", "gan_quick", "gan_r1_quick", "gan_r1_128", "gan_r1_wide", "wgan_gp_quick", "wgan_gp_wide"]
overrides: str = ""  # @param {type:"string"}  # as in notebook 4, like recipe, data, run and seed
data: str = "drawn"  # @param {type:"string"}  # the data set that the run learned from
workspace: str = ""  # @param {type:"string"}  # for runs and data; "drive": Google Drive; empty: here
run: str = ""  # @param {type:"string"}  # name of the run folder; empty: made of recipe, data and seed
seed: int = 0  # @param {type:"integer"}  # of the run, and of the submission's noise
weights: str = "average"  # @param ["average", "best", "raw"]
cascade: str = ""  # @param {type:"string"}  # the cascade's file, for afd_strict; empty: GAN_HW_CASCADE, or fetched once
fid: bool = False  # @param {type:"boolean"}  # FID and KID too: fetches Inception (96 MB); minutes on a CPU

# %% id="place"
from gan_hw.course import ask, check, hint, progress, reply, say, solution
from gan_hw.utils.notebook import check_parameters
from gan_hw.utils.devices import device_notes

check_parameters(In)  # papermill would set any name, also a misspelt one
print(*device_notes(), sep="\n")

# %% [markdown] id="load-text"
# ## The trained generator
#
# `generator.safetensors` holds the averaged weights at the end of the training and the recipe they belong to; reading it can't run any code. If the faces were better earlier, take `weights = "best"`.

# %% id="load"
from gan_hw.inference.sampling import generate, interpolate, sample_z
from gan_hw.inference.weights import load_generator
from gan_hw.workflow.plan import make_plan
from gan_hw.workflow.shipped_runs import trained_or_shipped

plan = make_plan(recipe=recipe, overrides=overrides, data=data, workspace=workspace, run=run, seed=seed)
plan = trained_or_shipped(plan)  # where there is no such run yet, a generator that ships with the kit
generator, trained_recipe = load_generator(plan.folder, weights=weights)
print(say("{recipe} from {folder}", recipe=trained_recipe.name, folder=plan.folder))

# %% [markdown] id="grid-text"
# ## Forty faces
#
# Unfiltered, from the first 40 noise vectors of the seed. Look for eyes that match, hair with a clean edge, and for *differences*: do you see the same face twice?

# %% alt="Forty generated faces in five rows, unfiltered" id="grid" tags=["picture"]
from gan_hw.utils import figures

z = sample_z(40, trained_recipe.z_dim, plan.seed)
figures.grid(generate(generator, z), per_row=8)

# %% question="neighbours"

# %% id="grid-facts"
# NBVAL_CHECK_OUTPUT
faces = generate(generator, z)
print(say("40 images as stored pixels:"), faces.dtype, tuple(faces.shape[:2]))
print(say("the same seed gives the same faces:"), bool((generate(generator, z) == faces).all()))
alone = generate(generator, z[:5]).int()
print(say("a face does not depend on its neighbours:"), bool(((alone - faces[:5].int()).abs() <= 1).all()))

# %% question="straight_or_sphere"

# %% [markdown] id="interpolation-text"
# ## From face to face
#
# Each row leads from one $z$ to another along a sphere, so that the length of the vectors hardly changes. If the faces change smoothly and stay faces on the way, the generator has learned a space of faces and not a list of them.

# %% alt="Four rows of faces; in each the first face turns step by step into the last one" id="interpolation" tags=["picture"]
import torch

pairs = sample_z(8, trained_recipe.z_dim, plan.seed + 1).reshape(4, 2, -1)
paths = torch.cat([interpolate(start, end, 10) for start, end in pairs])
figures.grid(generate(generator, paths), per_row=10)

# %% exercise="slerp"

# %% question="length_of_z"

# %% exercise="truncate"

# %% exercise="resample"

# %% [markdown] id="truncation-text"
# To see what the two do, copy this into a new cell when your functions are right:
#
# ```python
# rows = {f"strength {s}": generate(generator, truncate(z[:10].clone(), s)) for s in (1, 0.7, 0.4)}
# spare = sample_z(10, trained_recipe.z_dim, plan.seed + 2).flatten()
# rows["limit 1"] = generate(generator, resample(z[:10].clone(), 1, spare))
# figures.image_rows(rows)
# ```
#
# The first three rows show the same ten faces, which become plainer and more alike. In the last row about a third of the numbers of each $z$ were drawn again, so these are other faces.

# %% [markdown] id="raw-text"
# What is gained by averaging the weights? In the next picture the upper row comes from the averaged generator and the lower one from the weights of the last step, with the same noise.

# %% question="average_or_raw"

# %% id="raw"
from pathlib import Path

rows = {say("averaged (EMA)"): generate(generator, z[:10])}
if Path(plan.folder, "generator_raw.safetensors").exists():
    raw_generator, _ = load_generator(plan.folder, weights="raw")
    rows[say("as trained (raw)")] = generate(raw_generator, z[:10])
figures.image_rows(rows)

# %% [markdown] id="submission-text"
# ## The submission
#
# The course's server takes a `.tgz` under 2,000,000 bytes with `1.jpg` to `1000.jpg`, 64×64, RGB, in no folder. At JPEG quality 95 a thousand real faces weigh 2.45 MB, which is too much. The archive is opened again and checked before it replaces an older one.

# %% question="jpeg_quality"

# %% id="submission"
from gan_hw.workflow.submit import submit

archive = submit(plan.folder, seed=plan.seed, weights=weights)

# %% id="submission-check"
# NBVAL_CHECK_OUTPUT
from gan_hw.inference.submission import MAX_SUBMISSION_BYTES, check_submission

print(say("faults:"), check_submission(archive) or say("none"))
print(say("images written:"), len(list((plan.folder / "images").glob("*.jpg"))))
print(say("smaller than the limit:"), archive.stat().st_size < MAX_SUBMISSION_BYTES)

# %% exercise="largest_quality"

# %% [markdown] id="scores-text"
# ## How good is good?
#
# No single number can say. Each answers one question and can't see the rest, so the scores are printed by question. Four terms first:
#
# - *AFD*, the anime face detection rate, is the share of images in which a detector finds a face. For `afd_strict` the detector is the *cascade*, a classical one that compares the brightness of neighbouring areas. (`afd_padded` is the same with a border around each image.) For `afd_kit` it is the kit's own small network.
# - *Features* are the numbers that a trained network computes of an image; alike images have close features.
# - *Precision* is the share of generated images close to a real one, *recall* the share of real images close to a generated one. Close means: within the distance from that other image to its third neighbour in its own set.
# - *Density* and *coverage* are variants that measure closeness around the real images only, so that outliers among the generated ones count less.
#
# | question | scores | what they can't see |
# |---|---|---|
# | Is there a face? | `afd_strict`, `afd_padded`, `afd_kit` | eyes that don't match, slight blur, one face a thousand times |
# | Are they varied? | `diversity`: the mean difference between two images, 1 = as varied as real ones; `face_recall`, `face_coverage`; `duplicates`: the share of images with a near copy in the set | whether they are faces: noise is varied, too |
# | Are they like real ones? | `face_frechet`, `face_kernel`: distances between real and generated images in a small network's features; `face_precision`, `face_density` | single bad images; small faults in all of them |
# | Could anyone tell? | `c2st_error`: how often a classifier that was trained to tell yours from real ones is wrong; 0.5 = it can't tell | what gave them away |
# | Are they copies? | `near_copies`: the share of images that repeat a training image, which the course forbids | copies that were changed a lot |
#
# The headline is the first pair: AFD and diversity. One good face, repeated, has a perfect AFD and no diversity.
#
# Beside your scores stand those of real images, the mark to reach, and of an untrained generator, the lowest. `raw` is the run's generator without averaging, and `best` is the averaged one that scored best while training.

# %% question="collapsed_scores"

# %% question="untrained_scores"

# %% id="scores"
from gan_hw.metrics.score_table import score_lines
from gan_hw.workflow.score import score
from gan_hw.utils.environment import is_smoke_run

scores = score(
    archive, plan.data, cascade=cascade or None, workspace=plan.workspace, seed=plan.seed,
    faces=not is_smoke_run(), fid=fid, c2st=not is_smoke_run(),
)
print("\n".join(score_lines(scores)))

# %% exercise="headline"

# %% exercise="frechet_distance"

# %% question="afd_above_real"

# %% [markdown] id="eye-text"
# ## Can you tell?
#
# Forty faces, half of them generated, half real. Say which each one is, and see how often you are wrong. Even when AFD is as high as for real images, anyone may still be able to tell the two kinds apart: look at the eyes, the edge of the hair, the background. The answers can be saved and added to the scores: `python -m gan_hw compare-faces RUN_FOLDER --add answers.json`.

# %% id="eye"
from gan_hw.utils.notebook import show_page
from gan_hw.workflow.report.compare_faces import write_comparison

page = write_comparison([plan.folder], workspace=plan.workspace)
show_page(page)

# %% [markdown] id="baselines-text"
# The course of 2022 set these baselines. Its FID was computed by the course's server, whose details are not public, so our FID can't be compared with it. Its AFD came from a detector of this kind, so ours is a fair hint.

# %% id="baselines"
# NBVAL_CHECK_OUTPUT
from gan_hw.metrics.afd import BASELINES
from gan_hw.utils.columns import left, right

print(left(say("baseline"), 10) + right(say("AFD at least"), 14) + right(say("FID at most (the course judge alone)"), 40))
for line in BASELINES:
    print(f"{line.name:10}{line.afd:>14}{line.course_fid:>40}")

# %% [markdown] id="able-to-say"
# ## What you should be able to say now
#
# - A vector $z$ of 100 standard normal numbers has a length of about 10. Halfway to another one it is about 7.1 on a straight line, and still about 10 with spherical interpolation.
# - In evaluation mode BatchNorm uses stored means and variances, so that a generated face depends on its own $z$ and not on the other faces of the batch.
# - For shorter vectors a face is found more often, and the images differ less: with `shipped:drawn`, afd_kit was 0.965 for $0.5\,z$ and 0.840 for $z$, and the mean difference between two images was 68 and 87.
# - AFD and diversity mean something only as a pair: one good face, repeated a thousand times, has AFD 1 and diversity 0.
# - The squared Fréchet distance of two normal distributions is $|m_1 - m_2|^2 + \mathrm{tr}\bigl(C_1 + C_2 - 2\,(C_1 C_2)^{1/2}\bigr)$. FID takes Inception's features and `face_frechet` those of the face network, so the two can't be compared.
# - An AFD above that of the real images does not mean better than real: `wgan_gp_wide` had 0.906 (real 0.880), and a classifier told its images from real ones with an error of only 0.0495.

# %% [markdown] id="references"
# ## References
#
# - Dowson and Landau 1982, [The Fréchet distance between multivariate normal distributions](https://doi.org/10.1016/0047-259X%2882%2990077-X): the formula of the Fréchet distance
# - Ioffe and Szegedy 2015, [Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift](https://arxiv.org/abs/1502.03167): BatchNorm
# - White 2016, [Sampling Generative Networks](https://arxiv.org/abs/1609.04468): spherical interpolation
# - Heusel et al. 2017, [GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium](https://arxiv.org/abs/1706.08500): FID
# - Lopez-Paz and Oquab 2017, [Revisiting Classifier Two-Sample Tests](https://arxiv.org/abs/1610.06545): the test behind `c2st_error`
# - Bińkowski et al. 2018, [Demystifying MMD GANs](https://arxiv.org/abs/1801.01401): KID, the kernel distance
# - Brock, Donahue and Simonyan 2019, [Large Scale GAN Training for High Fidelity Natural Image Synthesis](https://arxiv.org/abs/1809.11096): the truncation trick
# - Kynkäänniemi et al. 2019, [Improved Precision and Recall Metric for Assessing Generative Models](https://arxiv.org/abs/1904.06991): precision and recall
# - Naeem et al. 2020, [Reliable Fidelity and Diversity Metrics for Generative Models](https://arxiv.org/abs/2002.09797): density and coverage

# %% [markdown] id="your-progress-text"
# ## How far you are

# %% id="your-progress"
progress("05")

# %% [markdown] id="next"
# Train longer or with another recipe, and compare the scores.
#
# **Before:** [4 · Training](04_train.ipynb) · **Next:** [6 · The progression, measured](06_progression.ipynb)
