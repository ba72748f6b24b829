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
# **You will see** what happens to the shape of a picture in each layer, the game as mathematics, one training step and one penalty taken apart number by number, and how GAN, WGAN and WGAN-GP differ: in a handful of fields. The cells take ten seconds, the exercises an evening or two. A good place to stop is before "Why the GAN loss can go silent".

# %% shared="bootstrap"

# %% id="parameters" tags=["parameters"]
recipe: str = "gan_quick"  # @param ["gan", "gan_longer", "wgan", "wgan_gp", "gan_r1", "r3gan", "gan_quick", "gan_r1_quick", "gan_r1_128", "gan_r1_wide", "wgan_gp_quick", "wgan_gp_wide"]
overrides: str = ""  # @param {type:"string"}  # fields of the recipe to change, as notebook 4 shows
data: str = "drawn"  # @param {type:"string"}  # drawn, crypko, a folder, .zip, .tgz, hf:... or kaggle:...
workspace: str = ""  # @param {type:"string"}  # for runs and data; "drive": Google Drive; empty: here
seed: int = 0  # @param {type:"integer"}  # of weights and noise

# %% id="place"
from gan_hw.course import ask, check, hint, progress, reply, say, solution
from gan_hw.utils.notebook import check_parameters

check_parameters(In)  # papermill would set any name, also a misspelt one

# %% [markdown] id="discriminator-text"
# ## The discriminator: from a face to one number
#
# It is built like a classifier, with convolutions of stride 2. The first one (the *stem*) makes `feature_dim` maps of the 3 colours; each *block* then halves the side and doubles the channels, and has BatchNorm and LeakyReLU behind its convolution; the *head* makes one number of the last maps. That number is a **logit**: any real number, higher for "real". There is no sigmoid at the end: it lives inside the loss, in a form that can't overflow. These are the shapes with `feature_dim` 64, as in homework 6:

# %% id="discriminator"
# NBVAL_CHECK_OUTPUT
import torch
from gan_hw.networks.summary import feature_maps
from gan_hw.networks.dcgan import Discriminator, Generator

discriminator_maps = feature_maps(Discriminator(feature_dim=64), torch.zeros(1, 3, 64, 64))
for stage, shape in discriminator_maps:
    print(f"{stage:10}{shape}")

# %% exercise="conv_side"

# %% [markdown] id="generator-text"
# ## The generator: from noise to a face
#
# The other way round. A vector $z$ of 100 standard normal numbers goes through a linear layer, whose 512·4·4 outputs are read as 512 maps of 4×4 (the *stem*, which also has BatchNorm and ReLU). Each *block* doubles the side and halves the channels: a transposed convolution, in which every pixel of the old map is multiplied by a whole kernel and added to the new map, then BatchNorm and ReLU. The *head* doubles once more, to 3 channels, and ends in a $\tanh$, so that pixels lie in $[-1, 1]$. (The quick recipes repeat every pixel and convolve, in place of the transposed convolution.) The numbers are again those of `feature_dim` 64.

# %% exercise="transposed_side"

# %% question="transposed_size"

# %% id="generator"
# NBVAL_CHECK_OUTPUT
generator_maps = feature_maps(Generator(z_dim=100, feature_dim=64), torch.randn(1, 100))
for stage, shape in generator_maps:
    print(f"{stage:10}{shape}")

# %% [markdown] id="drawing-text"
# The same as a drawing: as high and wide as the map, as deep as its channels, on a square-root scale. What the generator builds up, the discriminator takes apart.

# %% alt="Two rows of boxes: the generator's maps grow from a vector of 100 numbers to 3x64x64 while their channels get fewer, the discriminator's shrink the same way back" id="drawing" tags=["picture"]
from gan_hw.utils import figures

figures.architecture({say("Generator"): generator_maps, say("Discriminator"): discriminator_maps})

# %% exercise="count_weights"

# %% exercise="generator_block"

# %% [markdown] id="size-text"
# How large are they? Halving `feature_dim` leaves a quarter to a third of the weights and of the work. The quick recipes use 16: a network this small still draws good faces, and takes many more steps in the same time.

# %% id="size"
# NBVAL_CHECK_OUTPUT
def weights(network):
    return sum(weight.numel() for weight in network.parameters())

print("feature_dim", say("generator"), say("discriminator"), sep="   ")
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
# ($\mathbb{E}_x$: the mean over real faces, $\mathbb{E}_z$: over noise.) The plainest opponent wants what $D$ does not want: $G$ makes $L_D$ large, that is, minimises $\mathbb{E}_z \log(1 - \sigma(D(G(z))))$. This is the *minimax* game. But where $D$ rejects the faces this loss is nearly flat; it *saturates*. So Goodfellow et al. (2014) let $G$ minimise the *non-saturating* loss $L_G = -\mathbb{E}_z \log \sigma(D(G(z)))$, which is steepest there.
#
# Before training, $D$ knows nothing: its logits have nothing to do with real or fake, so that its loss is near $\log 2 \approx 0.69$: exactly that if all logits are 0. Logits scattered alike for real and generated faces cost more, because a wrong guess loses more than a right one of the same size gains, and a wider network scatters them more. Remember the number 0.69: it is the loss of a game without a winner.

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

# %% [markdown] id="gan-loss-only"
# The next cells speak of the recipes with the GAN loss; come back to the others after "From GAN to WGAN-GP".

# %% id="step-before"
with torch.no_grad():  # fakes for the discriminator's step: no graph through the generator
    fake = generator(torch.randn(16, plan.recipe.z_dim))
loss_d = objective.discriminator_loss(discriminator, real, fake)
print(say("discriminator's loss before any training: {loss:.3f}", loss=loss_d.item()))

# %% exercise="discriminator_loss"

# %% exercise="generator_loss"

# %% [markdown] id="numbers-text"
# The GAN's loss once more, on three real and three generated faces, so that it can be followed. Each face costs $-\log$ of the probability that $D$ gives to the right answer: a real one $-\log\sigma(\ell)$, a generated one $-\log(1 - \sigma(\ell))$, where $\ell$ is its logit. A face that $D$ is unsure of, $\sigma(\ell) = 0.5$, costs 0.69; one that it is surely wrong about costs without limit.

# %% question="confident_wrong"

# %% id="numbers"
import torch.nn.functional as F
from gan_hw.utils.columns import left

costs = {}
for kind, images, sign in (("real", real[:3], 1), ("generated", fake[:3], -1)):
    logits = discriminator(images).detach()
    costs[kind] = F.softplus(-sign * logits)  # -log σ(ℓ) or -log(1 - σ(ℓ)), without overflow
    for logit, cost in zip(logits, costs[kind], strict=True):
        values = {"kind": left(say(kind), 9), "logit": logit, "real": torch.sigmoid(logit), "cost": cost}
        print(say("{kind} logit {logit:+.4f}  believed real {real:.4f}  costs {cost:.4f}", **values))
by_hand = (costs["real"].mean() + costs["generated"].mean()) / 2
print(say("mean of both means: {mean:.4f}", mean=by_hand))

# %% id="numbers-same"
# NBVAL_CHECK_OUTPUT
by_the_kit = build_objective(RECIPES["gan"]).discriminator_loss(discriminator, real[:3], fake[:3])
print(say("the kit's loss is the same number:"), torch.allclose(by_hand, by_the_kit, atol=1e-5))

# %% exercise="remove_sigmoid"

# %% exercise="least_squares_losses"

# %% [markdown] id="step-text"
# One discriminator step: compute the gradient of $L_D$ with respect to $D$'s weights, and move them a little downhill. After it, $D$ tells the same 32 pictures apart better.

# %% question="no_graph_no_gradient"

# %% id="step"
from gan_hw.recipes.build import build_optimiser

optimiser = build_optimiser(plan.recipe, discriminator, plan.recipe.lr_d)
loss_d.backward()
optimiser.step()
objective.after_discriminator_step(discriminator)  # nothing to do for the GAN loss
after = objective.discriminator_loss(discriminator, real, fake)
print(say("and after one step, on the same images: {loss:.3f}", loss=after.item()))
print(say("the generator has a gradient from this:"), any(w.grad is not None for w in generator.parameters()))

# %% question="apart_slope"

# %% [markdown] id="saturation-text"
# ## Why the GAN loss can go silent
#
# How good can $D$ get? Where real faces have the density $p$ and generated ones $q$, it pays $-\tfrac12\,p \log s - \tfrac12\,q \log(1 - s)$ for the answer $s = \sigma(D)$. Setting the derivative to 0 gives $s = p/(p + q)$. Put in, the loss is
#
# $$L_D = \log 2 - \mathrm{JS}.$$
#
# JS, the Jensen-Shannon divergence, is the mean of the Kullback-Leibler divergences of $p$ and of $q$ from $m = (p + q)/2$: 0 for equal distributions, $\log 2$ for those that nowhere overlap. (The Kullback-Leibler divergence of $p$ from $m$ is the mean of $\log(p/m)$ over draws from $p$.) So a generator that wants $L_D$ large, against a $D$ kept at its best, makes JS small.
#
# Take the simplest case: all real faces are one point at 0, all generated ones a point at $\theta$. As soon as the two do not touch, the divergence is $\log 2$, however far apart they are: its slope is zero, and $G$ learns nothing. (The non-saturating $L_G$ keeps a slope in the *logit*; but a perfect $D$ is flat around the fakes, so that little or nothing useful of it reaches their pixels: Arjovsky and Bottou 2017, arXiv 1701.04862.) The **earth mover's distance**, or Wasserstein distance (the W of WGAN), asks how far the generated faces have to be carried, which is $|\theta|$: its slope points towards 0 from everywhere.

# %% id="saturation"
theta = torch.linspace(-2, 2, 401)
touching = theta.abs() < 1e-6
divergence = torch.where(touching, 0.0, torch.log(torch.tensor(2.0)))
distances = {say("Jensen-Shannon divergence"): divergence, say("earth mover's distance"): theta.abs()}
figures.line_plot(theta, distances, "θ")

# %% [markdown] id="duality-text"
# ## From GAN to WGAN-GP
#
# The cheapest way to carry one heap of faces onto the other can't be computed, but there is a second way to the same number (the Kantorovich-Rubinstein duality): look for the function $D$ that scores real faces as high above generated ones as it can, while nowhere steeper than 1 (*1-Lipschitz*; *$K$-Lipschitz*: nowhere steeper than $K$):
#
# $$W = \max_{\lVert D \rVert_L \le 1}\; \mathbb{E}_x\,D(x) - \mathbb{E}_z\,D(G(z)).$$
#
# That $D$ is called a **critic**, and its outputs are scores. So a **WGAN** minimises $L_D = \mathbb{E}_z\,D(G(z)) - \mathbb{E}_x\,D(x)$ and $L_G = -\mathbb{E}_z\,D(G(z))$. Minus $L_D$ estimates the distance; with clipped weights it does so up to an unknown factor, so compare it only within a run. The estimate is only as good as the critic, which therefore makes several steps for each of the generator's.
#
# What remains is to keep $D$ from being steep. WGAN **clips** every weight to $[-0.01, 0.01]$: small weights make every layer, and so the whole critic, flat. It is a crude bound, as a cell below shows.

# %% question="no_sigmoid"

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
print(say("weights at one of the two ends: {share:.0%}", share=(values.abs() >= 0.01 - 1e-6).float().mean()))

# %% exercise="clip_weights"

# %% [markdown] id="penalty-where-text"
# **WGAN-GP** drops the clip and asks for the right slope where it matters: on the lines between real and generated faces, at one random point of each line,
#
# $$\lambda\,\mathbb{E}_{\hat x}\bigl(\lVert\nabla_{\hat x} D(\hat x)\rVert_2 - 1\bigr)^2, \qquad \hat x_i = \alpha_i\,x_i + (1 - \alpha_i)\,G(z_i),$$
#
# with $\lambda = 10$. The share $\alpha_i$ of the real image is drawn anew for each image, $\alpha_i \sim U(0, 1)$.
#
# The gradient is that of the score with respect to the *picture*: how fast the score changes when pixels do. On the lines along which the cheapest plan carries generated faces to real ones, the best critic's gradient has length 1 almost everywhere (Gulrajani et al. 2017, proposition 1). Those pairs are unknown, so WGAN-GP takes random pairs, which works well in practice.

# %% exercise="mix_images"

# %% [markdown] id="line-text"
# Here is one such line, from a real face on the left to a generated one on the right:

# %% id="penalty-where"
from gan_hw.data.images import to_uint8

alpha = torch.linspace(1, 0, 8).reshape(8, 1, 1, 1)
figures.grid(to_uint8(alpha * real[:1] + (1 - alpha) * fake[:1]))

# %% question="norm_neighbours"

# %% [markdown] id="norm-text"
# The penalty asks for the slope of *one* picture's score. With BatchNorm in the critic a picture's score depends on the pictures beside it, so the gradient for one picture also holds its effect on the others' scores, which nobody wants to bound. InstanceNorm looks at each picture alone. The same face, scored in two batches:

# %% id="norm"
# NBVAL_CHECK_OUTPUT
def score_depends_on_neighbours(d_norm):
    critic = Discriminator(feature_dim=16, d_norm=d_norm)
    return not torch.allclose(critic(real[:8])[0], critic(torch.cat([real[:1], real[8:15]]))[0], atol=1e-4)

for d_norm in ("batch", "instance"):
    depends = score_depends_on_neighbours(d_norm)
    print(say("with {norm} norm, a face's score depends on its neighbours: {depends}", norm=d_norm, depends=depends))

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

# %% [markdown] id="r1-text"
# **R1** (Mescheder et al. 2018, arXiv 1801.04406) keeps the plain GAN loss and adds another penalty: half the mean of $\lVert\nabla_x D(x)\rVert^2$, at the real faces only. It asks for slope 0. Recipes with `r1` in their name use it, also notebook 4's.

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
print(say("penalty of a critic with slope 3: {penalty:.4f}", penalty=penalty.item()))

# %% exercise="slopes"

# %% exercise="penalty_from_slopes"

# %% question="flat_critic"

# %% [markdown] id="penalty-numbers-text"
# And for a network, at one point on each of three lines between a real and a generated face. The gradient has the shape of the pictures; its length is taken over *all* pixels and colours of one picture, so there is one length for each point. (Before training these lengths are several times 1: the first maps hold small numbers, InstanceNorm divides them by their small spread, and the slope grows by the same factor. The penalty pulls the slope *down*, towards 1.)

# %% id="penalty-numbers"
torch.manual_seed(seed)
critic = build_discriminator(RECIPES["wgan_gp"].replace(feature_dim=16))
alpha = torch.tensor([0.25, 0.50, 0.75]).reshape(3, 1, 1, 1)  # one for each line, the same for all its pixels
mixed = (alpha * real[:3] + (1 - alpha) * fake[:3]).requires_grad_()
(gradient,) = torch.autograd.grad(critic(mixed).sum(), mixed)
print(say("gradient:"), tuple(gradient.shape))
lengths = gradient.flatten(1).norm(dim=1)
for a, length in zip(alpha.flatten(), lengths, strict=True):
    cost = (length - 1) ** 2
    print(say("α {a:.2f}: length {length:.4f}, costs (length - 1)² = {cost:.4f}", a=a, length=length, cost=cost))
print(say("penalty, their mean: {mean:.4f}, times λ = 10 in the loss", mean=((lengths - 1) ** 2).mean()))

# %% exercise="r1_penalty"

# %% [markdown] id="families-text"
# ## For comparison: what GANs are good and bad at
#
# **Good:** sharp images, because a blurred one is easily found out; and one pass from noise to picture, where diffusion models need many. **Bad:** there is no single number that falls while training goes well; the two sides have to be kept in balance; and the generator may answer every $z$ with the same few faces (mode collapse), which the loss does not show.
#
# A **variational autoencoder** goes the other way: an encoder gives each face a distribution over $z$, a decoder paints it back from a draw, and the loss is a pixel distance plus a term that keeps the $z$ near the normal distribution. That loss is one number that falls while training goes well, training is steady, and every real face has its $z$. The price is the one you saw in notebook 2: what is uncertain is averaged, and averages are blurred.

# %% [markdown] id="able-to-say"
# ## What you should be able to say now
#
# - A transposed convolution with kernel 5, stride 2, padding 2 and output padding 1 doubles the side exactly: $(4 - 1) \cdot 2 - 2 \cdot 2 + 5 + 1 = 8$.
# - For a generated image that $D$ rejects with $\sigma(\ell) = 0.01$, the slope in the logit is $-0.01$ with the saturating loss and $-0.99$ with the non-saturating one; so $G$ minimises the second.
# - The best possible discriminator has the loss $\log 2 - \mathrm{JS}$. Where real and generated images do not overlap, JS is $\log 2$ at any distance and has no slope; the earth mover's distance still falls as they come closer.
# - A critic with weights clipped to $[-c, c]$ is $K$-Lipschitz for some unknown $K$, not 1-Lipschitz; so minus its loss estimates the earth mover's distance only up to an unknown factor.
# - The target of WGAN-GP's penalty is a slope of 1 between real and generated images, and that of R1 is a slope of 0 at real ones: for a slope of 3, $(\lVert\nabla D\rVert - 1)^2 = 4$ and $\lVert\nabla D\rVert^2 = 9$; for a flat critic they are 1 and 0.
# - A gradient penalty is about the slope of one image's score. With BatchNorm in the critic this score depends on the other images of the batch, with InstanceNorm it does not.

# %% [markdown] id="references"
# ## References
#
# - Goodfellow et al. 2014, [Generative Adversarial Networks](https://arxiv.org/abs/1406.2661): the GAN
# - Kingma and Welling 2014, [Auto-Encoding Variational Bayes](https://arxiv.org/abs/1312.6114): the variational autoencoder
# - Ioffe and Szegedy 2015, [Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift](https://arxiv.org/abs/1502.03167): BatchNorm
# - Radford, Metz and Chintala 2016, [Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks](https://arxiv.org/abs/1511.06434): DCGAN, the form of the networks
# - Ulyanov, Vedaldi and Lempitsky 2016, [Instance Normalization: The Missing Ingredient for Fast Stylization](https://arxiv.org/abs/1607.08022): InstanceNorm
# - Mao et al. 2017, [Least Squares Generative Adversarial Networks](https://arxiv.org/abs/1611.04076): LSGAN
# - Arjovsky and Bottou 2017, [Towards Principled Methods for Training Generative Adversarial Networks](https://arxiv.org/abs/1701.04862): vanishing gradients of the GAN loss
# - Arjovsky, Chintala and Bottou 2017, [Wasserstein GAN](https://arxiv.org/abs/1701.07875): WGAN
# - Gulrajani et al. 2017, [Improved Training of Wasserstein GANs](https://arxiv.org/abs/1704.00028): WGAN-GP
# - Mescheder, Geiger and Nowozin 2018, [Which Training Methods for GANs do actually Converge?](https://arxiv.org/abs/1801.04406): R1

# %% [markdown] id="your-progress-text"
# ## How far you are

# %% id="your-progress"
progress("03")

# %% [markdown] id="next"
# **Before:** [2 · The data set](02_dataset.ipynb) · **Next:** [4 · Training](04_train.ipynb)
