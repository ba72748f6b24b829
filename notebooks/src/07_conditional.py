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
# # 7 · Draw the face I asked for
#
# A generator that is told what to draw: blue hair, green eyes. Three ideas of how the discriminator makes it obey, the same trainer as before, and a classifier that took no part in the training: it reads hair and eyes off the finished faces.
#
# **You will see** the same noise vector drawn in every hair and eye colour, the way from one colour to another, and how often the faces show what was asked for, beside real faces' own value. With `minutes = 10` about 11 minutes on a CPU (the pictures below come from ten minutes of a single core). With images of your own, the first time takes some 5 to 10 minutes more, because a classifier must first learn to read their labels. Not measured on a T4.

# %% shared="bootstrap"

# %% id="parameters" tags=["parameters"]
recipe: str = "conditional_quick"  # @param ["cgan_quick", "acgan_quick", "conditional_quick", "iclevr_cgan", "iclevr_cgan_content", "iclevr_cgan_wgan", "iclevr_acgan", "iclevr_acgan_content", "iclevr_cgan_srgan", "iclevr_acgan_srgan"]
overrides: str = ""  # @param {type:"string"}  # fields of the recipe to change, as in notebook 4
data: str = "drawn"  # @param {type:"string"}  # drawn, a folder or archive of pictures, or iclevr:PATH
labels: str = "hair,eyes"  # @param {type:"string"}  # a table of classes (.csv), or kinds of those that a set has; empty: all
start: str = ""  # @param {type:"string"}  # networks to begin with: shipped:conditional, or a run's folder; empty: new ones
minutes: float = 10.0  # @param {type:"number"}  # budget: minutes of training, 0 for the recipe's epochs
workspace: str = ""  # @param {type:"string"}  # for runs and data; "drive": Google Drive; empty: here
run: str = ""  # @param {type:"string"}  # name of the run folder; empty: made of recipe, data and seed
seed: int = 0  # @param {type:"integer"}  # of weights, order of the images and noise
device: str = "auto"  # @param ["auto", "cpu", "cuda", "mps"]
precision: str = "auto"  # @param ["auto", "fp32", "bf16", "fp16"]
evaluator: str = ""  # @param {type:"string"}  # the lab's checkpoint, for its classes; empty: the kit's own classifier
scenes: str = ""  # @param {type:"string"}  # run folder of a training on i-CLEVR, to draw its test lists; empty: none
cascade: str = ""  # @param {type:"string"}  # the cascade's file, for afd_strict; empty: GAN_HW_CASCADE, or fetched once

# %% id="place"
from gan_hw.course import ask, check, hint, progress, reply, say, solution
from gan_hw.utils.notebook import check_parameters
from gan_hw.utils.devices import device_notes

check_parameters(In)  # papermill would set any name, also a misspelt one
print(*device_notes(device), sep="\n")

# %% [markdown] id="labels-text"
# ## Labels
#
# A label says which classes a picture shows: a row of zeros and ones, one column for each class, so that a picture may show several. Here each face has one hair and one eye colour. `labels = "hair,eyes"` keeps those kinds of the classes that the drawn faces come with; for pictures of your own, a table names them (`labels = "table.csv"`, with a column `file`).

# %% id="labels"
from gan_hw.utils import figures
from gan_hw.workflow.plan import make_plan

plan = make_plan(
    recipe=recipe, overrides=overrides, data=f"{data}?labels={labels}" if labels else data, start=start or None,
    minutes=minutes, workspace=workspace, run=run, seed=seed, device=device, precision=precision, cascade=cascade or None,
)
images = plan.images()
for row in range(3):
    shown = images.labels[row].nonzero().flatten().tolist()
    print(say("image {row}:", row=row), ", ".join(images.class_names[k] for k in shown))
figures.grid(images.images[:20], per_row=10)

# %% exercise="multi_hot"

# %% question="label_for_the_generator_alone"

# %% [markdown] id="ways-text"
# ## Three ways to make it obey
#
# The generator gets the label beside the noise: a linear layer and a ReLU make 256 numbers of it, and these are put behind $z$. That alone teaches it nothing, since nobody would notice if it ignored them. The discriminator has to notice when blue hair was asked for and pink hair was drawn:
#
# 1. **cGAN** (Mirza and Osindero 2014): the discriminator sees the label as well, as a fourth channel beside red, green and blue (`d_condition = "plane"`). It learns what the faces of each label look like, so that what is drawn for a label has to look like them.
# 2. **Projection** (Miyato and Koyama 2018): a product of label and features is added to the logit, $D(x, y) = \psi(\phi(x)) + y^\top V\phi(x)$ (`d_condition = "projection"`). $\phi(x)$ are the features before $D$'s last layer, $\psi$ is that layer, and $V$ has one learned row for each class: the direction in which features of this class point. So the product $y^\top V\phi(x)$ is large where the features go with the label.
# 3. **ACGAN** (Odena et al. 2017): the discriminator does not see the label. It gets a second head that *reads* the classes off the image, and learns that on real images, whose labels are known: $L_D + w \cdot \mathrm{BCE}(\mathrm{read}(x), y)$, with BCE the binary cross-entropy (what $D$ minimises in notebook 3, here for each class and averaged over the classes), and with `auxiliary_weight` as $w$. (The kit averages it over real and generated images, the latter with the labels that were asked for.) $G$ wants its faces to be read as they were asked for: $L_G + w \cdot \mathrm{BCE}(\mathrm{read}(G(z, y)), y)$.
#
# The losses of notebook 3 do not change: they pass images to the discriminator, and the batch's labels are bound to it before.

# %% question="does_the_logit_depend"

# %% id="ways"
# NBVAL_CHECK_OUTPUT
import torch
from gan_hw.networks.conditional import LabelBoundDiscriminator
from gan_hw.recipes import RECIPES
from gan_hw.recipes.build import build_discriminator

torch.manual_seed(0)
base = RECIPES["wgan_gp_quick"].replace(conditional=True, classes=3, auxiliary_weight=0.0, d_condition="plane")
one_hot, faces = torch.eye(3), torch.rand(3, 3, 64, 64)
for way in ({"d_condition": "plane"}, {"d_condition": "projection"}, {"d_condition": "none", "auxiliary_weight": 1.0}):
    discriminator = build_discriminator(base.replace(**way))
    first, other = (LabelBoundDiscriminator(discriminator, y)(faces) for y in (one_hot, one_hot.flip(0)))
    print(say("{way} -> the logit depends on the label:", way=way), not torch.allclose(first, other))

# %% exercise="condition_z"

# %% exercise="label_plane"

# %% exercise="projection_logit"

# %% [markdown] id="train-text"
# ## Train
#
# `conditional_quick` uses two of the ways at once, projection and the second head.
# The trainer is the one of notebook 4. In each step the generator is asked for the classes of the real batch at hand, so every class is asked for as often as it occurs in the data set.
#
# No ten minutes? Take ours: with `start = "shipped:conditional"` and `minutes = 0.5` the training goes on from networks that ship with the kit.

# %% alt="Forty generated faces in five rows with the hair and eye colours of real labels" id="train" tags=["picture"]
from IPython.display import display
from gan_hw.inference.sampling import generate, sample_z

trainer = plan.trainer(images)
live = display(figures.grid(generate(trainer.ema, trainer.fixed_z)), display_id=True)
trainer.train(**plan.budget, on_sample=lambda trainer, picture: live.update(picture))
trained = {"steps": trainer.step, "seen": trainer.seen, "minutes": trainer.seconds / 60}
print(say("{steps} steps, {seen} images seen, {minutes:.1f} minutes -> {folder}", folder=plan.folder, **trained))

# %% [markdown] id="grid-text"
# ## One face, every colour
#
# One $z$ for the whole picture: from top to bottom the first kind of classes (hair), from left to right the second (eyes). What to look for: does only that change which was asked for? A generator that keeps pose, hairstyle and background has learned colour as something of its own; one that draws another face in each column has learned a list.

# %% question="one_z_every_label"

# %% alt="One noise vector drawn in all twelve hair colours, row by row, and all eleven eye colours, column by column: the face stays the same, its colours change" id="grid" tags=["picture"]
from gan_hw.data.labels import label_grid

row_names, column_names, grid_labels = label_grid(images.class_names)
z = sample_z(1, trainer.recipe.z_dim, seed).expand(len(grid_labels), -1)
print(say("down:"), ", ".join(row_names))
print(say("across:"), ", ".join(column_names))
figures.grid(generate(trainer.ema, z, grid_labels), per_row=len(column_names))

# %% [markdown] id="menus-text"
# Choose for yourself, if you are at a notebook with a running kernel: a menu for each kind, and one for the noise.

# %% id="menus"
from gan_hw.utils.notebook import dropdown_menus


def one_face(hair, eyes, face):
    requested = grid_labels[row_names.index(hair) * len(column_names) + column_names.index(eyes)][None]
    return figures.grid(generate(trainer.ema, sample_z(face, trainer.recipe.z_dim, seed)[-1:], requested), scale=4)


dropdown_menus(one_face, {"hair": row_names, "eyes": column_names, "face": range(1, 21)})

# %% [markdown] id="between-text"
# ## Between two labels, and between two faces
#
# The generator was trained on labels of zeros and ones alone, but it takes what lies between as well. In the upper row of the next picture the label goes from one to another while $z$ stays; in the lower row $z$ goes from one vector to another while the label stays.

# %% question="half_a_label"

# %% alt="Two rows of ten faces: in the upper one the label changes and with it the colours, in the lower one the noise changes and with it the face" id="between" tags=["picture"]
from gan_hw.inference.sampling import interpolate

share = torch.linspace(0, 1, 10)[:, None]
first, last = images.labels[0].float(), images.labels[2].float()
start, end = sample_z(2, trainer.recipe.z_dim, seed)
by_label = generate(trainer.ema, start.expand(10, -1), (1 - share) * first + share * last)
by_z = generate(trainer.ema, interpolate(start, end, 10), first.expand(10, -1))
figures.image_rows({say("the label changes"): by_label, say("the noise changes"): by_z})

# %% question="who_may_judge"

# %% [markdown] id="ask-text"
# ## Does it draw what I asked for?
#
# Neither the loss nor your eye should decide. A classifier has learned to read the classes off *real* images, and took no part in the GAN's training. (For the drawn faces it ships with the kit; for others a ResNet-18 is trained.) Part of the real images is held out, and its score on these is printed beside (generated faces may be easier to read than real ones). Then it reads the generated faces, each of which was asked for the classes of a real one that is held out:
#
# - `score`, as in the course lab that this notebook follows: if $k$ classes were asked for in an image, the $k$ highest outputs count as found; the score is all hits divided by all classes asked for;
# - for each kind of class (here hair and eyes), the share of faces in which the one asked for has the highest output of its kind. With 12 colours, chance is about 0.08.

# %% question="hair_or_eyes"

# %% id="ask"
from gan_hw.workflow.conditional_evaluation import evaluate, result_lines
from gan_hw.utils.environment import is_smoke_run

if not is_smoke_run():
    print("\n".join(result_lines(evaluate(plan.folder, checkpoint=evaluator or None, workspace=plan.workspace, seed=seed))))

# %% question="share_of_classes"

# %% id="facts-score"
# NBVAL_CHECK_OUTPUT
from gan_hw.metrics.classifier import score

outputs = torch.tensor([[0.9, 0.1, 0.8], [0.2, 0.7, 0.1]])
asked = torch.tensor([[1, 0, 1], [1, 0, 0]])
print(say("two of three classes were hit: {share:.3f}", share=score(outputs, asked)))

# %% exercise="top_hits"

# %% [markdown] id="faces-text"
# And are they faces? afd_strict (or afd_kit) and diversity, as in notebook 5, because a patch of pink is not a girl with pink hair. (No labels are passed: the generator then takes label rows of its data set, chosen by $z$.)

# %% question="obedient_but_no_face"

# %% id="faces"
from gan_hw.inference.sampling import generate, sample_z
from gan_hw.metrics.afd import face_scores, load_detector
from gan_hw.metrics.diversity import mean_pairwise_rmse

n = 200 if is_smoke_run() else 1000
detector = load_detector(cascade, plan.workspace, fetch=True)  # the cascade, or else the kit's own
faces = generate(trainer.ema, sample_z(n, plan.recipe.z_dim))
found = face_scores(faces, mean_pairwise_rmse(images.images[:n]), detector)
print(detector.metric, f"{found[detector.metric]:.3f}, diversity {found['diversity']:.3f}")

# %% [markdown] id="facts-text"
# Three facts that hold for every run: the same label and the same noise give the same face; another label gives another one; and how many images are generated at once makes no difference.

# %% id="facts"
# NBVAL_CHECK_OUTPUT
label, other = images.labels[:4], images.labels[:4].roll(1, 1)
z = sample_z(4, trainer.recipe.z_dim, seed)
faces = generate(trainer.ema, z, label)
print(say("the same label, the same face:"), torch.equal(faces, generate(trainer.ema, z, label)))
print(say("another label, another face:"), not torch.equal(faces, generate(trainer.ema, z, other)))
alone = generate(trainer.ema, z[:1], label[:1]).int()
print(say("alone or with others:"), bool(((alone - faces[:1].int()).abs() <= 1).all()))

# %% [markdown] id="scenes-text"
# ## Scenes instead of faces
#
# The lab that this notebook follows draws scenes of i-CLEVR: up to three of 24 objects (eight colours of cubes, spheres and cylinders), asked for by lists such as `["red cube", "gray sphere"]`. Its recipes are here as well, `iclevr_cgan` to `iclevr_acgan_srgan`; [the book](../docs/results/conditional.md) has what they reached. Train one at the command line and put its folder into `scenes`. For each of the lab's two test files the next cell prints the mean score of ten draws, and it draws the 32 requests of the first, all with the run's best checkpoint (chosen on other requests, by the same classifier). Recipes with `content` were trained with the features of a second classifier. Its score is printed as well, "by its guide": the excess over the independent score shows how far the training flattered it.

# %% alt="Thirty-two generated scenes with one to three coloured blocks, each below the list of objects that was asked for" id="scenes" tags=["picture"]
from gan_hw.workflow.conditional_evaluation import generate_requested

if scenes:
    for asked in ("test.json", "new_test.json"):
        result = evaluate(scenes, asked, checkpoint=evaluator or None, workspace=plan.workspace, weights="best")
        print(asked, *result_lines(result), sep="\n")
    display(figures.captioned_grid(*generate_requested(scenes, "test.json", "best", plan.workspace)))
else:
    print("python -m gan_hw train --recipe iclevr_acgan --data iclevr:PATH --set feature_dim=32 --minutes 15")

# %% [markdown] id="able-to-say"
# ## What you should be able to say now
#
# - If only the generator gets the label, no loss depends on it, so nothing makes the generator obey.
# - cGAN gives the discriminator the label as a fourth channel, and projection adds $y^\top V\phi(x)$ to the logit. In ACGAN the logit does not depend on the label: a second head reads the classes off the image, and $G$'s loss gets the term $w \cdot \mathrm{BCE}(\mathrm{read}(G(z, y)), y)$.
# - A label is a row of zeros and ones with one column for each class. The generator's first layer gets the 100 numbers of $z$ and 256 made of the label, 356 in all.
# - The classifier that measures must not have taken part in the training: of the same run's images, the one whose features the loss used found 0.865 of the requested classes, and an independent one 0.361.
# - The score is the number of hits divided by the number of classes asked for. Of each image only as many of the highest outputs count as classes were asked for, so naming all classes gains nothing.
# - The right colours are no proof of a face: after ten minutes hair was right in 1.000 and eyes in 0.841 of the images, and a face was found in 0.777 of them (real 0.888).

# %% [markdown] id="references"
# ## References
#
# - Mirza and Osindero 2014, [Conditional Generative Adversarial Nets](https://arxiv.org/abs/1411.1784): cGAN
# - He et al. 2016, [Deep Residual Learning for Image Recognition](https://arxiv.org/abs/1512.03385): ResNet-18, the classifier
# - Ledig et al. 2017, [Photo-Realistic Single Image Super-Resolution Using a Generative Adversarial Network](https://arxiv.org/abs/1609.04802): SRGAN
# - Odena, Olah and Shlens 2017, [Conditional Image Synthesis with Auxiliary Classifier GANs](https://arxiv.org/abs/1610.09585): ACGAN
# - Miyato and Koyama 2018, [cGANs with Projection Discriminator](https://arxiv.org/abs/1802.05637): projection
# - El-Nouby et al. 2019, [Tell, Draw, and Repeat: Generating and Modifying Images Based on Continual Linguistic Instruction](https://arxiv.org/abs/1811.09845): i-CLEVR

# %% [markdown] id="your-progress-text"
# ## How far you are

# %% id="your-progress"
progress("07")

# %% [markdown] id="next"
# At the command line: `python -m gan_hw train --recipe conditional_quick --labels hair,eyes --minutes 10`, then `python -m gan_hw ask RUN_FOLDER`.
#
# **Before:** [6 · The progression, measured](06_progression.ipynb) · **Next:** [8 · Any collection of pictures](08_other_datasets.ipynb)
