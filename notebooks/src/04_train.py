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
# # 4 · Training
#
# Now the two networks play. You watch the same 40 noise vectors turn into faces, and learn to read the curves, which say less than you would think.
#
# **You will see** live pictures while training goes on, both losses over the images seen, and the same faces at several moments. With the recipe `gan_r1_quick` 4 minutes on two CPU cores give recognisable faces. You may stop at any time with the notebook's stop button: the run is saved, and running the cell again goes on.
#
# The pictures stored in this file are of eight minutes on one CPU core, about as much as four minutes on two; run the cells to make your own.

# %% shared="bootstrap"

# %% id="parameters" tags=["parameters"]
recipe: str = "gan_r1_quick"  # @param ["gan", "gan_longer", "wgan", "wgan_gp", "gan_r1", "r3gan", "gan_quick", "gan_r1_quick", "gan_r1_128", "gan_r1_wide", "wgan_gp_quick", "wgan_gp_wide"]
overrides: str = ""  # @param {type:"string"}  # fields of the recipe to change, as "The plan" shows
data: str = "drawn"  # @param {type:"string"}  # drawn, crypko, a folder, .zip, .tgz, hf:... or kaggle:...
minutes: float = 0.0  # @param {type:"number"}  # budget: minutes of training, 0 for no such limit
epochs: float = 0.0  # @param {type:"number"}  # budget: passes over the images, 0 for no such limit
steps: int = 0  # @param {type:"integer"}  # budget: discriminator steps, 0 for no such limit
workspace: str = ""  # @param {type:"string"}  # for runs and data; "drive": Google Drive; empty: here
run: str = ""  # @param {type:"string"}  # name of the run folder; empty: made of recipe, data and seed
seed: int = 0  # @param {type:"integer"}  # of weights, order of the images and noise
device: str = "auto"  # @param ["auto", "cpu", "cuda", "mps"]
precision: str = "auto"  # @param ["auto", "fp32", "bf16", "fp16"]
track: str = ""  # @param ["", "tensorboard"]
cascade: str = ""  # @param {type:"string"}  # the cascade's file, for afd_strict; empty: GAN_HW_CASCADE, or fetched once

# %% id="place"
from gan_hw.course import ask, check, hint, progress, reply, say, solution
from gan_hw.utils.notebook import check_parameters
from gan_hw.utils.devices import device_notes

check_parameters(In)  # papermill would set any name, also a misspelt one
print(*device_notes(device), sep="\n")

# %% [markdown] id="plan-text"
# ## The plan
#
# Recipe, images, run folder and budget in one line. Without any budget, the recipe's epochs are it. `data` takes a path, `drawn:2000`, `hf:OWNER/DATASET/FILE` and `kaggle:OWNER/DATASET` as well. To change fields of the recipe, set `overrides = "n_critic=2 betas=0.0,0.9"`, say, and give the run a name: `run = "my-gan"`. The folder's name has no time in it: the same parameters find the same run and go on with it.

# %% id="plan"
from gan_hw.workflow.plan import make_plan

plan = make_plan(
    recipe=recipe, overrides=overrides, data=data, minutes=minutes, epochs=epochs, steps=steps,
    workspace=workspace, run=run, seed=seed, device=device, precision=precision, track=track,
    cascade=cascade or None,
)
trainer = plan.trainer()
print(plan)

# %% [markdown] id="counting-text"
# ## Counting
#
# One **step** is one update of the discriminator on one batch of real images. The generator moves once in `n_critic` steps. `epochs` are passes over the images, and `seen` counts the real images used so far.

# %% exercise="steps_per_epoch"

# %% id="counting"
values = {"images": len(trainer.images), "batch": plan.recipe.batch_size, "steps": trainer.steps_per_epoch}
print(say("{images} images / batches of {batch} = {steps} steps an epoch", **values))
print(say("generator steps an epoch:"), trainer.steps_per_epoch // plan.recipe.n_critic)

# %% question="generator_share"

# %% id="counting-facts"
# NBVAL_CHECK_OUTPUT
from gan_hw.recipes import RECIPES

for name in ("gan", "wgan_gp"):
    course = RECIPES[name]
    count = 100 // course.n_critic
    print(say("{name}: of 100 discriminator steps, {count} come with a generator step", name=name, count=count))

# %% exercise="is_generator_step"

# %% question="why_n_critic"

# %% [markdown] id="path-text"
# ## The course's path
#
# Walk it by changing one parameter at a time, and keep the runs: each needs a folder of its own, named after the recipe or with `run`.
#
# | stage | parameters | what to expect | 6,000 drawn faces | the course's 71,314 |
# |---|---|---|---|---|
# | 1 | `recipe = "gan"` (1 epoch) | blobs of the right colours, a hint of hair and face | ½ min | 7 min |
# | 2 | `recipe = "gan"`, `epochs = 10`, `run = "gan-10"` | faces, many of them alike; $D$'s loss falls, $G$'s rises | 5½ min | 65 min |
# | 3 | `recipe = "gan_longer"` (50 epochs, `n_critic` 2) | sharper faces; more variety, or a collapse: look at the grid, not at the loss | 21 min | 4 h |
# | 4 | `recipe = "wgan"` (50 epochs) | needs more images for the same quality; steadier; softer pictures | 17 min | 3½ h |
# | 5 | `recipe = "wgan_gp"` (50 epochs) | the best of them, at the price of a second backward pass | 36 min | 7 h |
#
# The times are for two CPU cores that multiply bf16, from measured rates (182, 243, 290 and 138 images a second); without bf16 count several times as much. A T4 and a P100 have not been measured. With less time, walk the same path with small networks, as in `recipe = "wgan"`, `overrides = "feature_dim=16 batch_size=32 g_up=nearest flip=True"`, `run = "wgan-small"`.

# %% [markdown] id="pieces-text"
# ## The training step, in pieces
#
# RMSprop divides each gradient by a running mean of its size, so that every weight moves about equally fast. Adam does so too and also averages the gradients themselves: that is its *momentum*. Its two *betas* say how much of each average is kept, the first one of the momentum. In a GAN the opponent moves, so old gradients soon point the wrong way.
#
# In the exercises `objective` holds a method's two losses.

# %% exercise="optimiser_for"

# %% exercise="discriminator_step"

# %% exercise="generator_step"

# %% exercise="training_step"

# %% question="penalty_every_eighth"

# %% [markdown] id="loop-text"
# ## The loop
#
# This is the whole of it, read from the package. Two losses, two updates; what GAN and WGAN-GP differ in stands in the objective. `gan` holds networks, optimisers and the objective. `gan.update` is zero_grad, backward and step; `sample_for_discriminator` makes fakes without a graph; `autocast` computes in the chosen precision. To change the loop, copy these functions, change them, and pass your `training_step` on, in a run of its own: `make_plan(..., run="my-step").trainer(step=my_step)`.

# %% question="averaged_weights"

# %% id="loop"
import inspect
from gan_hw.training import step as kit

for function in (kit.training_step, kit.discriminator_step, kit.generator_step):
    print(inspect.getsource(function))

# %% [markdown] id="train-text"
# ## Train
#
# The picture below is made from the same 40 vectors $z$ each time, by the *averaged* generator: an exponential moving average of its weights. Training makes the weights swing around a good place; their average sits in the middle and draws cleaner faces.
#
# What to look for: first blobs of the right colours, then hair and skin apart, then eyes, at last two eyes that match.

# %% [markdown] id="tensorboard-text"
# With `track = "tensorboard"` above, the cell below shows [TensorBoard](https://www.tensorflow.org/tensorboard) in Jupyter and Colab, with all runs of the workspace that have its files. Its points appear each time the run is saved, about once a minute. Otherwise the cell does nothing.

# %% id="tensorboard"
from IPython import get_ipython
from gan_hw.utils.notebook import output_mode

if track and output_mode() == "notebook":  # somebody is watching
    get_ipython().run_line_magic("load_ext", "tensorboard")
    get_ipython().run_line_magic("tensorboard", f'--logdir "{plan.folder.parent}"')

# %% question="first_picture"

# %% alt="Forty generated faces in five rows, drawn by the averaged generator at the end of training" id="train" tags=["picture"]
from IPython.display import display
from gan_hw.utils import figures
from gan_hw.inference.sampling import generate

live = display(figures.grid(generate(trainer.ema, trainer.fixed_z)), display_id=True)
before = trainer.step
trainer.train(**plan.budget, on_sample=lambda trainer, picture: live.update(picture))
if trainer.step == before:
    print(say("The budget was used up before: raise minutes or epochs above, or give another run name."))
trained = {"steps": trainer.step, "seen": trainer.seen, "minutes": trainer.seconds / 60}
print(say("{steps} steps, {seen} images seen, {minutes:.1f} minutes -> {folder}", folder=plan.folder, **trained))

# %% exercise="half_life_decay"

# %% exercise="ema_update"

# %% question="same_loss"

# %% [markdown] id="curves-text"
# ## The curves
#
# For a GAN, both losses near 0.69 mean that $D$ can't tell; $D$'s loss near 0 and $G$'s rising means that $D$ wins. Neither says how good the faces are. For a WGAN, minus the critic's loss estimates a distance, and its fall goes with better pictures; with a gradient penalty the curve holds 10 times the penalty as well, which can start above 100, so read it when that has fallen. (The vertical axis leaves out the first tenth, in which losses jump.)

# %% question="seen_or_steps"

# %% alt="Two curves over the real images seen, the discriminator's loss on the left and the generator's on the right; both change quickly at first and then vary around a level" id="curves" tags=["picture"]
figures.loss_curves(trainer.history)

# %% question="diversity_start"

# %% [markdown] id="health-text"
# ## Is it going wrong?
#
# A GAN can fail without its loss telling: the generator finds a few faces that fool $D$ and draws nothing else (**mode collapse**). So the trainer looks at the samples as well, every 128 steps (on a CUDA GPU every 1024), and says a sentence when something is wrong. Diversity is how different the samples are from one another, relative to real faces: it should rise to about 1 and stay there. If it falls while training goes on, stop sooner, or try another recipe. Roughness is how much neighbouring pixels differ, again relative to real faces: far above 1 is noise.
#
# From three findings a run does not recover: a loss that is NaN, a critic's loss that runs away, and pictures of noise. Then the trainer goes back to the state it saved last and goes on with half the learning rates, up to three times. A program that finds anime faces in pictures (the *detector*; notebook 5) scores 200 samples once an epoch; the generator that scored best is kept beside the last one, as `generator_best.safetensors`, so that a collapse at the end does not cost you the faces you had.

# %% id="health"
looks = [row for row in trainer.history if "diversity" in row]  # none in a very short run
seen = [row["seen"] for row in looks]
print(say("found:"), sorted({name for row in looks for name in row.get("findings", "").split()}) or say("nothing wrong"))
lines = {name: [row[name] for row in looks] for name in ("diversity", "roughness")}
figures.line_plot(seen, lines, say("real images seen"))

# %% question="number_of_a_collapse"

# %% [markdown] id="collapse-text"
# ## A collapse, to look at
#
# This generator ships with the kit: `gan_quick`, trained on the 6,000 drawn faces until it had seen 160,000 pictures. The detector finds a face in nearly every picture, more often than in real ones. Look at the fringe, the mouth and the direction of the eyes: it is one face, in a few colours.

# %% alt="Two rows of ten faces of a collapsed generator: clear faces, but all with similar features and few colours" id="collapse" tags=["picture"]
from gan_hw.inference.sampling import sample_z
from gan_hw.inference.shipped_generators import shipped_path
from gan_hw.inference.weights import load_generator, read_metadata

collapsed, its_recipe = load_generator("shipped:collapsed")
facts = read_metadata(shipped_path("shipped:collapsed"))
for name in ("afd_strict", "diversity", "face_recall"):
    print(f"{name:12}{facts['scores'][name]:6.3f}  ", say("real {score:.3f}", score=facts["real_scores"][name]))
figures.grid(generate(collapsed, sample_z(20, its_recipe.z_dim)), per_row=10)

# %% [markdown] id="progress-text"
# ## The same faces, over time

# %% alt="The same eight faces at several moments of the training" id="progress" tags=["picture"]
from PIL import Image

samples = sorted((plan.folder / "samples").glob("*.png"))
for path in samples[:: max(1, len(samples) // 4)][-4:]:
    print(say("step {step}", step=int(path.stem)))
    picture = Image.open(path)
    display(picture.crop((0, 0, picture.width, plan.recipe.size)))  # the first row

# %% [markdown] id="facts-text"
# Some facts that hold for every run; the first one is that the generator's steps follow from the discriminator's.

# %% id="facts"
# NBVAL_CHECK_OUTPUT
last = trainer.history[-1]
print(say("generator steps = steps // n_critic:"), last["generator_steps"] == last["step"] // plan.recipe.n_critic)

# %% question="used_up_budget"

# %% id="facts-budget"
# NBVAL_CHECK_OUTPUT
before = trainer.step
trainer.train(steps=before)
print(say("a used-up budget trains no more:"), trainer.step == before)

# %% [markdown] id="facts-budget-text"
# A budget counts from the run's beginning: once it is used up, raise it, or give the next training a name with `run`.

# %% id="facts-folder"
# NBVAL_CHECK_OUTPUT
for name in ("recipe.json", "history.csv", "generator.safetensors", "checkpoints", "samples"):
    print(f"{name:24}" + (say("there") if (plan.folder / name).exists() else say("missing")))

# %% [markdown] id="facts-folder-text"
# What lies in the run folder is all that the next notebook needs.

# %% [markdown] id="able-to-say"
# ## What you should be able to say now
#
# - One step is one discriminator update on one batch of real images. The generator is updated in every `n_critic`-th step: of 100 steps, in all 100 with `gan` and in 20 with `wgan_gp`.
# - With 71,314 images, batches of 64 and `n_critic` 5, the first epoch has 1,114 discriminator steps and 222 generator steps, because only full batches count.
# - In $D$'s step the generated images are detached, so that no gradient reaches $G$. In $G$'s step the gradient passes through $D$ into $G$, and $D$'s weights must not move; a gradient left in them has to be cleared before $D$'s next step.
# - With `penalty_every` 8 the penalty is computed in every eighth step and multiplied by 8, so that on average it weighs as much as a penalty in every step.
# - The averaged generator has no optimiser: after each generator step its weights $w$ become $d\,w + (1 - d)\,v$, where $v$ are the trained ones. With a half-life of 10,000 images, batches of 64 and `n_critic` 1, $d = 0.9956$.
# - A GAN's loss says little about the faces, because the opponent changes as well: in one run $D$'s loss was 0.44 after 4,096 images and again after 32,768, when the faces were far better.
# - Mode collapse need not lower AFD: the collapsed generator of this notebook has afd_strict 0.951 (real 0.902), and face_recall 0.000 (real 0.912).

# %% [markdown] id="references"
# ## References
#
# - Goodfellow et al. 2014, [Generative Adversarial Networks](https://arxiv.org/abs/1406.2661): the GAN
# - Kingma and Ba 2015, [Adam: A Method for Stochastic Optimization](https://arxiv.org/abs/1412.6980): Adam
# - Arjovsky, Chintala and Bottou 2017, [Wasserstein GAN](https://arxiv.org/abs/1701.07875): WGAN
# - Gulrajani et al. 2017, [Improved Training of Wasserstein GANs](https://arxiv.org/abs/1704.00028): WGAN-GP
# - Mescheder, Geiger and Nowozin 2018, [Which Training Methods for GANs do actually Converge?](https://arxiv.org/abs/1801.04406): R1
# - Karras et al. 2020, [Analyzing and Improving the Image Quality of StyleGAN](https://arxiv.org/abs/1912.04958): a penalty in some steps only

# %% [markdown] id="your-progress-text"
# ## How far you are

# %% id="your-progress"
progress("04")

# %% [markdown] id="next"
# Notebook 5 needs the same `recipe`, `overrides`, `data`, `run` and `seed` as this one.
#
# **Before:** [3 · The model](03_model.ipynb) · **Next:** [5 · Inference](05_inference.ipynb)
