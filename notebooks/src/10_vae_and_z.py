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
# # 10 · A VAE beside the GAN, and what z means
#
# A GAN learns without ever comparing an image with another one. A *variational autoencoder* (VAE) does the opposite: it encodes each real image as a few numbers $z$, decodes them, and its loss is the difference from the original. In this notebook a VAE is built from the same two bodies as the kit's GANs, and trained on the same batches, so that the main difference is the objective. Then you take a trained generator and look for directions in its $z$: for hair that turns pink, for a head that turns.
#
# **You will see** both terms of a VAE's bound, a VAE in the plane, one that draws faces, where it is better and worse than a GAN, and sliders for $z$. About two and a half minutes on two fast CPU cores, two of them for the training.
#
# The pictures in this file come from a run with the default parameters on two CPU cores. If the text mentions one that you don't see, run its cell.

# %% shared="bootstrap"

# %% id="parameters" tags=["parameters"]
minutes: float = 2.0  # @param {type:"number"}  # of the VAE's training on faces
data: str = "drawn"  # @param {type:"string"}  # drawn, crypko, a folder, .zip, .tgz, hf:... or kaggle:...
workspace: str = ""  # @param {type:"string"}  # for runs and data; "drive": Google Drive; empty: here
run: str = ""  # @param {type:"string"}  # the GAN to compare with: a run's name; empty: one that ships with the kit
seed: int = 0  # @param {type:"integer"}  # of weights and noise

# %% id="place"
from gan_hw.course import ask, check, hint, progress, reply, say, solution
from gan_hw.utils.environment import is_smoke_run
from gan_hw.utils.notebook import check_parameters

check_parameters(In)  # papermill would set any name, also a misspelt one

# %% [markdown] id="bound-text"
# ## The bound
#
# A VAE (Kingma and Welling 2014) has two networks. The **decoder** turns $z$ into an image, as a generator does. The **encoder** turns an image $x$ into a normal distribution of $z$, called $q(z \mid x)$, with its own mean $\mu(x)$ and variance $\sigma_z^2(x)$ for each number of $z$.
#
# Let $p(x)$ be the density that the decoder gives an image if $z$ is drawn from $N(0, I)$. Training should make $\log p(x)$ large for real images. $p(x) = \int p(x \mid z)\, N(z; 0, I)\, dz$ can't be computed: for a given image nearly all $z$ contribute almost nothing. But its logarithm has a lower bound, the *evidence lower bound* (ELBO):
#
# $$\log p(x) \;\ge\; \underbrace{\mathbb{E}_{z \sim q(z \mid x)} \log p(x \mid z)}_{\text{how well } x \text{ is reconstructed from } z} \;-\; \underbrace{\mathrm{KL}\bigl(q(z \mid x) \,\|\, N(0, I)\bigr)}_{\text{how much } z \text{ says about } x}$$
#
# The gap between the two sides is $\mathrm{KL}\bigl(q(z \mid x) \,\|\, p(z \mid x)\bigr) \ge 0$: the bound is exact if the encoder knows the true distribution of $z$ given $x$.
#
# The first term wants $z$ to say all about the image. The second one wants it to say nothing, so that the $z$ of real images look like draws from $N(0, I)$, which is what the decoder gets when it generates. Both are in *nats*, the unit of information that belongs to the natural logarithm; 1 nat is 1.44 bits.
#
# One $z$ is drawn for each image. It is computed from the encoder's outputs and separate noise: the *reparameterisation*.

# %% exercise="reparameterise"

# %% question="slope_of_a_draw"

# %% exercise="kl_term"

# %% [markdown] id="likelihood-text"
# For $p(x \mid z)$ the VAE takes a normal distribution around the decoded image, with the same standard deviation $\sigma$ (without an index) for every pixel and colour. The logarithm of its density is a squared difference with a weight: the smaller $\sigma$, the more a difference counts. $\sigma$ is learned with the networks (Rybkin et al. 2021).

# %% exercise="log_likelihood_term"

# %% id="bound-facts"
# NBVAL_CHECK_OUTPUT
import torch
from gan_hw.course.vae import gaussian_log_likelihood, kl_to_standard_normal

zeros = torch.zeros(1, 100)
print(say("KL of N(0, I):"), kl_to_standard_normal(zeros, zeros).item())
print(say("KL, every mean moved by 1:"), kl_to_standard_normal(zeros + 1, zeros).item())
image = torch.zeros(1, 3, 64, 64)
for sigma in (1.0, 0.1):
    found = gaussian_log_likelihood(image, image + 0.1, torch.tensor(sigma).log()).item()
    print(say("log-likelihood, each number 0.1 off, sigma {sigma}: {nats:.0f} nats", sigma=sigma, nats=found))

# %% [markdown] id="bound-after"
# A density can be above 1, so its logarithm can be positive: where $\sigma$ is 0.1, as large as the error, each of the 12,288 numbers gets 0.88 nats.

# %% [markdown] id="plane-text"
# ## In the plane
#
# First on the ring of 8 small groups of points (notebook 9), where everything can be seen. The encoder is a small network too, and the decoder is the laboratory's generator. *Distance*, *modes* and *good* are the measures of notebook 9.

# %% question="vae_modes"

# %% id="plane-training"
from gan_hw.course.laboratory import POINT_SETS
from gan_hw.course.laboratory.measures import measure
from gan_hw.course.vae import Training, point_vae
from gan_hw.course.vae.pictures import plane
from gan_hw.inference.sampling import sample_z

ring = POINT_SETS["ring"]

def points_of(step):
    return ring.sample(256, torch.Generator().manual_seed(1000 * seed + step))[:, :, None, None]

# %% id="plane-measures"
reference, draws = ring.sample(500, torch.Generator().manual_seed(seed + 1)), sample_z(500, 2, seed)

def train_in_the_plane(sigma):
    settings = {"device": "cpu", "precision": "fp32", "one_thread": True, "quiet": True}
    training = Training(lambda: point_vae(sigma=sigma), points_of, seed=seed, **settings)
    training.train(steps=50 if is_smoke_run() else 600)
    with torch.no_grad():
        generated = training.vae.decoder(draws).flatten(1)
    last, found = training.history[-1], measure(generated, reference, ring)
    values = {"sigma": sigma, "now": last["sigma"], "kl": last["kl"]}
    print(say("sigma {sigma:g} at the start, {now:.2f} now; KL {kl:.2f} nats", **values), end="; ")
    values = {"d": found["earth_movers_distance"], "m": found["modes_found"], "g": found["share_of_good"]}
    print(say("distance {d:.2f}, modes {m}, good {g:.2f}", **values))
    return training.vae

in_the_plane = train_in_the_plane(0.1)

# %% alt="Four panels: 8 groups of real points; their z, which lie around a circle within the draws from a normal distribution; reconstructions, each group shrunk to nearly a point; generated points on the groups, on the lines between them and inside the ring" id="plane-picture" tags=["picture"]
plane(in_the_plane, reference[:250], draws[:250])

# %% [markdown] id="plane-after"
# In the second panel each coloured point is a mean $\mu(x)$, and its bars are one $\sigma_z$ to each side; the grey points are draws from $N(0, I)$.
#
# All 8 modes are found, with seeds 1 and 2 as well, while the plain GAN of notebook 9 found none or one. The VAE is penalised for each mode that it forgets: every real point has to be reconstructed from its $z$. The drawback: only about half of the generated points are good; the others lie between the modes, because draws of $z$ also fall where no real point has its $z$. And each group is reconstructed as almost one point: differences smaller than $\sigma$ cost more KL than they gain.
#
# What if $\sigma$ begins at 1, which is more than 0.57, the standard deviation of all the points' coordinates?

# %% question="large_sigma"

# %% id="collapse"
collapsed = train_in_the_plane(1.0)

# %% [markdown] id="collapse-after"
# *Posterior collapse.* With a large $\sigma$ the first term gains so little that the second one wins: KL is almost 0, the decoder ignores $z$, and it draws one point, the mean of all. $\sigma$ then shrinks until it fits: 0.57 is the standard deviation of the coordinates. This was so with seeds 0 to 2, and after 3,000 steps too. It can be seen in the numbers: a KL term near 0.

# %% exercise="best_guess"

# %% [markdown] id="faces-text"
# ## On faces
#
# Now faces. The decoder is the generator of `gan_r1_quick`. The encoder has the layers of its discriminator, with BatchNorm in place of InstanceNorm, and 200 outputs in place of one: 100 means and 100 logarithms of variances. (That larger last layer is why it has more weights.) The batches are those that the GAN would get. The training can be stopped and run again; it goes on where it was.
#
# $\sigma$ begins at 1 again. Why no collapse? Using a direction of $z$ pays if the images have a principal component whose variance is above $\sigma^2$. On the ring both components have a variance of 0.32. For the drawn faces, with 12,288 numbers each, the first has about 600, and hundreds are above 1.

# %% id="data"
from gan_hw.workflow.plan import make_plan

plan = make_plan(data=data, workspace=workspace, run=run, seed=seed)
faces = plan.images()
print(say("{count} faces from {source}", count=len(faces), source=faces.source))

# %% id="network-facts"
# NBVAL_CHECK_OUTPUT
from gan_hw.course.vae import face_vae
from gan_hw.recipes import RECIPES
from gan_hw.recipes.build import build_discriminator, build_generator

def count_weights(network):
    return sum(weight.numel() for weight in network.parameters())

gan, built = RECIPES["gan_r1_quick"], face_vae()
networks = {"g": build_generator(gan), "d": build_discriminator(gan), "decoder": built.decoder, "encoder": built.encoder}
weights = {name: count_weights(network) for name, network in networks.items()}
print(say("weights: decoder {decoder:,}, generator {g:,}; encoder {encoder:,}, discriminator {d:,}", **weights))
print(say("means and log variances of 2 images:"), *(tuple(part.shape) for part in built.encode(torch.zeros(2, 3, 64, 64))))

# %% question="which_term_first"

# %% id="train"
from gan_hw.course.vae import face_batches
from gan_hw.course.vae.pictures import bound_curves

training = Training(face_vae, face_batches(faces, seed), seed=seed, file=plan.workspace / "vae" / f"{faces.name}-{seed}.pt")
training.train(**{"steps": 50} if is_smoke_run() else {"minutes": minutes})
vae = training.vae
values = {"seen": training.seen, "minutes": training.seconds / 60, "sigma": training.history[-1]["sigma"]}
print(say("{seen} images seen in {minutes:.1f} minutes, sigma {sigma:.3f}", **values))

# %% alt="Three curves over the images seen: the log-likelihood rises fast and then slowly, the KL term rises, sigma falls" id="bound-curves" tags=["picture"]
bound_curves(training.history)

# %% id="reconstruct"
from gan_hw.data.images import to_float, to_uint8
from gan_hw.inference.sampling import generate
from gan_hw.utils import figures

def reconstruct(images):
    with torch.no_grad():
        return to_uint8(vae.reconstruct(to_float(images).to(training.device))).cpu()

# %% alt="Three rows of faces: real ones, their soft reconstructions with the same hair colour and pose, and generated ones, which are blurred" id="reconstructions" tags=["picture"]
real = faces.images[:8]
rows = {say("real"): real, say("reconstructed"): reconstruct(real)}
rows[say("generated")] = generate(vae.decoder, sample_z(8, 100, seed))
figures.image_rows(rows, per_row=8)

# %% question="why_blurred"

# %% [markdown] id="interpolation-text"
# A GAN has no network that says which $z$ a real face has; one would have to search for it. A VAE has its encoder, so real faces can be mixed: each row below leads along the straight line from one face's mean $\mu(x)$ to another's. (Straight, unlike in notebook 5, because these are not draws from $N(0, I)$.)

# %% id="interpolate"
with torch.no_grad():
    means = vae.encode(to_float(faces.images[:6]).to(training.device))[0].cpu()
ways = [torch.lerp(means[i], means[i + 1], torch.linspace(0, 1, 10)[:, None]) for i in (0, 2, 4)]
figures.grid(generate(vae.decoder, torch.cat(ways)), per_row=10)

# %% [markdown] id="used-text"
# How many of the 100 numbers does the VAE use? A number of $z$ whose distribution is $N(0, 1)$ for every image says nothing, and has a KL of 0: it has collapsed, and the decoder does without it.

# %% id="used"
with torch.no_grad():
    mean, log_variance = vae.encode(to_float(faces.images[:500]).to(training.device))
each = torch.stack([kl_to_standard_normal(mean[:, [k]], log_variance[:, [k]]).mean() for k in range(mean.shape[1])])
values = {"count": int((each > 0.1).sum()), "total": len(each), "nats": each.sum()}
print(say("{count} of {total} numbers of z say more than 0.1 nats, all of them {nats:.0f} nats", **values))

# %% [markdown] id="table-text"
# ## What each is good at
#
# The same measures for real faces, the VAE's reconstructions of them, the faces that it generates, and those of a GAN: the run that you named, else your run of `gan_r1_quick` if there is one, else the one that ships with the kit (which was trained longer than this VAE). `sharpness` is the variance of the Laplacian, a usual measure of focus, as a share of that of real faces. Noise raises it, too.

# %% question="where_faces_are_found"

# %% id="gan"
from gan_hw.inference.weights import load_generator
from gan_hw.workflow.shipped_runs import trained_or_shipped

gan_plan = trained_or_shipped(plan)
generator, recipe = load_generator(gan_plan.folder)
count = 40 if is_smoke_run() else 1000
noise = sample_z(count, 100, seed)
real = faces.images[:count]
sets = {
    say("real"): real, say("VAE, reconstructed"): reconstruct(real), say("VAE, generated"): generate(vae.decoder, noise),
    "GAN": generate(generator, sample_z(count, recipe.z_dim, seed)),
}

# %% id="table"
from gan_hw.metrics.afd import face_scores, load_detector
from gan_hw.metrics.diversity import mean_pairwise_rmse
from gan_hw.metrics.sharpness import sharpness
from gan_hw.utils.columns import left, right

detector, real_rmse = load_detector(None, plan.workspace), mean_pairwise_rmse(real)
real_sharpness = sharpness(real)
print(" " * 20 + right(detector.metric, 10) + right("diversity", 11) + right(say("sharpness"), 11))
for name, images in sets.items():
    found = face_scores(images, real_rmse, detector)
    found["sharpness"] = sharpness(images) / real_sharpness
    print(left(name, 20) + f"{found[detector.metric]:10.3f}{found['diversity']:11.3f}{found['sharpness']:11.3f}")

# %% [markdown] id="measured-text"
# In the stored run (two minutes, 76,704 images):
#
# | | afd_strict | diversity | sharpness |
# |---|---|---|---|
# | real | 0.888 | 1.000 | 1.000 |
# | VAE, reconstructed | 0.908 | 0.852 | 0.019 |
# | VAE, generated | 0.741 | 0.619 | 0.012 |
# | GAN (shipped) | 0.817 | 0.968 | 0.583 |
#
# A VAE's reconstructions are faces as often as real images are (with 1000 images, a difference of 0.02 can be chance), so $z$ holds the face. What it does not hold is the fine detail: hardly any is left. The detector finds fewer faces among the generated ones, and they are more alike. Blur is not the main reason: the reconstructions are nearly as blurred and have a `diversity` of 0.852. The GAN's are sharp and varied, and some of what `sharpness` counts is noise.
#
# On real faces, after ten minutes on two cores, afd_strict and diversity are 0.673 and 0.664 for the VAE's generated faces, 0.841 and 0.898 for its reconstructions, 0.814 and 0.982 for `wgan_gp_quick`, 0.871 and 1.012 for `gan_r1_wide`, and 0.866 and 1.016 for real ones ([all numbers](../docs/results/vae.md)).
#
# So a GAN is better at generating. A VAE also has an encoder, so it can compare and mix real images, and it is less likely to lose a mode. What came after the two, in the hosted image generators of today, uses both: an autoencoder trained with a discriminator's loss as well, and a diffusion model in the space of its $z$ (Rombach et al. 2022).

# %% [markdown] id="z-text"
# ## What $z$ means
#
# The rest is about a trained GAN. Its $z$ has no labels, but that doesn't mean that nothing can be found in it.
#
# **By components.** The generator's first layer turns $z$ into a feature map. A *principal component* is a direction in the space of these maps: the first one is that along which the maps of 4,000 draws vary most, the second the same among those perpendicular to it, and so on. The layer ends in a ReLU, so it is not linear, and no single direction of $z$ corresponds exactly to a component. The direction that fits best is found by least squares (Härkönen et al. 2020). Below, *component* means this direction of $z$. No label is needed.

# %% question="what_components_show"

# %% id="components"
from gan_hw.course.latent import explore, label_directions, mix, principal_directions, stills

components = principal_directions(generator, count=20, seed=seed)
named = {say("component {number}", number=number): direction for number, direction in enumerate(components[:3], 1)}

# %% alt="Three rows of one face that changes along three components of z: the head turns, the hair goes from pink to black, and from orange to blue" id="components-picture" tags=["picture"]
stills(generator, sample_z(3, recipe.z_dim, seed)[2], named)

# %% [markdown] id="components-after"
# Each row shows one face, in the middle as it is, moved from −3 to 3 standard deviations of $z$ along one direction. In the stored picture component 1 turns the head, and 2 and 3 change the hair's colour and length.

# %% [markdown] id="labels-text"
# **By labels.** A classifier looks at 2,000 generated faces. The direction towards a label is the difference of two means: of the $z$ whose faces have it, and of the $z$ whose faces don't. The kit's classifier knows the labels of the drawn faces, so for other data this part names what *it* sees. A direction needs at least 20 faces with the label and 20 without; from so few it is still noisy, and part of what changes along it is chance.

# %% exercise="label_direction"

# %% question="red_eyes"

# %% id="labels"
from gan_hw.data.drawn_faces import class_names
from gan_hw.metrics.classifier import Evaluator, load_drawn_classifier

names = class_names()
evaluator = Evaluator(load_drawn_classifier(names), names, "drawn faces")
directions = label_directions(generator, evaluator.logits, names, seed)
chosen = {name: directions[name] for name in ("pink hair", "blue hair", "red eyes") if name in directions}
counts = {"count": len(directions), "total": len(names)}
print(say("{count} of {total} labels have a direction:", **counts), *list(directions)[:6], "...")

# %% alt="Three rows of one face that changes along the directions of pink hair, blue hair and red eyes; towards red eyes the hair also turns blue" id="labels-picture" tags=["picture"]
stills(generator, sample_z(3, recipe.z_dim, seed)[2], chosen or named)

# %% [markdown] id="labels-after"
# Hair colours can be steered. But look at the row of red eyes: the hair changes as well. The direction points to where this *generator* has red eyes, and if they often come with blue hair there, it takes the hair along. The next cell says how much two directions have in common: their cosine. For two random directions of 100 numbers it is typically about ±0.1.

# %% id="cosines"
shown = list(chosen)
for first in shown:
    print(f"{first:12}", *(f"{float(directions[first] @ directions[second]):6.2f}" for second in shown))

# %% [markdown] id="sliders-text"
# In a notebook that you run yourself, the next cell has a slider for each direction; elsewhere it shows rows of stills.

# %% id="explore"
explore(generator, {**chosen, **named}, seed)

# %% [markdown] id="mix-text"
# **Mixing.** StyleGAN turns $z$ into a vector $w$ and gives $w$ to every layer, so that coarse layers can take it from one face and fine layers from another. The kit's generators take $z$ in their first layer alone, so there are no layers to choose from. But $z$ has parts: take the coordinates along the first components from one face, and all that is perpendicular to them from another.

# %% exercise="mix_parts"

# %% question="twenty_of_hundred"

# %% alt="Four rows of five faces: faces A, faces B, B with 5 components of A, B with 20 components of A; the last row looks more like A than like B" id="mixing" tags=["picture"]
coarse, fine = sample_z(16, recipe.z_dim, seed).chunk(2)
rows = {"A": coarse, "B": fine, say("B, with 5 components of A"): mix(coarse, fine, components[:5])}
rows[say("B, with 20 components of A")] = mix(coarse, fine, components)
figures.image_rows({name: generate(generator, z[:5]) for name, z in rows.items()}, per_row=5)

# %% id="mix-facts"
# NBVAL_CHECK_OUTPUT
mixed = mix(coarse, fine, components)
print(say("along the components as A:"), torch.allclose(mixed @ components.T, coarse @ components.T, atol=1e-4))
print(say("a mixture of A with itself is A:"), torch.allclose(mix(coarse, coarse, components), coarse))

# %% id="mix-distances"
to_b, to_a, apart = ((one - other).norm(dim=1).mean() for one, other in ((mixed, fine), (mixed, coarse), (coarse, fine)))
print(say("in z, as shares of the way from A to B: to B {b:.2f}, to A {a:.2f}", b=to_b / apart, a=to_a / apart))

# %% [markdown] id="mix-after"
# The mixture differs from B in 20 of 100 dimensions and from A in 80. So in $z$ it is nearer to B: about $\sqrt{0.2} = 0.45$ of the way, against $\sqrt{0.8} = 0.89$. Its *image* is nearer to A.

# %% [markdown] id="closest-text"
# **Memorised?** Below each of eight generated faces, the real face that is closest to it, compared as small thumbnails, mirrored or not (the judge's `near_copies`). If a generator repeats its data, you see it here. This picture holds faces of your data set, so it is not stored in the file.

# %% id="closest"
from gan_hw.metrics.near_duplicates import closest_matches
from gan_hw.metrics.protocol import NEAR_DUPLICATE_RMSE

shown = generate(generator, coarse)
matches = closest_matches(shown, faces.images)
figures.image_rows({say("generated"): shown, say("closest real face"): faces.images[matches.indices]}, per_row=8)

# %% id="closest-rate"
values = {"low": matches.rmse.min(), "high": matches.rmse.max(), "limit": NEAR_DUPLICATE_RMSE}
print(say("near copies: {count} of {n};", count=int(matches.is_copy.sum()), n=len(shown)))
print(say("root mean square difference {low:.0f} to {high:.0f} of 255, below {limit:g} a copy", **values))

# %% [markdown] id="able-to-say"
# ## What you should be able to say now
#
# - A VAE makes a lower bound of $\log p(x)$ large: how well the image is reconstructed from $z$, minus how much $z$ says about it.
# - $z = \mu + \sigma_z \epsilon$ with separate noise $\epsilon$ is a function of $\mu$ and $\sigma_z$, so the gradient reaches the encoder.
# - $\mathrm{KL}\bigl(N(\mu, \sigma_z^2) \,\|\, N(0, 1)\bigr) = \frac{1}{2}(\mu^2 + \sigma_z^2 - 1 - \log \sigma_z^2)$ for each number of $z$.
# - On the ring the VAE found all modes and drew between them, where the plain GAN lost modes. On faces the trained GAN is sharper *and* more varied than the VAE.
# - The best single answer under a squared difference is the mean of all possible images. What $z$ does not say is therefore blurred.
# - As long as $\sigma^2$ is larger than the data's variance along every direction, the KL term wins and $z$ says nothing: posterior collapse. On the ring this lasts, because the learned $\sigma^2$ stops at 0.32, the variance in every direction.
# - Directions of a GAN's $z$ can be found without labels (principal components) or with them (the difference of two means), and what occurs together in the generated faces also moves together.

# %% [markdown] id="references"
# ## References
#
# - Kingma and Welling 2014, [Auto-Encoding Variational Bayes](https://arxiv.org/abs/1312.6114): the VAE, the bound, the reparameterisation
# - Rezende, Mohamed and Wierstra 2014, [Stochastic Backpropagation and Approximate Inference in Deep Generative Models](https://arxiv.org/abs/1401.4082): the same, found independently
# - Bowman et al. 2016, [Generating Sentences from a Continuous Space](https://arxiv.org/abs/1511.06349): a KL term that goes to 0
# - Karras, Laine and Aila 2019, [A Style-Based Generator Architecture for Generative Adversarial Networks](https://arxiv.org/abs/1812.04948): style mixing
# - Shen et al. 2020, [Interpreting the Latent Space of GANs for Semantic Face Editing](https://arxiv.org/abs/1907.10786): directions from labels
# - Härkönen et al. 2020, [GANSpace: Discovering Interpretable GAN Controls](https://arxiv.org/abs/2004.02546): directions from principal components
# - Rybkin, Daniilidis and Levine 2021, [Simple and Effective VAE Training with Calibrated Decoders](https://arxiv.org/abs/2006.13202): a $\sigma$ that is learned
# - Rombach et al. 2022, [High-Resolution Image Synthesis with Latent Diffusion Models](https://arxiv.org/abs/2112.10752): an autoencoder and a diffusion model

# %% [markdown] id="your-progress-text"
# ## How far you are

# %% id="your-progress"
progress("10")

# %% [markdown] id="next"
# **Before:** [9 · A laboratory in the plane](09_laboratory.ipynb) · **Back to:** [1 · The environment](01_environment.ipynb)
