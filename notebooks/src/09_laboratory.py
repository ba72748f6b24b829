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
# # 9 · A laboratory in the plane
#
# An image of 64×64 pixels is a point in 12,288 dimensions, where nobody can see what $D$ believes. In this notebook real "images" are points in the plane, with two numbers each. Losses, methods and the training step are the kit's own, as in the other notebooks; only the two networks are small. So everything can be seen or computed exactly: $D$'s value at every place, the direction in which $G$'s loss pushes each point, the modes that $G$ has found, the earth mover's distance.
#
# **You will see** a training step by step, with controls if you run the notebook yourself; what $D$ believes and where it pushes; six methods after the same steps; clipped weights; and six experiments in which one setting is changed at a time. All cells together take about a minute on one CPU core; no GPU is needed.
#
# The numbers in the text and the pictures stored in this file are of the default parameters, on one machine. Trainings like these are sensitive: rounding differs between machines, so your numbers will differ a little, and where a training is unstable, a lot. The text says which findings held for several seeds.

# %% shared="bootstrap"

# %% id="parameters" tags=["parameters"]
method: str = "gan_r1"  # @param ["gan", "gan_longer", "wgan", "wgan_gp", "gan_r1", "r3gan"]
data: str = "ring"  # @param ["gaussian", "ring", "grid", "moons", "spiral", "lines"]
steps: int = 600  # @param {type:"integer"}  # of each training; one step is one step of D
seed: int = 0  # @param {type:"integer"}  # of weights, points and noise

# %% id="place"
from gan_hw.course import ask, check, hint, progress, reply, solution
from gan_hw.utils.environment import is_smoke_run
from gan_hw.utils.notebook import check_parameters

check_parameters(In)  # papermill would set any name, also a misspelt one
steps = 20 if is_smoke_run() else steps

# %% [markdown] id="points-text"
# ## The data sets
#
# Six sets of points, most of them in $[-1, 1]^2$. Three consist of narrow Gaussians, whose centres are the **modes**: there one can count which modes a generator has found. `drawn_by_hand([[x, y], …])` makes a set of your own points.

# %% id="points"
# NBVAL_CHECK_OUTPUT
from gan_hw.course.laboratory import METHODS, POINT_SETS, Laboratory, show

for name, points in POINT_SETS.items():
    print(f"{name:9} {'a curve' if points.modes is None else f'{len(points.modes)} modes':9} spread {points.spread}")
print("methods:", *METHODS)

# %% [markdown] id="show-text"
# ## The game in the plane
#
# The next cell shows a training. White circles are real points, crosses generated ones. Where the plane is bright, $D$ takes points for real; white lines join places of equal value. Each arrow shows where $G$'s loss moves a generated point: it is minus the gradient at that point, and the longest one is always equally long.
#
# If you run the cell yourself, it has controls. **Play** trains until you press it again; **One step** is one training step, **D alone** and **G alone** train one network while the other waits. A new method, data set, seed, batch or `z_dim` begins a new training. Learning rates, `n_critic` and the constraint (the clip or the penalty's weight) change the one that runs. By keyboard: Tab goes from control to control, the space bar presses a button, arrow keys move a slider.
#
# Where nobody can press anything, as in this file, there is a picture after all steps, and then a film of how it came about.
#
# What to look for: the crosses begin as one small cluster, because an untrained $G$ carries all $z$ to nearly the same place. Then $D$ learns that real points are elsewhere, and the arrows lead there. With R1 the plane stays grey: $D$'s probabilities are near one half everywhere, and only the white lines show where they change. At the end $D$ *has* to be so, because it can hardly tell real from generated points. (`method = "gan_longer"` shows more contrast.)

# %% alt="A ring of 8 groups of real points after 600 steps of a GAN with R1; generated points lie on the groups, and some on the way between them; D is grey, so near one half, everywhere" id="show" tags=["picture"]
show(method, data, seed, steps)

# %% [markdown] id="belief-text"
# ## What $D$ believes, and where it pushes
#
# A `Laboratory` is one training: `step(n)` trains, `points()` are generated points, `measure()` computes exact measures, `copy()` makes a copy that can go on in another way. Three moments stand side by side: early, after a fortieth of the steps; after all steps; and when $D$ alone has then made 200 more steps while $G$ waited.
#
# What to look for: early, the white lines circle the middle, where the generated points were until now; $D$ is lowest there, and the arrows lead outwards across the lines. When $D$ alone goes on, its lines change, but no new border appears: there is little left to tell apart. $G$ never sees a real point. The arrows are all it learns from.

# %% id="belief"
from gan_hw.course.laboratory.pictures import carried_grid, paths, side_by_side, weight_histogram

trained = Laboratory(method, data, seed)
trained.step(max(1, steps // 40))
early = trained.copy()
trained.step(steps - trained.gan.step)
ahead = trained.copy()
ahead.step_discriminator(20 if is_smoke_run() else 200)
side_by_side({"early": early, "after the training": trained, "D alone 200 steps further": ahead})

# %% [markdown] id="grid-text"
# ## What $G$ does to the plane of $z$
#
# $z$ has two numbers here, so it is a point in a plane too. Below, a grid in the plane of $z$, and where $G$ carries its lines. $G$ is continuous: it can bend, stretch and fold the plane, but not tear it. Between two modes some lines must cross the empty space; what $G$ can do is cross it quickly, so that few $z$ end there. (This is why a generator of faces draws a few mixtures of two kinds of face, and why its interpolations have no gaps.)

# %% alt="Left a regular grid in the plane of z; right the same lines carried by G, which run around the ring from one group of real points to the next" id="carried-grid" tags=["picture"]
carried_grid(trained)

# %% [markdown] id="methods-text"
# ## Six methods after the same steps
#
# `gan_longer` differs from `gan` by $n_{critic} = 2$ alone. All have the same networks and batches. Three exact measures (of 500 generated points against 500 real ones): the **earth mover's distance**, the mean way on which one set becomes the other when every point is moved as well as possible; how many **modes** are found (at least a fifth of a mode's fair share of points lies close to it); the share of **good** points, those within 3 spreads of a mode (as in Srivastava et al. 2017).

# %% question="which_finds_all"

# %% id="methods"
laboratories = {name: Laboratory(name, data, seed) for name in METHODS}
print(f"{'':11}{'distance':>9}{'modes':>7}{'good':>7}{'steps of G':>12}")
for name, laboratory in laboratories.items():
    laboratory.step(steps)
    measured = laboratory.measure()
    print(f"{name:11}{measured['earth_movers_distance']:9.2f}", end="")
    print(f"{measured.get('modes_found', '–'):>7}{measured.get('share_of_good', float('nan')):7.2f}", end="")
    print(f"{steps // laboratory.recipe.n_critic:12}")

# %% alt="Six panels: the GAN's points lie apart from the ring in one cluster; with n_critic 2, R1 or pairs they cover all 8 groups; WGAN has spread them over the plane, WGAN-GP around the ring without sharp groups" id="methods-picture" tags=["picture"]
side_by_side(laboratories)

# %% [markdown] id="methods-after"
# The same with seeds 0 to 3, 600 steps each: `gan` found 0, 1, 1 and 0 of the 8 modes, `gan_longer` 8, 1, 8 and 0, `wgan` 1, 0, 1 and 0, `wgan_gp` 4, 2, 2 and 2, `gan_r1` 8, 8, 8 and 7, `r3gan` 8, 8, 8 and 6. So R1 makes a plain GAN reliable here; $n_{critic} = 2$ helps with some seeds only.
#
# WGAN and WGAN-GP are not worse, they are slower: their $G$ has made 120 steps. After 3,000 steps `wgan_gp` found all 8 modes and `wgan` 7 and 6 (seeds 0 and 1), while `gan` still found none or one. Their distance says so early: in this run it is below 0.25 for both, and 0.77 for `gan`. Modes and good points count only what lies *on* the small groups; the distance also sees what is on its way.

# %% [markdown] id="weights-text"
# ## Clipped weights, and weights under a penalty
#
# The critic of `wgan` has every weight limited to $[-0.1, 0.1]$, the one of `wgan_gp` has a penalty on its slope. Both have been trained already. Gulrajani et al. (2017, figure 1b) show the same comparison for larger critics.

# %% question="clipped_weights"

# %% alt="Two histograms of a critic's weights: clipped ones pile up at -0.1 and 0.1, those under a penalty form one hill around 0" id="weights" tags=["picture"]
weight_histogram({"wgan: weight clipping": laboratories["wgan"], "wgan_gp: gradient penalty": laboratories["wgan_gp"]})

# %% id="weights-share"
for name in ("wgan", "wgan_gp"):
    matrices = [w.detach().abs() for w in laboratories[name].gan.discriminator.parameters() if w.dim() > 1]
    at_bound = sum((w >= 0.0999).sum() for w in matrices) / sum(w.numel() for w in matrices)
    print(f"{name:8} largest weight {max(w.max() for w in matrices):.2f}, share at or beyond 0.1: {at_bound:.0%}")

# %% [markdown] id="weights-after"
# With the clip, 17 % of the weights are at a bound, and the rest is spread in between. With the penalty they form one hill, with single weights of up to 0.9: the penalty limits the slope of the whole critic and leaves open how the weights bring it about.

# %% [markdown] id="saturating-text"
# ## The saturating loss and the other one
#
# In the minimax game $G$ minimises $\log(1 - \sigma(\ell))$, with the logit $\ell$ of a generated point. Homework 6 and the kit minimise $-\log\sigma(\ell)$ instead. Early in a training $D$ rejects everything, so $\ell$ is far below 0.

# %% question="saturated_slope"

# %% alt="Both losses of G and their slopes over the logit from -8 to 8: for very negative logits the saturating loss has slope 0, and the non-saturating one slope -1" id="saturating" tags=["picture"]
import torch
import torch.nn.functional as F
from gan_hw.utils import figures

logits = torch.linspace(-8, 8, 161, requires_grad=True)
losses = {"saturating": -F.softplus(logits), "non-saturating": F.softplus(-logits)}
curves = {name: loss.detach() for name, loss in losses.items()}
for name, loss in losses.items():
    curves[f"slope, {name}"] = torch.autograd.grad(loss.sum(), logits)[0]
figures.line_plot(logits.detach(), curves, "logit of a generated point")

# %% id="saturating-facts"
# NBVAL_CHECK_OUTPUT
for place in (0, 80, 160):
    print(f"logit {round(logits[place].item()):+}:", end="")
    print(*(f"  {name} {curves[f'slope, {name}'][place].item():.4f}" for name in losses))

# %% [markdown] id="saturating-after"
# Both slopes are negative everywhere: both losses tell $G$ to raise the logit. They differ in *when* they push. At a logit of −8 the non-saturating loss pushes with 0.9997, the saturating one with 0.0003, three thousand times less.

# %% [markdown] id="circles-text"
# ## Two players go round in circles
#
# The simplest game of two players: one chooses $x$ and wants $f(x, y) = xy$ small, the other chooses $y$ and wants it large. The solution is $x = y = 0$. Both follow their gradients, with the rate 0.1, from the same start (Goodfellow 2016, section 7.2, has this example). With R1, $y$ is pulled to 0 as $D$'s slope is: its player gets $xy - \frac{1}{2} y^2$.

# %% question="xy_circles"

# %% id="circles"
def play(in_turn=False, r1=0.0, moves=200, rate=0.1):
    """The places (x, y) of the two players."""
    x, y, way = 1.0, 0.0, [(1.0, 0.0)]
    for _ in range(moves):
        new_x = x - rate * y
        y += rate * ((new_x if in_turn else x) - r1 * y)
        x = new_x
        way.append((x, y))
    return torch.tensor(way)


# %% alt="Paths of the two players: both at once spirals outwards, in turn stays on a closed curve, with R1 and with averaging the path runs into the middle" id="circles-picture" tags=["picture"]
ways = {"both at once": play(moves=100), "in turn": play(in_turn=True), "with R1": play(r1=1.0)}
ways["average of in turn"] = ways["in turn"].cumsum(0) / torch.arange(1, 202)[:, None]
paths(ways, "x, which makes xy small", "y, which makes xy large")

# %% id="circles-facts"
# NBVAL_CHECK_OUTPUT
for name, way in ways.items():
    print(f"{name:19} after {len(way) - 1} moves {way[-1].norm().item():.2f} away from the solution")

# %% [markdown] id="circles-after"
# Both at once: each move multiplies the distance from the solution by $\sqrt{1 + 0.1^2}$, so after 100 moves it is $1.01^{50} \approx 1.64$. In turn, as in a GAN's training, the players stay on a closed curve and never arrive. Two things help. R1 takes away a part of $y$ in each move, so that the circle becomes a spiral inwards. And the *average* of all places lies near the middle of the circle even though no single place does: this is what the averaged generator (EMA) makes use of.

# %% [markdown] id="experiments-text"
# ## Six experiments
#
# In each of them one thing is changed, on the ring with its 8 modes. First predict, then run, then look at what came out; after each comes an exercise.

# %% id="mean-slope"
from gan_hw.training.gradient_norms import gradients_at

def mean_slope(laboratory):
    """Mean norm of D's gradient at 250 real and 250 generated points."""
    points = torch.cat([laboratory.reference[:250], laboratory.points(250)])
    return gradients_at(laboratory.gan.discriminator, points[:, :, None, None]).flatten(1).norm(dim=1).mean().item()


# %% id="experiment"
done = {(lab.recipe, steps): lab for lab in laboratories.values() if lab.data.name == "ring"}  # trained once each

def experiment(name, count=steps, **fields):
    """Train on the ring, print the measures and the mean slope of D, and return the laboratory."""
    laboratory = Laboratory(name, "ring", seed, **fields)
    if (laboratory.recipe, count) not in done:
        laboratory.step(count)
        done[laboratory.recipe, count] = laboratory
    laboratory = done[laboratory.recipe, count]
    words, measured = [f"{field}={value:g}" for field, value in fields.items()], laboratory.measure()
    print(f"{' '.join([name, *words]):24} distance {measured['earth_movers_distance']:5.2f}", end="")
    print(f"   modes {measured['modes_found']}   good {measured['share_of_good']:.2f}", end="")
    print(f"   slope {mean_slope(laboratory):8.2g}   steps of G {count // laboratory.recipe.n_critic}")
    return laboratory


# %% [markdown] id="modes-text"
# ### a) Find a setting that loses modes
#
# Three trainings of a plain GAN: as it is (both rates 0.001, one step of $D$ for one of $G$), with a $G$ that learns more slowly, and with more steps of $D$.

# %% question="lose_modes"

# %% id="modes"
losing = {
    "as it is": experiment("gan"),
    "G slower": experiment("gan", lr_g=1e-4),
    "more steps of D": experiment("gan", n_critic=5),
}

# %% id="modes-picture"
side_by_side(losing)

# %% [markdown] id="modes-after"
# With seeds 0 to 3 the plain GAN found 0, 1, 1 and 0 modes, the one with the slower $G$ 8, 4, 7 and 7, the one with more steps of $D$ 8, 7, 8 and 6. Look at the first panel: all points are in one cluster, and the plane around it is grey, with a slope of 0.39 where the others have 3 to 4. $G$ has moved so far that $D$ must learn anew where its points are; when it has, they move on together. Play it above with `method = "gan"`: the cluster wanders. After 3,000 steps it still does (seeds 0 and 1).
#
# The other two give $D$ the time to say *where* real points are missing. Other settings that lost modes: a $G$ four times as fast, also with R1 (none or one mode), and a batch of 16 points with R1 (3 and 1 modes with two of four seeds).

# %% exercise="count_modes"

# %% [markdown] id="silent-text"
# ### b) Make JS silent
#
# Example 1 of Arjovsky et al. (2017): the real points lie on a vertical line, the generated ones on a parallel line at some distance. The next cell computes both distances exactly, for 200 points on each line. A GAN's $D$ at its best has the loss $\log 2 - \mathrm{JS}$.

# %% question="silent_js"

# %% id="silent"
# NBVAL_CHECK_OUTPUT
from gan_hw.course.laboratory.measures import earth_movers_distance

def jensen_shannon(first, second):
    """Between two sets of equally many points of equal weight, in the natural logarithm."""
    places, which = torch.cat([first, second]).unique(dim=0, return_inverse=True)
    p, q = (torch.bincount(half, minlength=len(places)) / len(half) for half in which.chunk(2))
    entropy_of_p, entropy_of_q, of_the_mixture = (torch.special.entr(s).sum() for s in (p, q, (p + q) / 2))
    return abs((of_the_mixture - (entropy_of_p + entropy_of_q) / 2).item())

line = torch.stack([torch.zeros(200), torch.linspace(0, 1, 200)], 1)
for distance in (0.0, 0.001, 0.1, 0.4, 0.8):
    moved = line + torch.tensor([distance, 0.0])
    print(f"{distance:5} apart: JS {jensen_shannon(line, moved):.4f}, EMD {earth_movers_distance(line, moved):.4f}")

# %% [markdown] id="silent-after"
# JS is 0 for equal lines and $\log 2 = 0.6931$ for all others, whether they are 0.001 or 0.8 apart: it has no slope, and a $G$ that minimised it would not know where to go. The earth mover's distance is the distance of the lines, exactly, and falls as they come closer.
#
# Then why does a GAN train at all? Because its $D$ is not the best one: it is a smooth network after a few steps, and its gradient leads somewhere. Experiment e) shows that a few more steps of $D$ even help here.

# %% exercise="apart"

# %% [markdown] id="clip-text"
# ### c) A clip too small and too large
#
# The clip bounds the critic's slope, by a number that nobody chose. What is the right clip for this critic, with three matrices of 2×64, 64×64 and 64×1 weights?

# %% question="which_clip"

# %% id="clip"
clipped = {f"clip {clip:g}": experiment("wgan", clip_value=clip) for clip in (0.01, 0.1, 1.0)}

# %% id="clip-picture"
side_by_side(clipped)

# %% [markdown] id="clip-after"
# The slopes differ by factors of hundreds: with seeds 0 to 2 they are 0.00005 to 0.0002, 0.09 to 1, and 5 to 21. With the small clip the critic is nearly flat. Here $G$ learns all the same (a distance of 0.25 to 0.28, no worse than with 0.1), because RMSprop divides each gradient by its usual size. But the critic is so simple that it is hardly more than a slope: nearly all arrows in the picture point to the same side. With the large clip the slope is far above 1, $G$ makes steps that are too large for it, and its points leave the ring, in this run even the picture: the distance is 3.3, and 0.55 and 0.69 with seeds 1 and 2.
#
# Neither is "the" right one: a clip has to be found for each critic anew. The next exercise computes why it reacts so strongly.

# %% exercise="largest_slope"

# %% [markdown] id="lambda-text"
# ### d) Without the penalty
#
# WGAN-GP's weight $\lambda$ from 10 down to almost nothing. (A recipe refuses `gp_weight=0`, because then the critic's loss has no lower bound; 0.000001 comes to the same.)

# %% question="without_penalty"

# %% id="lambda"
penalised = {f"lambda {weight:g}": experiment("wgan_gp", gp_weight=weight) for weight in (10.0, 1.0, 0.1, 1e-6)}

# %% [markdown] id="lambda-after"
# With seeds 0 to 2 the mean slope is 0.8 to 1.0 for $\lambda = 10$, 0.9 for 1, 1.2 to 1.4 for 0.1, and 4.5 to 26 with almost no penalty: then a steeper critic always has a smaller loss, and only the number of steps so far limits it. The modes found: at most 1, then 2 to 4, 4 to 7, and 1.
#
# So the paper's $\lambda = 10$ is too much for *this* plane (with 100 the points are even further away), and 0.1 finds the most modes. A likely reason is the scale: distances here are about 0.2, and $\lambda = 10$ weighs the slope's square fifty times as much.

# %% exercise="best_slope"

# %% [markdown] id="critic-text"
# ### e) One step of $D$, or five
#
# For a GAN and for a WGAN: `n_critic` 1 and 5, once with the same number of $G$'s steps (the first and the third line), and once with the same number of $D$'s (the second and the third).

# %% question="more_d_steps"

# %% id="critic"
fifth = steps // 5
for name in ("gan", "wgan"):
    experiment(name, fifth, n_critic=1)
    experiment(name, steps, n_critic=1)
    experiment(name, steps, n_critic=5)

# %% [markdown] id="critic-after"
# For both methods the third line is better than the first *and* than the second: five steps of $D$ for one of $G$ help even when they are paid for with four fifths of $G$'s steps. With seeds 0 to 3, GAN: none or one mode with `n_critic` 1, 6 to 8 with 5. WGAN: distances of 0.48 to 0.78 after 600 steps with `n_critic` 1, and of 0.24 to 0.39 with 5.
#
# For the WGAN the reason is in the theory: the critic's gradient is that of the distance only if the critic is nearly the best one. For the GAN the theory warns of a $D$ that is too good (experiment b), and here 5 steps are still far from that. On images, where $D$ learns faster than $G$, it can be otherwise.

# %% exercise="train_for"

# %% [markdown] id="rates-text"
# ### f) Two rates
#
# Instead of more steps, $D$ can make larger ones: the *two time-scale update rule* (TTUR, Heusel et al. 2017) gives $D$ and $G$ learning rates of their own. $G$'s stays at 0.001.

# %% question="faster_d"

# %% id="rates"
rated = {f"lr_d = {rate:g}": experiment("gan", lr_d=rate) for rate in (0.00025, 0.001, 0.004)}

# %% id="rates-picture"
side_by_side(rated)

# %% [markdown] id="rates-after"
# With seeds 0 to 3: none or one mode with the slow $D$ and with equal rates, all 8 with the fast one, and again all 8 with a $D$ ten times as fast. It is the cheapest of the three remedies: no penalty, no additional steps. What they have in common is that $D$ knows where $G$'s points are *now*. With R1 equal rates are enough (7 or 8 modes), and a $D$ four times as fast finds 7 or 8 as well; R1 does not rescue a $D$ that is four times slower than $G$ (none or one).

# %% exercise="two_rates"

# %% [markdown] id="able-to-say"
# ## What you should be able to say now
#
# - $G$ learns from $D$'s gradient at its own points alone: it never sees a real point.
# - $G$ is continuous. It can stretch the plane of $z$ between two modes, but not tear it, so a few points always lie between modes.
# - With equal rates and one step of $D$ for one of $G$, a plain GAN loses modes on the ring: $G$ runs to where $D$ is bright at the moment, and $D$ follows. R1, more steps of $D$, or a faster $D$ find 6 to 8 of the 8 modes after 600 steps.
# - For two parallel lines JS is $\log 2$ at any distance above 0, and the earth mover's distance is the distance of the lines.
# - A critic of an MLP with widths $n_0, \dots, n_L$ and weights in $[-c, c]$ has a slope of at most $\prod_i c\sqrt{n_{i-1} n_i}$: a clip ten times as large allows three matrices a slope a thousand times as large.
# - WGAN-GP's critic gains by a slope above 1: for a distance $d$ the best one is $1 + d / (2\lambda)$, and without a penalty there is none.
# - For $f(x, y) = xy$, steps at once spiral outwards and steps in turn stay on a closed curve. R1 on $y$, or averaging, leads to the solution.

# %% [markdown] id="references"
# ## References
#
# - Goodfellow 2016, [NIPS 2016 Tutorial: Generative Adversarial Networks](https://arxiv.org/abs/1701.00160): the game $xy$, the saturating loss
# - Metz et al. 2017, [Unrolled Generative Adversarial Networks](https://arxiv.org/abs/1611.02163): Gaussians on a ring, and how modes are lost
# - Arjovsky, Chintala and Bottou 2017, [Wasserstein GAN](https://arxiv.org/abs/1701.07875): two parallel lines, weight clipping
# - Gulrajani et al. 2017, [Improved Training of Wasserstein GANs](https://arxiv.org/abs/1704.00028): histograms of weights, the penalty
# - Heusel et al. 2017, [GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium](https://arxiv.org/abs/1706.08500): TTUR
# - Srivastava et al. 2017, [VEEGAN: Reducing Mode Collapse in GANs using Implicit Variational Learning](https://arxiv.org/abs/1705.07761): counting modes and good points
# - Mescheder, Geiger and Nowozin 2018, [Which Training Methods for GANs do actually Converge?](https://arxiv.org/abs/1801.04406): R1
# - Kahng et al. 2019, [GAN Lab: Understanding Complex Deep Generative Models using Interactive Visual Experimentation](https://arxiv.org/abs/1809.01587): GANs in the plane with controls, in a browser

# %% [markdown] id="your-progress-text"
# ## How far you are

# %% id="your-progress"
progress("09")

# %% [markdown] id="next"
# **Before:** [8 · Other data sets](08_other_datasets.ipynb) · **Next:** [10 · A VAE beside the GAN, and what z means](10_vae_and_z.ipynb)
