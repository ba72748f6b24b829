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
# # 3 · The model
#
# In a small town lives a gang of thieves who pay with banknotes they paint themselves. Their first notes are scribbles, and the town's police, who have never seen a forgery, let half of them pass all the same. Then an officer notices that real notes have a portrait. The thieves hear of it, and paint portraits. The officer looks at the eyes of the portrait, the thieves learn to paint eyes. Neither side would get anywhere alone: the thieves learn only from what the police object to, and the police need ever better forgeries to learn from. After years of this, the notes are so good that the best officer can only toss a coin.
#
# The thieves are the **generator**, which turns noise into faces, and the police are the **discriminator**, which says how real a face looks (Goodfellow et al. 2014, arXiv 1406.2661).
#
# **You will see** what happens to the shape of a picture in each layer, the game as mathematics, one training step and one penalty taken apart number by number, and how GAN, WGAN and WGAN-GP differ: in a handful of fields. About ten seconds on a laptop.
#
# The picture stored in this file is of `make run` (4 minutes of training on two CPU cores); run the cells to make your own.

# %% shared="bootstrap"

# %% id="parameters" tags=["parameters"]
recipe: str = "gan_quick"  # @param ["gan", "gan_longer", "wgan", "wgan_gp", "gan_r1", "r3gan", "gan_quick", "gan_r1_quick", "gan_r1_128", "wgan_gp_quick", "wgan_gp_wide"]
overrides: str = ""  # @param {type:"string"}  # fields of the recipe to change, as notebook 4 shows
data: str = "drawn"  # @param {type:"string"}  # drawn, crypko, a folder, .zip, .tgz, hf:... or kaggle:...
workspace: str = ""  # @param {type:"string"}  # for runs and data; "drive": Google Drive; empty: here
seed: int = 0  # @param {type:"integer"}  # of weights and noise

# %% id="place"
from gan_hw.course import ask, check, hint, progress, reply, solution
from gan_hw.utils.notebook import check_parameters

check_parameters(In)  # papermill would set any name, also a misspelt one

# %% [markdown] id="generator-text"
# ## The generator: from noise to a face
#
# A vector $z \sim \mathcal{N}(0, I)$ of 100 numbers becomes a small map with many channels; each block then doubles the side and halves the channels. A block is a transposed convolution, BatchNorm and ReLU (the quick recipes repeat every pixel and convolve instead); the head ends in a $\tanh$, so that pixels lie in $[-1, 1]$. With $f$ = `feature_dim` = 64, as in homework 6:

# %% question="transposed_size"

# %% id="generator"
# NBVAL_CHECK_OUTPUT
import torch
from gan_hw.networks.summary import feature_maps
from gan_hw.networks.dcgan import Discriminator, Generator

generator_maps = feature_maps(Generator(z_dim=100, feature_dim=64), torch.randn(1, 100))
for stage, shape in generator_maps:
    print(f"{stage:10}{shape}")

# %% exercise="transposed_side"

# %% question="no_sigmoid"

# %% [markdown] id="discriminator-text"
# ## The discriminator: from a face to one number
#
# The same way back, with convolutions of stride 2. The result is a **logit**: any real number, higher for "real". There is no sigmoid at the end. For the GAN the sigmoid lives inside the loss, in a form that can't overflow; a WGAN has none at all, because its critic gives a score, not a probability. Homework 6 asks you to remove it, and here is the reason.

# %% id="discriminator"
# NBVAL_CHECK_OUTPUT
discriminator_maps = feature_maps(Discriminator(feature_dim=64), torch.zeros(1, 3, 64, 64))
for stage, shape in discriminator_maps:
    print(f"{stage:10}{shape}")

# %% exercise="conv_side"

# %% [markdown] id="drawing-text"
# The same as a drawing: as high and wide as the map, as deep as its channels, on a square-root scale. What the generator builds up, the discriminator takes apart.

# %% id="drawing" tags=["picture"]
from gan_hw.utils import figures

figures.architecture({"Generator": generator_maps, "Discriminator": discriminator_maps})


# %% exercise="count_weights"

# %% exercise="generator_block"

# %% [markdown] id="size-text"
# How large are they? Halving `feature_dim` leaves a quarter to a third of the weights and of the work. The quick recipes use 16: a network this small still draws good faces, and takes many more steps in the same time.

# %% id="size"
# NBVAL_CHECK_OUTPUT
def weights(network):
    return sum(weight.numel() for weight in network.parameters())

print("feature_dim   generator   discriminator")
for f in (16, 32, 64):
    print(f"{f:>11} {weights(Generator(feature_dim=f)):>11,} {weights(Discriminator(feature_dim=f)):>15,}")

# %% question="loss_of_a_guess"

# %% [markdown] id="game-text"
# ## The game
#
# The discriminator $D$ wants a high logit for a real face $x$ and a low one for a generated face $G(z)$; with the sigmoid $\sigma$ it minimises
#
# $$L_D = -\tfrac12\,\mathbb{E}_x \log \sigma(D(x)) - \tfrac12\,\mathbb{E}_z \log\bigl(1 - \sigma(D(G(z)))\bigr).$$
#
# The generator wants its faces to be taken for real; in the *non-saturating* form of Goodfellow et al. (2014) it minimises $L_G = -\mathbb{E}_z \log \sigma(D(G(z)))$, which has a strong slope just when $D$ sees through it.
#
# Before training, $D$ knows nothing: its logits have nothing to do with real or fake, so that its loss is $\log 2 \approx 0.69$ or somewhat more, the more so the wider the network. Remember that number, it is the look of a game without a winner. (It belongs to this loss: with a Wasserstein recipe, the cell below prints another.)

# %% question="saturating"

# %% id="step-setup"
from gan_hw.data.images import to_float
from gan_hw.workflow.plan import make_plan
from gan_hw.recipes import RECIPES
from gan_hw.recipes.build import build_discriminator, build_generator, build_objective

plan = make_plan(recipe=recipe, overrides=overrides, data=data, workspace=workspace, seed=seed)
torch.manual_seed(plan.seed)
generator, discriminator = build_generator(plan.recipe), build_discriminator(plan.recipe)
objective = build_objective(plan.recipe)
real = to_float(plan.images().images[:16])
print(plan.recipe)

# %% id="step-before"
with torch.no_grad():  # fakes for the discriminator's step: no graph through the generator
    fake = generator(torch.randn(16, plan.recipe.z_dim))
loss_d = objective.discriminator_loss(discriminator, real, fake)
print(f"discriminator's loss before any training: {loss_d.item():.3f}")

# %% [markdown] id="numbers-text"
# The GAN's loss once more, on three real and three generated faces, so that it can be followed (with a Wasserstein recipe the number above is another loss). Each face costs $-\log$ of the probability that $D$ gives to the right answer: a real one $-\log\sigma(\ell)$, a generated one $-\log(1 - \sigma(\ell))$, where $\ell$ is its logit. A face that $D$ is unsure of, $\sigma(\ell) = 0.5$, costs 0.69; one that it is surely wrong about costs without limit.

# %% question="confident_wrong"

# %% id="numbers"
import torch.nn.functional as F

costs = {}
for kind, images, sign in (("real", real[:3], 1), ("generated", fake[:3], -1)):
    logits = discriminator(images).detach()
    costs[kind] = F.softplus(-sign * logits)  # -log σ(ℓ) or -log(1 - σ(ℓ)), without overflow
    for logit, cost in zip(logits, costs[kind], strict=True):
        print(f"{kind:9} logit {logit:+.4f}  believed real {torch.sigmoid(logit):.4f}  costs {cost:.4f}")
by_hand = (costs["real"].mean() + costs["generated"].mean()) / 2
print(f"mean of both means: {by_hand:.4f}")

# %% id="numbers-same"
# NBVAL_CHECK_OUTPUT
by_the_kit = build_objective(RECIPES["gan"]).discriminator_loss(discriminator, real[:3], fake[:3])
print("the kit's loss is the same number:", torch.allclose(by_hand, by_the_kit, atol=1e-5))

# %% exercise="discriminator_loss"

# %% exercise="generator_loss"

# %% exercise="remove_sigmoid"

# %% [markdown] id="step-text"
# One discriminator step: the gradient of $L_D$ with respect to $D$'s weights, one move downhill. The fakes were made without a graph, so the generator can't change; forgetting that costs time for nothing. After the step, $D$ of a GAN tells the same 32 pictures apart better. (A WGAN's first step may look worse: the clip has just cut every weight down to 0.01.)

# %% question="no_graph_no_gradient"

# %% id="step"
from gan_hw.recipes.build import build_optimiser

optimiser = build_optimiser(plan.recipe, discriminator, plan.recipe.lr_d)
loss_d.backward()
optimiser.step()
objective.after_discriminator_step(discriminator)
after = objective.discriminator_loss(discriminator, real, fake)
print(f"and after one step, on the same images: {after.item():.3f}")
print("the generator has a gradient from this:", any(w.grad is not None for w in generator.parameters()))

# %% [markdown] id="families-text"
# ## What GANs are good and bad at
#
# **Good:** sharp images, because a blurred one is easily found out; one pass from noise to picture, with no long chain of sampling steps (a Markov chain, as Boltzmann machines and diffusion models run one); no variational bound, that is, no approximation of the likelihood to be maximised in its place. **Bad:** there is no single number that falls while training goes well; the two sides have to be kept in balance; and the generator may answer every $z$ with the same few faces (mode collapse), which the loss does not show.
#
# A **variational autoencoder** goes the other way: an encoder gives each face a distribution over $z$, a decoder paints it back from a draw, and the loss is a pixel distance plus a term that keeps the $z$ near the normal distribution. That loss is one number with a meaning (its negative is a lower bound on the log-likelihood), training is steady, and every real face has its $z$. The price is the one you saw in notebook 2: what is uncertain is averaged, and averages are blurred.

# %% question="apart_slope"

# %% [markdown] id="saturation-text"
# ## Why the GAN loss can go silent
#
# With the best possible $D$ the loss above is $L_D = \log 2 - \mathrm{JS}$, where JS is the Jensen-Shannon divergence between real and generated faces. So a generator that plays the same game, and wants $L_D$ large, makes JS small. Take the simplest case: all real faces are one point at 0, all generated ones a point at $\theta$. As soon as the two do not touch, the divergence is $\log 2$, however far apart they are: its slope is zero, and $G$ learns nothing. (The non-saturating $L_G$ keeps a slope in the *logit*; but a perfect $D$ is flat around the fakes, so that little or nothing useful of it reaches their pixels: Arjovsky and Bottou 2017, arXiv 1701.04862.) The **earth mover's distance** asks how far the generated faces have to be carried, which is $|\theta|$: its slope points home from everywhere.

# %% id="saturation"
theta = torch.linspace(-2, 2, 401)
touching = theta.abs() < 1e-6
divergence = torch.where(touching, 0.0, torch.log(torch.tensor(2.0)))
figures.line_plot(theta, {"Jensen-Shannon divergence": divergence, "earth mover's distance": theta.abs()}, "θ")

# %% [markdown] id="duality-text"
# ## From GAN to WGAN-GP
#
# The cheapest way to carry one heap of faces onto the other can't be computed, but there is a second way to the same number (the Kantorovich-Rubinstein duality): look for the function $D$ that scores real faces as high above generated ones as it can, while nowhere steeper than 1:
#
# $$W = \max_{\lVert D \rVert_L \le 1}\; \mathbb{E}_x\,D(x) - \mathbb{E}_z\,D(G(z)).$$
#
# That $D$ is a **critic**: it gives a score, not a probability. So a **WGAN** minimises $L_D = \mathbb{E}\,D(G(z)) - \mathbb{E}\,D(x)$, whose negative estimates the distance (with clipped weights: up to an unknown factor, so compare it only within a run), and $L_G = -\mathbb{E}\,D(G(z))$, and makes several critic steps for each generator step, because the estimate is only as good as the critic. What remains is to keep $D$ from being steep. WGAN **clips** every weight to $[-0.01, 0.01]$, which bounds the slope, if crudely: the weights pile up at the two ends, and the critic becomes simpler than it could be.

# %% exercise="critic_loss"

# %% exercise="critic_generator_loss"

# %% question="clipped_share"

# %% id="clipping"
critic, clipped = Discriminator(feature_dim=16), build_objective(RECIPES["wgan"])
for weight in critic.parameters():
    torch.nn.init.uniform_(weight, -0.01, 0.01)  # start with none at the ends
optimiser = torch.optim.RMSprop(critic.parameters(), lr=5e-4)  # ten times the recipe's rate, to see it soon
for _ in range(10):
    optimiser.zero_grad()
    clipped.discriminator_loss(critic, real, fake).backward()
    optimiser.step()
    clipped.after_discriminator_step(critic)
values = torch.cat([weight.flatten() for weight in critic.parameters()])
print(f"weights at one of the two ends: {(values.abs() >= 0.01 - 1e-6).float().mean():.0%}")

# %% exercise="clip_weights"

# %% [markdown] id="penalty-where-text"
# **WGAN-GP** drops the clip and asks for the right slope where it matters: on the lines between real and generated faces, at one random point of each line,
#
# $$\lambda\,\mathbb{E}_{\hat x}\bigl(\lVert\nabla_{\hat x} D(\hat x)\rVert_2 - 1\bigr)^2, \qquad \hat x = \alpha x + (1 - \alpha)\,G(z), \quad \alpha \sim U(0, 1) \text{ for each image.}$$
#
# The gradient is that of the score with respect to the *picture*: how fast the score changes when pixels do. On the lines along which the cheapest plan carries generated faces to real ones, the best critic's gradient has length 1 almost everywhere (Gulrajani et al. 2017, proposition 1). Those pairs are unknown, so WGAN-GP takes random pairs, which works well in practice. Here is one such line, from a real face on the left to a generated one on the right:

# %% id="penalty-where"
from gan_hw.data.images import to_uint8

alpha = torch.linspace(1, 0, 8).reshape(8, 1, 1, 1)
figures.grid(to_uint8(alpha * real[:1] + (1 - alpha) * fake[:1]))


# %% exercise="mix_images"

# %% question="norm_neighbours"

# %% [markdown] id="norm-text"
# The penalty asks for the slope of *one* picture's score. With BatchNorm in the critic a picture's score depends on the pictures beside it in the batch, and that slope has no meaning; InstanceNorm looks at each picture alone. The same face, scored in two batches:

# %% id="norm"
# NBVAL_CHECK_OUTPUT
def score_depends_on_neighbours(d_norm):
    critic = Discriminator(feature_dim=16, d_norm=d_norm)
    return not torch.allclose(critic(real[:8])[0], critic(torch.cat([real[:1], real[8:15]]))[0], atol=1e-4)

for d_norm in ("batch", "instance"):
    print(f"with {d_norm} norm, a face's score depends on its neighbours: {score_depends_on_neighbours(d_norm)}")

# %% exercise="discriminator_block"

# %% question="wgan_to_wgan_gp"

# %% [markdown] id="progression-text"
# As recipes, each method is the one before with a few fields replaced. Run notebook 4 with each of them:

# %% id="progression"
# NBVAL_CHECK_OUTPUT
from itertools import pairwise
from gan_hw.recipes import PROGRESSION, differences

for before, after in pairwise(PROGRESSION):
    print(f"{before} -> {after}")
    for field, (old, new) in differences(RECIPES[before], RECIPES[after]).items():
        print(f"    {field}: {old} -> {new}")

# %% question="slope_three"

# %% [markdown] id="penalty-text"
# What does the penalty see? For a critic that is a plain weighted sum of the pixels the slope is the same everywhere: the length of its weight vector. With weights of length 3 the penalty must be $(3 - 1)^2 = 4$.

# %% id="penalty"
# NBVAL_CHECK_OUTPUT
from gan_hw.losses import gradient_penalty

direction = torch.randn(3 * 64 * 64, generator=torch.Generator().manual_seed(0))
direction = 3 * direction / direction.norm()
images = torch.zeros(4, 3, 64, 64)
penalty = gradient_penalty(lambda x: x.flatten(1) @ direction, images, images + 1)
print(f"penalty of a critic with slope 3: {penalty.item():.4f}")

# %% exercise="slopes"

# %% exercise="penalty_from_slopes"

# %% question="flat_critic"

# %% [markdown] id="penalty-numbers-text"
# And for a real critic, three lines, number by number. The gradient has the shape of the pictures; its length is taken over *all* pixels and colours of one picture, one length per line. (Before training these lengths are several times 1, because InstanceNorm makes small maps large: the penalty pulls the slope *down*, towards 1.)

# %% id="penalty-numbers"
torch.manual_seed(seed)
critic = build_discriminator(RECIPES["wgan_gp"].replace(feature_dim=16))
alpha = torch.tensor([0.25, 0.50, 0.75]).reshape(3, 1, 1, 1)  # one for each line, the same for all its pixels
mixed = (alpha * real[:3] + (1 - alpha) * fake[:3]).requires_grad_()
(gradient,) = torch.autograd.grad(critic(mixed).sum(), mixed)
print("gradient:", tuple(gradient.shape))
lengths = gradient.flatten(1).norm(dim=1)
for a, length in zip(alpha.flatten(), lengths, strict=True):
    print(f"α {a:.2f}: length {length:.4f}, costs (length - 1)² = {(length - 1) ** 2:.4f}")
print(f"penalty, their mean: {((lengths - 1) ** 2).mean():.4f}, times λ = 10 in the loss")

# %% exercise="r1_penalty"

# %% [markdown] id="your-progress-text"
# ## How far you are

# %% id="your-progress"
progress("03")

# %% [markdown] id="next"
# **Before:** [2 · The data set](02_dataset.ipynb) · **Next:** [4 · Training](04_train.ipynb)
