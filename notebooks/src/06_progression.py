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
# # 6 · The progression, measured
#
# GAN, GAN with $n_{critic} = 2$, WGAN, WGAN-GP: which is better? And what came after 2017? One run of each says little, because two seeds of the *same* recipe differ as well. Here every stage is trained with several seeds on the same images, and compared twice: after the same minutes, and after the same number of generator updates.
#
# **You will see** a table of means and spreads, a row of faces for each stage, scores over time, the figure that the course's report asks for (how large the critic's gradients are from its lowest layer to its highest), and how steep each discriminator is between a real and a generated face. With 2 minutes for each of the 18 trainings it takes about 40 minutes on a laptop; what is trained is kept, and a second pass takes about a minute. It is not part of `make run`.
#
# The pictures stored in this file are of such a run on 12,000 real faces (`-p data faces.zip`), with six minutes on one CPU core for each training; run the cells to make your own.

# %% shared="bootstrap"

# %% id="parameters" tags=["parameters"]
data: str = "drawn"  # @param {type:"string"}  # drawn, crypko, a folder, .zip, .tgz, hf:... or kaggle:...
minutes: float = 2.0  # @param {type:"number"}  # of each training; there are as many as stages times seeds
seeds: int = 3  # @param {type:"integer"}  # trainings of each stage; with one there is no spread
small: bool = True  # @param {type:"boolean"}  # small networks and batches, for a CPU; False: homework 6's size
workspace: str = ""  # @param {type:"string"}  # for runs and data; "drive": Google Drive; empty: here
device: str = "auto"  # @param ["auto", "cpu", "cuda", "mps"]
precision: str = "auto"  # @param ["auto", "fp32", "bf16", "fp16"]
cascade: str = ""  # @param {type:"string"}  # the cascade's file, for afd_strict; empty: GAN_HW_CASCADE, or fetched once

# %% id="place"
from gan_hw.course import ask, check, hint, progress, reply, say, solution
from gan_hw.utils.notebook import check_parameters
from gan_hw.utils.devices import device_notes

check_parameters(In)  # papermill would set any name, also a misspelt one
print(*device_notes(device), sep="\n")

# %% [markdown] id="stages-text"
# ## Six stages
#
# The first four are homework 6's. Each is the one before with a few fields replaced: the objective, the optimiser with its learning rate, how often the critic moves for each step of the generator, and the critic's norm. (`gan_longer` is longer only by its epochs; in equal minutes it differs from `gan` by `n_critic` alone.)
#
# The last two came later. `gan_r1` (2018) takes the loss of the *first* stage and WGAN-GP's InstanceNorm, with one critic step and Adam (0, 0.99), and has another penalty: not "slope 1 between real and generated images" but "slope 0 at the real ones", R1. It differs from `gan` in norm, penalty and betas, so the table can't say which of them helps. `r3gan` (2024) compares the logits of real and generated images in pairs, and penalises the slope at both, R1 and R2. With `small` all six get the same small networks and batches, so that two minutes on a CPU are enough to tell them apart.

# %% id="stages"
# NBVAL_CHECK_OUTPUT
from gan_hw.recipes import RECIPES, STAGES

for name in STAGES:
    stage = RECIPES[name]
    print(f"{name:11} {stage.objective:14} {stage.optimiser:8} {stage.lr_g}  n_critic {stage.n_critic}  {stage.d_norm}")

# %% [markdown] id="train-text"
# ## Train them all
#
# A run that is there already is not trained again. The seeds take turns, so that a machine that slows down on the way slows all stages alike.

# %% id="settings"
from gan_hw.data.sources import open_source
from gan_hw.workflow.plan import make_plan
from gan_hw.utils.environment import is_smoke_run

seeds = 1 if is_smoke_run() else seeds
settings = {
    "data": data, "minutes": minutes, "workspace": workspace, "device": device, "precision": precision,
    "overrides": "feature_dim=16 batch_size=32 g_up=nearest flip=True" if small else "", "cascade": cascade or None,
}
name = f"{open_source(data).name}-{'small' if small else 'full'}"

# %% question="fewest_updates"

# %% id="train"
plans, histories = {}, {}
for seed in range(seeds):
    for stage in STAGES:
        plan = make_plan(stage, seed=seed, run=f"06-{stage}-{name}-s{seed}", **settings)
        trainer = plan.trainer()
        histories[stage, seed] = trainer.train(**plan.budget)
        plans[stage, seed] = plan
        counts = {"steps": trainer.step, "of_g": trainer.step // plan.recipe.n_critic}
        print(f"{plan.run:35}", say("{steps:6} steps, {of_g:6} of the generator", **counts))

# %% [markdown] id="minutes-text"
# ## After the same minutes
#
# Mean and spread (standard deviation over the seeds) of afd_strict and diversity, from 1000 images of each averaged generator. Where the cascade can't be had, afd_kit takes its place. These images are not compressed; JPEG, as in a submission, takes about 0.03 off afd_strict. The exercise below tests whether a difference is more than luck. Look at the columns to the right as well: in the same minutes a stage with $n_{critic} = 5$ makes far fewer generator steps.

# %% id="minutes"
from gan_hw.inference.sampling import generate, sample_z
from gan_hw.inference.weights import load_generator
from gan_hw.metrics.afd import face_scores, load_detector
from gan_hw.metrics.diversity import mean_pairwise_rmse

n = 200 if is_smoke_run() else 1000
detector = load_detector(cascade, plan.workspace, fetch=True)  # the cascade, or else the kit's own
real_rmse = mean_pairwise_rmse(plan.images().images[:n])
scores = {}
for key, plan in plans.items():
    generator, trained = load_generator(plan.folder)
    scores[key] = face_scores(generate(generator, sample_z(n, trained.z_dim)), real_rmse, detector)

# %% id="minutes-table"
from statistics import mean, stdev
from gan_hw.utils.columns import left, right

def over_seeds(values, form=".3f"):
    return f"{mean(values):{form}}" + (f" ± {stdev(values):{form}}" if len(values) > 1 else "")

columns = {detector.metric: 16, "diversity": 16, say("minutes"): 9, say("generator steps"): 17, say("images seen"): 13}
print(" " * 11 + "".join(right(title, width) for title, width in columns.items()))
for stage in STAGES:
    rows = [scores[stage, seed] for seed in range(seeds)]
    afd, diversity = (over_seeds([row[name] for row in rows]) for name in (detector.metric, "diversity"))
    ends = [histories[stage, seed][-1] for seed in range(seeds)]
    took, steps, seen = (mean(end[name] for end in ends) for name in ("seconds", "generator_steps", "seen"))
    print(f"{stage:11}{afd:>16}{diversity:>16}{took / 60:9.1f}{steps:17.0f}{seen:13.0f}")

# %% exercise="larger_than_spread"

# %% question="which_differences_are_clear"

# %% [markdown] id="faces-text"
# Ten faces of each, from the same ten noise vectors, seed 0.

# %% question="varied_without_faces"

# %% alt="One row of ten generated faces for each stage" id="faces" tags=["picture"]
from gan_hw.utils import figures

rows = {}
for stage in STAGES:
    generator, trained = load_generator(plans[stage, 0].folder)
    rows[stage] = generate(generator, sample_z(10, trained.z_dim))
figures.image_rows(rows)


# %% [markdown] id="updates-text"
# ## After the same number of generator updates
#
# Minutes are what you pay; updates are what the mathematics is about. All runs have made at least as many generator steps as the slowest one. Below, each run's score is the last one measured up to that number. About once an epoch the trainer draws 200 images; the score is their afd_kit times their diversity, where a diversity above 1 counts as 1. A stage that looks poor above and good here is not worse: it is more expensive.

# %% question="same_updates"

# %% id="updates"
def looks_at(stage, seed):
    return [row for row in histories[stage, seed] if "afd_kit" in row]

common = min(history[-1]["generator_steps"] for history in histories.values())
print(say("the last score measured within {count} generator steps:", count=common))
for stage in STAGES:
    within = [[row for row in looks_at(stage, seed) if row["generator_steps"] <= common] for seed in range(seeds)]
    last = [looks[-1] for looks in within if looks]
    at = say("(at {step:.0f})", step=mean(row["generator_steps"] for row in last)) if last else say("not measured yet")
    print(f"{stage:11}{over_seeds([row['score'] for row in last]) if last else '–':>16}  {at}")

# %% [markdown] id="over-time-text"
# The same score over the minutes, seed 0. A collapse is a curve that falls again: the faces are still found, but they are the same few.

# %% alt="afd_kit times diversity over the minutes of training, one line for each stage; gan rises first, gan_r1 later and faster, and wgan and wgan_gp stay near 0 in so short a time" id="over-time" tags=["picture"]
tracks = {}
for stage in STAGES:
    looks = looks_at(stage, 0)
    tracks[stage] = [row["seconds"] / 60 for row in looks], [row["score"] for row in looks]
figures.xy_plot(tracks, say("minutes"), say("afd_kit × diversity"))

# %% [markdown] id="gradients-text"
# ## Clipping and penalties, layer by layer
#
# The report question of the course: plot the logarithm of the gradient's norm against the discriminator's layers, from low to high, for weight clipping and for the gradient penalty. The gradient is that of $D$'s output with respect to the image and to what each layer makes of it. Its norm is taken for each image, and averaged over real and generated ones (compare Gulrajani et al. 2017, figure 1).
#
# What to look for: how far each curve moves on its way down from the highest layer to the image, and where it ends. WGAN-GP's penalty asks for a norm of 1 between real and generated images: a value of 0 on this logarithmic scale. R1 asks for a *norm* of 0 at the real images, which lies infinitely far down here, and gets as near as the loss lets it. Clipping asks for no norm, and each layer passes on more or less than it gets. The clipped critics of that figure have no normalisation, and their gradients vanish or explode by orders of magnitude; ours have one (BatchNorm with clipping, InstanceNorm with a penalty), which rescales what clipping shrinks.

# %% question="gradients_by_layer"

# %% alt="Logarithm of the gradient's norm over the layers of the discriminator, one line for each of four penalties; at the image that with weight clipping is the smallest, and that with WGAN-GP's gradient penalty is the only one above 0" id="gradients" tags=["picture"]
from gan_hw.data.images import to_float
from gan_hw.training.gradient_norms import gradient_norms

def faces_of(trainer, n=64):
    """So many real faces, and as many generated ones, as the discriminator sees them."""
    real = to_float(trainer.images.images[:n]).to(trainer.device)
    fake = generate(trainer.generator, sample_z(n, trainer.recipe.z_dim))
    return real, to_float(fake).to(trainer.device)

trainers = {stage: plans[stage, 0].trainer() for stage in STAGES}
titles = {
    "wgan": say("weight clipping"), "wgan_gp": say("gradient penalty"), "gan_r1": "R1", "r3gan": say("R1 and R2, pairs"),
}
norms = {stage: gradient_norms(trainers[stage].discriminator, *faces_of(trainers[stage])) for stage in titles}
figures.gradient_norm_plot({titles[stage]: of_stage for stage, of_stage in norms.items()})

# %% id="gradients-numbers"
for stage, of_stage in norms.items():
    print(left(titles[stage], 17), "  ".join(f"{layer} {norm:.1e}" for layer, norm in of_stage.items()))

# %% id="gradients-facts"
# NBVAL_CHECK_OUTPUT
print(say("layers, from low to high:"), *norms["wgan"])

# %% exercise="layer_norms"

# %% [markdown] id="gradients-real"
# The same for two trainings at homework 6's size, `wgan` and `wgan_gp` for 15 minutes each on 12,000 real faces and two CPU cores. The clipped critic's gradient is 9.5 in the middle and 0.14 at the image, 68 times less; with the penalty it is 2.2 at the image, above 1 because both trainings are still young (636 and 233 generator steps), and the upper layers lie between 2.2 and 3:
#
# ![log gradient norm against layer, for weight clipping and gradient penalty](../assets/gradient_norms.png)

# %% [markdown] id="slope-text"
# ## Which penalty?
#
# Why do these methods help? The WGAN paper argues for the distance: it still has a useful gradient where real and generated images do not overlap. The WGAN-GP paper replaces weight clipping by a penalty. `gan_r1` goes back to the plain GAN's loss and keeps a penalty on $D$'s slope. The table above shows how it compares.
#
# So look at the slope. Take pairs of a real and a generated face, go from one to the other on a straight line, and measure on the way how steep $D$ is. In the two GANs nothing limits the slope. $D$ may be nearly flat around both kinds of images and very steep in between; then $G$ learns little, or gets very large gradients. A penalty keeps the slope small over the whole way. Without a penalty the units of $D$ are arbitrary: compare shapes there. A penalty names a height: WGAN-GP 1 along the whole line, R1 0 at its real end, R1 and R2 0 at both ends.

# %% alt="Norm of D's gradient from real faces to generated ones on a logarithmic scale: about 10 in the two GANs, between 1 and 2 with WGAN-GP's penalty, about 0.5 with R1, and less in the other two" id="slope" tags=["picture"]
from gan_hw.training.gradient_norms import slopes_between

POINTS = 9
where = [point / (POINTS - 1) for point in range(POINTS)]
steepness = {
    stage: (where, slopes_between(trainer.discriminator, *faces_of(trainer), POINTS))
    for stage, trainer in trainers.items()
}
figures.xy_plot(steepness, say("from real faces (0) to generated ones (1)"), say("norm of D's gradient"), symlog=True)

# %% id="slope-numbers"
for stage, (_, slopes) in steepness.items():
    values = {"real": slopes[0], "halfway": slopes[POINTS // 2], "generated": slopes[-1]}
    print(f"{stage:11}", say("at real {real:8.2f}   halfway {halfway:8.2f}   at generated {generated:8.2f}", **values))

# %% [markdown] id="map-text"
# And where in the picture? Below, the size of $D$'s gradient at each pixel of the same generated faces, bright where $D$ would change most, each map scaled to its own maximum. $G$ learns from this gradient alone; the map shows its size, not its direction. Does $D$ look at eyes and outlines, or at single pixels?

# %% id="map"
from gan_hw.training.gradient_norms import gradients_at

maps = {}
for stage, trainer in trainers.items():
    gradient = gradients_at(trainer.discriminator.eval(), faces_of(trainer, 10)[1]).norm(dim=1, keepdim=True).cpu()
    share = gradient / gradient.amax((1, 2, 3), keepdim=True)
    maps[stage] = (255 * share).byte().expand(-1, 3, -1, -1)
    trainer.discriminator.train()
figures.image_rows(maps)

# %% exercise="relativistic_loss"

# %% [markdown] id="dirac-text"
# ### The smallest GAN there is
#
# Mescheder et al. (2018) study the smallest example. All real images are one number, 0. The generator draws one number, $\theta$. The discriminator is a straight line through 0, $D(x) = w x$ ($w$ is `psi` in the code and in the picture). The solution is $\theta = w = 0$: the right number drawn, and a flat $D$. Below, the kit's own losses play this game by gradient descent in turn, starting at the same place (WGAN without its clip, WGAN-GP with the weight 0.1).
#
# Before you run it: which of them converge?

# %% id="dirac"
import torch
from gan_hw.losses import Relativistic, Standard, StandardR1, Wasserstein, WassersteinGP

def play(objective, steps=400, rate=0.1):
    """The ways of theta and psi, two lists."""
    theta, psi = (torch.full((1, 1, 1, 1), start, requires_grad=True) for start in (1.0, 0.5))
    real, way = torch.zeros(1, 1, 1, 1), [[], []]
    def D(images):
        return (images * psi).flatten()
    for _ in range(steps):
        loss_d = objective.discriminator_loss(D, real, theta.detach()) + (objective.penalty(D, real, theta.detach()) or 0)
        psi.data -= rate * torch.autograd.grad(loss_d, psi)[0]
        theta.data -= rate * torch.autograd.grad(objective.generator_loss(D, theta, real), theta)[0]
        way[0].append(theta.item()), way[1].append(psi.item())
    return way


# %% question="which_games_arrive"

# %% alt="Paths of the Dirac-GAN in a plane: WGAN and WGAN-GP circle around the origin, GAN comes slowly nearer, GAN with R1 and pairs with R1 run into it" id="dirac-plot" tags=["picture"]
games = {
    "GAN": Standard(), "WGAN": Wasserstein(None), "WGAN-GP": WassersteinGP(0.1),
    say("GAN with R1"): StandardR1(r1_weight=1.0), say("pairs with R1"): Relativistic(1.0),
}
ways = {title: play(objective) for title, objective in games.items()}
figures.xy_plot(ways, say("theta: what G draws (real: 0)"), say("psi: D's slope"))

# %% id="dirac-facts"
# NBVAL_CHECK_OUTPUT
for title, (theta, psi) in ways.items():
    away = (theta[-1] ** 2 + psi[-1] ** 2) ** 0.5
    print(left(title, 14), say("arrives") if away < 0.05 else say("does not arrive"))

# %% question="penalty_at_the_solution"

# %% [markdown] id="dirac-after"
# The WGAN circles around the solution, and WGAN-GP on a wider ring, because its penalty wants a slope of 1 where the solution has 0. The GAN spirals inwards, but ever more slowly: it is 0.45 away after these 400 steps, and after 3,000 it would still be 0.17 away. With R1, the GAN loss and the pairs both converge.
#
# A real data set is not a single point, and WGAN-GP works well there. But this example shows that a penalty with target 1 need not converge, and that one with target 0 at the real images does (Mescheder et al. 2018, theorem 4.1: near the solution, under assumptions). What else counts is measured in [better faces in the same minutes](../docs/results/frontier.md).

# %% [markdown] id="questions-text"
# ## For the report
#
# **Name at least two differences between a GAN and a WGAN.**
#
# 1. *What $D$ says.* A GAN's discriminator is a classifier: its logit passes through a sigmoid into a cross-entropy. A WGAN's critic gives a score without bounds or meaning of its own; there is no sigmoid and no logarithm.
# 2. *What is minimised.* At its best discriminator the GAN's loss measures the Jensen–Shannon divergence (`loss_d` is then $\log 2 - JS$), which is constant where real and generated images do not overlap. *Minus* the critic's loss estimates the earth mover's distance, which falls as they come closer.
# 3. *What holds $D$ back.* The difference of mean scores is the distance only if $D$ is the best of all 1-Lipschitz functions. Clipped weights keep a critic without BatchNorm $K$-Lipschitz for some unknown $K$, so the estimate is at most $K$ times the distance; the penalty aims at $K = 1$. The plain GAN has no such constraint.
# 4. *How far $D$ goes ahead.* A critic should be near its best before the generator moves ($n_{critic} = 5$): a better critic gives a better gradient. A GAN's discriminator that is too good leaves a gradient of little use: it vanishes in the minimax form; in the non-saturating form used here it is tiny where $D$ is flat, or large and erratic where $D$ is steep.
# 5. *What the loss tells.* Minus the critic's loss, without the penalty's part, goes with the quality of the pictures. A GAN's losses do not.
# 6. *The optimiser.* Momentum (Adam's first beta) made clipped critics unstable, so the WGAN paper takes RMSprop; with a penalty instead, Adam with $\beta_1 = 0$ works.

# %% id="questions-facts"
# NBVAL_CHECK_OUTPUT
from gan_hw.recipes import get_recipe

gan, wgan = get_recipe("gan").as_dict(), get_recipe("wgan").as_dict()
for field in ("objective", "optimiser", "n_critic", "clip_value"):
    print(f"{field:10} {gan[field]!s:>10} -> {wgan[field]}")

# %% [markdown] id="able-to-say"
# ## What you should be able to say now
#
# - The difference of two means has the standard error $\sqrt{s_1^2/n_1 + s_2^2/n_2}$. With three seeds each, a difference exceeds twice this value by chance alone about once in eight comparisons.
# - Equal minutes and equal numbers of generator updates are two different comparisons: in two minutes on real faces `gan` made 2,677 updates and `wgan_gp` 411, and after 375 updates the lead of `gan` was gone.
# - Diversity says nothing without AFD: after two minutes on real faces `wgan` had diversity 1.036 and AFD 0.019, so it drew coloured blobs and no faces.
# - WGAN-GP's penalty sets a target only for the gradient with respect to the image, and weight clipping sets none: in the two trainings of 15 minutes the norm at the image was 2.2 with the penalty and 0.14 with clipping.
# - In the smallest GAN, $D(x) = w x$ with all real images at 0, the GAN loss converges with R1, and WGAN-GP does not: at the solution $D$ is flat, where R1 is 0 and $(\lVert\nabla D\rVert - 1)^2$ is 1.
# - A relativistic discriminator minimises the mean of $-\log\sigma(\ell_i - \tilde\ell_i)$ over pairs of a real and a generated image, with their logits $\ell_i$ and $\tilde\ell_i$. Only differences of logits count, and if all of them are 0, the loss is $\log 2$.

# %% [markdown] id="references"
# ## References
#
# - Goodfellow et al. 2014, [Generative Adversarial Networks](https://arxiv.org/abs/1406.2661): the GAN
# - Kingma and Ba 2015, [Adam: A Method for Stochastic Optimization](https://arxiv.org/abs/1412.6980): Adam
# - Arjovsky, Chintala and Bottou 2017, [Wasserstein GAN](https://arxiv.org/abs/1701.07875): WGAN
# - Gulrajani et al. 2017, [Improved Training of Wasserstein GANs](https://arxiv.org/abs/1704.00028): WGAN-GP
# - Mescheder, Geiger and Nowozin 2018, [Which Training Methods for GANs do actually Converge?](https://arxiv.org/abs/1801.04406): R1
# - Jolicoeur-Martineau 2018, [The relativistic discriminator: a key element missing from standard GAN](https://arxiv.org/abs/1807.00734): logits compared in pairs
# - Huang et al. 2024, [The GAN is dead; long live the GAN! A Modern GAN Baseline](https://arxiv.org/abs/2501.05441): R3GAN

# %% [markdown] id="your-progress-text"
# ## How far you are

# %% id="your-progress"
progress("06")

# %% [markdown] id="next"
# To see one of these runs in `python -m gan_hw leaderboard`, submit and judge it first.
#
# **Before:** [5 · Inference](05_inference.ipynb) · **Next:** [7 · Draw the face I asked for](07_conditional.ipynb)
