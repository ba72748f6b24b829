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
# # 8 · Any collection of pictures
#
# CIFAR-10's cars and frogs, CelebA's faces, flowers, or a folder of your own: the same trainer, the same critic, other pictures. What changes is how good can be measured (no detector finds a frog), how large the networks should be, and, with a few hundred pictures, that a critic can learn them by heart.
#
# **You will see** the published recipes of other systems beside the kit's own, a training whose distance to the real pictures falls, its best moment, and one comparison of your choice. About 8 minutes with `minutes = 5` on two CPU cores; on a T4 not measured. The pictures below come from `data = "faces.zip"`, 12,000 anime faces, `minutes = 4` on two cores and `experiment = "norm"`.

# %% shared="bootstrap"

# %% id="parameters" tags=["parameters"]
recipe: str = "collection_quick"  # @param ["cifar10_wgan_gp", "celeba_wgan_gp", "anime_wgan_gp", "flowers_wgan_gp", "collection_wgan", "collection_wgan_gp", "collection_quick"]
overrides: str = ""  # @param {type:"string"}  # fields of the recipe to change, as in notebook 4
data: str = "drawn"  # @param {type:"string"}  # cifar10, celeba, flowers102, a folder or an archive of pictures
minutes: float = 5.0  # @param {type:"number"}  # budget: minutes of training, 0 for the recipe's epochs
experiment: str = ""  # @param ["", "output", "norm", "body", "size", "z", "brightness", "augmentation"]
fid: bool = False  # @param {type:"boolean"}  # FID and KID too: fetches Inception (96 MB); minutes on a CPU
beside: str = ""  # @param {type:"string"}  # other pictures to compare with, where data are too few for that
workspace: str = ""  # @param {type:"string"}  # for runs and data; "drive": Google Drive; empty: here
run: str = ""  # @param {type:"string"}  # name of the run folder; empty: made of recipe, data and seed
seed: int = 0  # @param {type:"integer"}  # of weights, order of the images and noise
device: str = "auto"  # @param ["auto", "cpu", "cuda", "mps"]
precision: str = "auto"  # @param ["auto", "fp32", "bf16", "fp16"]

# %% id="place"
from gan_hw.course import ask, check, hint, progress, reply, say, solution
from gan_hw.utils.notebook import check_parameters
from gan_hw.utils.devices import device_notes

check_parameters(In)  # papermill would set any name, also a misspelt one
print(*device_notes(device), sep="\n")

# %% [markdown] id="pictures-text"
# ## The pictures
#
# `data` takes a name (`cifar10`, `celeba`, `flowers102`: downloaded by torchvision, or read from a folder where it keeps them, `cifar10:FOLDER`), a folder or an archive. Pictures that are not square lose their ends, or with `?fit=pad` behind the name get a white border. A raw collection is best looked through first:
#
# `python -m gan_hw prepare MY_FOLDER PREPARED` says which files it would leave out and why (unreadable, too small, far from square, copies of each other, dark or flat), with a contact sheet; again with `--accept` it writes the others, and `data = "PREPARED/pictures"` learns from them.

# %% id="pictures"
from gan_hw.utils import figures
from gan_hw.workflow.plan import make_plan

settings = {"workspace": workspace, "run": run, "seed": seed, "device": device, "precision": precision}
settings |= {"minutes": minutes, "beside": beside}
plan = make_plan(recipe, data, overrides=overrides, best="features", **settings)
images = plan.images()
counts = {"count": len(images), "size": images.images.shape[-1], "unreadable": len(images.unreadable)}
print(say("{count} pictures of {size} pixels, {unreadable} could not be read", **counts))
figures.grid(images.images[:40], per_row=10)

# %% exercise="centre_square"

# %% question="batchnorm_and_penalty"

# %% [markdown] id="recipes-text"
# ## What others chose
#
# Each line is a published training, as what it changes of homework 6's WGAN-GP or WGAN (what its source does not tell is the kit's choice; [the book](../docs/results/collections.md) says which), and the last is the kit's own. Two things to notice: the batches of 512, and BatchNorm in critics with a gradient penalty. The penalty asks each image's gradient for a norm of 1, and BatchNorm makes each image's score depend on its neighbours: done all the same, and here only with `as_published=True`.

# %% id="recipes"
# NBVAL_CHECK_OUTPUT
from gan_hw.recipes import COLLECTIONS, RECIPES, differences

for published in COLLECTIONS:
    base = RECIPES["wgan_gp" if published.objective == "wasserstein_gp" else "wgan"]
    changed = {name: new for name, (_, new) in differences(base, published).items()}
    fields = ", ".join(f"{name}={value}" for name, value in changed.items())
    print(say("{recipe}: {base} with {fields}", recipe=published.name, base=base.name, fields=fields) + "\n")

# %% [markdown] id="train-text"
# ## Train, and keep the best moment
#
# A face detector says nothing about frogs. What is measured instead: a small network learns, in about a minute, to recognise each real picture among the others, and to tell it from corrupted copies. (For anime faces of 64×64 pixels such a network ships with the kit.) In its features two distances are computed. `face_frechet` is the exercise of notebook 5; of a few hundred pictures it is mostly bias. `face_kernel` decides which moment is the best. With a similarity $k$ of two pictures' features, it is the mean $k$ within the real ones, plus that within the generated ones, minus twice that between the two; no picture is compared with itself. It is 0 on average where both come from the same distribution. (The names come from faces; any pictures will do.)
#
# Both are measured about once an epoch, or every 128 steps (on a CUDA GPU every 2048) where an epoch is shorter. A long training does not always end at its best: a published log's best FID, 91, came at batch 290,000, and then it went up again. So the best moment is kept beside the last.

# %% alt="Forty pictures generated by a training on real anime faces of a user's folder" id="train" tags=["picture"]
from IPython.display import display
from gan_hw.inference.sampling import generate, sample_z
from gan_hw.inference.weights import load_generator

trainer = plan.trainer(images)
live = display(figures.grid(generate(trainer.ema, trainer.fixed_z)), display_id=True)
trainer.train(**plan.budget, on_sample=lambda trainer, picture: live.update(picture))
trained = {"steps": trainer.step, "seen": trainer.seen, "minutes": trainer.seconds / 60}
print(say("{steps} steps, {seen} images seen, {minutes:.1f} minutes -> {folder}", folder=plan.folder, **trained))

# %% question="loss_and_distance"

# %% [markdown] id="curves-text"
# Minus the critic's loss estimates a distance, by a critic that changes; the curve at the bottom is measured by a network that does not. After the first few measurements it should fall, at first quickly and then slowly. When it rises again while the losses look as before, look at the samples' diversity and brightness in `history.csv`.

# %% alt="Six panels over images seen and over minutes: the critic's loss, the generator's loss, and face_kernel, which rises at first and then falls" id="curves" tags=["picture"]
figures.training_curves(trainer.history)

# %% question="real_against_real"

# %% [markdown] id="distance-text"
# ## How near?
#
# The distances (`kernel` and `frechet`) of the last and of the best moment, and of an untrained generator. The line `real` is the mark: real pictures that the network has not learned from. A generator clearly below it should be checked for copies. `precision` is the share of generated pictures that lie among the real ones, `recall` the share of real ones that lie among the generated ones. To lie among the others means: to be closer to one of them than that one's third neighbour in its own set. All four depend on the data set and on the number of pictures: compare them within one table only, and never with an FID. With `fid = True` FID and KID are measured as well, where Inception can be fetched. FID comes out larger from a thousand pictures than from the 10,000 or 50,000 of published values; KID does not, but scatters more.

# %% question="recall_of_the_last"

# %% id="distance"
from gan_hw.inference.generator_files import GENERATOR_FILES
from gan_hw.metrics.judge import generate_untrained

if trainer.best.score is None:
    print(say("not measured: too few pictures for a network to learn from, or a short run to try the notebook"))
else:
    reference = trainer.best.score.reference
    z = sample_z(len(reference.held_out), plan.recipe.z_dim, seed)
    made = {"last": generate(trainer.ema, z), "untrained": generate_untrained(trainer.recipe, len(z), seed)}
    if (plan.folder / GENERATOR_FILES["best"]).exists():
        made["best"] = generate(load_generator(plan.folder, weights="best")[0], z)
    made["real"] = reference.real.images[reference.held_out]
    for name, row in ((name, reference.compare(part)) for name, part in made.items()):
        print(f"{name:10}", *(f"{key} {row[key]:8.3f}" for key in ("kernel", "frechet", "precision", "recall")))

# %% id="fid"
from gan_hw.metrics.reference import inception_reference
from gan_hw.metrics.protocol import NotMeasured

if fid and trainer.best.score is not None:
    try:
        by_inception = inception_reference(reference.real, plan.workspace)
        for name, row in ((name, by_inception.compare(part)) for name, part in made.items()):
            print(f"{name:10} FID {row['frechet']:8.2f} KID {row['kernel']:8.4f}")
    except NotMeasured as reason:
        print(say("FID and KID: not measured: {reason}", reason=reason))

# %% exercise="near_copies"

# %% question="disturbed_pictures"

# %% [markdown] id="facts-text"
# Three facts that hold on any collection: the generator's pictures have the size of the data's; a critic that sees disturbed pictures (`augment=True`) sees generated ones disturbed as well; and what is generated in the end is not disturbed.

# %% id="facts"
# NBVAL_CHECK_OUTPUT
import torch

generated, seen = trainer.gan.sample_for_discriminator(8), []
trainer.gan.objective.generator_loss(lambda x: seen.append(x) or x.mean((1, 2, 3)), generated, generated)
print(say("sizes agree:"), generated.shape[1:] == images.images.shape[1:])
print(say("the critic is shown what the recipe says:"), torch.equal(seen[0], generated) != trainer.recipe.augment)
twice = [generate(trainer.ema, trainer.fixed_z) for _ in range(2)]
print(say("what is generated in the end is not disturbed:"), torch.equal(*twice))

# %% exercise="augmented_losses"

# %% exercise="translate"

# %% [markdown] id="hsi-text"
# With `d_input=hsi` the critic is shown each pixel's hue, saturation and intensity instead of red, green and blue. The next cell turns up the light of a grey pixel.

# %% question="brightness_in_hsi"

# %% id="facts-hsi"
# NBVAL_CHECK_OUTPUT
from gan_hw.networks.color import HSI

grey, brighter = torch.full((1, 3, 1, 1), -0.5), torch.full((1, 3, 1, 1), 0.5)
for name, pixel in ((say("dark grey"), grey), (say("light grey"), brighter)):
    _, _, saturation, intensity = HSI()(pixel).flatten().tolist()
    values = {"name": name, "saturation": saturation, "intensity": intensity}
    print(say("{name}: saturation {saturation:.2f}, intensity {intensity:.2f}", **values))

# %% question="three_hundred_faces"

# %% [markdown] id="experiment-text"
# ## One thing changed
#
# `experiment` trains each variant of one question for `minutes` and puts what comes out side by side; a variant that changes nothing of the recipe is the run above, and not trained again:
#
# - `output`: does an unbounded generator (without tanh) do worse?
# - `norm`: InstanceNorm, LayerNorm, none, or BatchNorm in a critic with a penalty.
# - `body`: convolutions against fully connected layers.
# - `size`, `z`: 64 against 32 pixels, a z of 100 against 512. (Distances of different sizes can't be compared: look at the pictures.)
# - `brightness`: generated pictures can drift brighter or darker to please the critic; a penalty on their mean, or a critic that is shown hue, saturation and intensity, as remedies.
# - `augmentation`: for a small collection. `data = "faces.zip?take=300"` learns 300 pictures, and `beside = "faces.zip"` compares with others.
#
# Each variant is one run with one seed: small differences say nothing.

# %% question="longer_z"

# %% id="experiment"
from gan_hw.workflow.experiments import measure_samples, train_variants

found = {}
for variant, tried in train_variants(experiment, recipe, data, overrides, **settings) if experiment else ():
    found[variant] = tried
    reference = tried.best.score.reference if tried.best.score else None
    z = sample_z(len(reference.held_out) if reference else 100, tried.recipe.z_dim, seed)
    numbers = measure_samples(generate(tried.ema, z), tried.images.images, reference)
    words = ", ".join(f"{name} {value:.3f}" for name, value in numbers.items())
    trained = {"seen": tried.seen, "minutes": tried.seconds / 60}
    print(f"{variant}: {words};", say("{seen} images seen in {minutes:.1f} minutes", **trained))
print(say("{count} variants compared", count=len(found)))

# %% alt="face_kernel over the minutes for four norms of the critic; all fall from above 1 to below 0.5" id="experiment-curves" tags=["picture"]
column = "brightness" if experiment == "brightness" else "face_kernel"
points = {
    variant: ([row["seconds"] / 60 for row in rows], [row[column] for row in rows])
    for variant, tried in found.items()
    if (rows := [row for row in tried.history if column in row])
}
if points and experiment != "size":
    display(figures.xy_plot(points, say("minutes"), column, symlog=column == "face_kernel"))

# %% alt="One row of ten generated faces for each of the four norms of the critic" id="experiment-pictures" tags=["picture"]
if found:
    display(figures.image_rows({name: generate(tried.ema, tried.fixed_z[:10]) for name, tried in found.items()}))

# %% [markdown] id="able-to-say"
# ## What you should be able to say now
#
# - The critic's loss has no fixed scale. The distance to real images in the features of a fixed network has one, so it shows whether the generated images get better.
# - `kernel` is an unbiased estimate, so that for real against real images it is near 0 and may be negative. `frechet` is biased upwards, the more so the fewer images there are; only values from equal numbers of images can be compared.
# - Precision is the share of generated images that lie among real ones, recall the share of real images that lie among generated ones. A run on real faces had 0.905 and 0.754 (held-out real faces 0.876 and 0.878): rare kinds of faces were missing.
# - WGAN-GP's penalty asks for a norm of 1 for the gradient of one image's score. With BatchNorm in the critic this gradient mixes the images of the batch; InstanceNorm and LayerNorm look at one image at a time.
# - DiffAugment augments real and generated images, in $D$'s loss and in $G$'s, and is differentiable; so $G$ gets a gradient through it and does not learn to draw the augmentation.
# - On 300 faces without augmentation, the distance to other faces fell for 3.1 minutes to 0.257 and then rose to 0.363, because the critic had memorised the 300. With mirrored and augmented images it was 0.125 at the end.

# %% [markdown] id="references"
# ## References
#
# - Nilsback and Zisserman 2008, [Automated Flower Classification over a Large Number of Classes](https://www.robots.ox.ac.uk/~vgg/data/flowers/102/): 102 kinds of flowers
# - Krizhevsky 2009, [Learning Multiple Layers of Features from Tiny Images](https://www.cs.toronto.edu/~kriz/cifar.html): CIFAR-10
# - Ioffe and Szegedy 2015, [Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift](https://arxiv.org/abs/1502.03167): BatchNorm
# - Liu et al. 2015, [Deep Learning Face Attributes in the Wild](https://arxiv.org/abs/1411.7766): CelebA
# - Ba, Kiros and Hinton 2016, [Layer Normalization](https://arxiv.org/abs/1607.06450): LayerNorm
# - Ulyanov, Vedaldi and Lempitsky 2016, [Instance Normalization: The Missing Ingredient for Fast Stylization](https://arxiv.org/abs/1607.08022): InstanceNorm
# - Arjovsky, Chintala and Bottou 2017, [Wasserstein GAN](https://arxiv.org/abs/1701.07875): WGAN
# - Gulrajani et al. 2017, [Improved Training of Wasserstein GANs](https://arxiv.org/abs/1704.00028): WGAN-GP
# - Heusel et al. 2017, [GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium](https://arxiv.org/abs/1706.08500): FID
# - Bińkowski et al. 2018, [Demystifying MMD GANs](https://arxiv.org/abs/1801.01401): KID, the kernel distance
# - Kynkäänniemi et al. 2019, [Improved Precision and Recall Metric for Assessing Generative Models](https://arxiv.org/abs/1904.06991): precision and recall
# - Zhao et al. 2020, [Differentiable Augmentation for Data-Efficient GAN Training](https://arxiv.org/abs/2006.10738): DiffAugment

# %% [markdown] id="your-progress-text"
# ## How far you are

# %% id="your-progress"
progress("08")

# %% [markdown] id="next"
# **Before:** [7 · Draw the face I asked for](07_conditional.ipynb) · **Next:** [9 · A laboratory in the plane](09_laboratory.ipynb) · At the command line: `python -m gan_hw train --recipe cifar10_wgan_gp --data cifar10 --minutes 15`, then `python -m gan_hw export RUN_FOLDER pictures --n 100`.
