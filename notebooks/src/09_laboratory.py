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
# **You will see** a training step by step, with controls if you run the notebook yourself; what $D$ believes and where it pushes; six methods after the same steps; clipped weights; and six experiments. Five of them change one setting of a training, and one computes two distances. All cells together take about a minute on one CPU core; no GPU is needed.
#
# The pictures stored in this file are of the default parameters, on one machine. Only some pictures are stored, and few of the printed numbers; where the text speaks of one that you don't see, run its cell. Trainings like these are sensitive: rounding differs between machines, so your numbers will differ a little, and where a training is unstable, a lot. So the text gives ranges, measured with several seeds on two machines.

# %% shared="bootstrap"

# %% id="parameters" tags=["parameters"]
method: str = "gan_r1"  # @param ["gan", "gan_longer", "wgan", "wgan_gp", "gan_r1", "r3gan"]
data: str = "ring"  # @param ["gaussian", "ring", "grid", "moons", "spiral", "lines"]
steps: int = 600  # @param {type:"integer"}  # of each training; one step is one step of D
seed: int = 0  # @param {type:"integer"}  # of weights, points and noise

# %% id="place"
from gan_hw.course import ask, check, hint, progress, reply, say, solution
from gan_hw.utils.environment import is_smoke_run
from gan_hw.utils.notebook import check_parameters

check_parameters(In)  # papermill would set any name, also a misspelt one
steps = 20 if is_smoke_run() else steps

# %% [markdown] id="points-text"
# ## The data sets
#
# Six data sets; most of their points lie in $[-1, 1]^2$. `gaussian`, `ring` and `grid` consist of Gaussians, whose centres are the **modes**: there one can count which modes a generator has found. The others lie along curves. `spread` is the standard deviation of the Gaussians, or that of the noise around a curve. `drawn_by_hand([[x, y], …])` makes a set of your own points.

# %% id="points"
# NBVAL_CHECK_OUTPUT
from gan_hw.course.laboratory import METHODS, POINT_SETS, Laboratory, show
from gan_hw.utils.columns import left, right

curves = {"moons": say("2 curves"), "spiral": say("1 curve"), "lines": say("2 lines")}
for name, points in POINT_SETS.items():
    count = 0 if name in curves else len(points.modes)
    modes = curves.get(name) or (say("1 mode") if count == 1 else say("{count} modes", count=count))
    print(f"{name:9}", left(modes, 9), say("spread {spread}", spread=points.spread))
print(say("methods:"), *METHODS)

# %% [markdown] id="show-text"
# ## The game in the plane
#
# The next cell shows a training. White circles are real points, crosses generated ones. Where the plane is bright, $D$ takes points for real; white lines join places of equal value. For a GAN the colour is the probability, from 0 to 1. A critic's scores have no scale, so its colours go from its own lowest to its highest score; dashed lines are negative scores. Each panel chooses its own lines. 40 of the 250 generated points have an arrow. It shows where $G$'s loss moves the point: it is minus the gradient there. Arrows can be compared within a panel only.
#
# If you run the cell yourself, it has controls. **Play** trains until you press it again; **One step** is one training step, **D alone** and **G alone** train one network while the other waits. A new method, data set, seed, batch or `z_dim` begins a new training. Learning rates, `n_critic` and the constraint (the clip or the penalty's weight) change the one that runs. Under *Points by hand* you make a data set of your own: choose x and y, and add a point. By keyboard: Tab goes from control to control, the space bar presses a button, arrow keys move a slider.
#
# Where nobody can press anything, as in this file, there is a picture after all steps (when run there, also a film).
#
# What to look for: the crosses begin as one small cluster, because an untrained $G$ maps all $z$ to nearly the same place. Then $D$ learns that real points are elsewhere, and the arrows lead there. With R1 the plane stays grey: $D$'s probabilities are near one half everywhere, and only the white lines show where they change. Where real and generated points are equally dense, the best $D$ says one half; elsewhere it may say anything. With R1 it stays flat there as well, so grey alone says neither good nor bad. (`method = "gan_longer"` shows more contrast.)

# %% alt="A ring of 8 groups of real points after 600 steps of a GAN with R1; generated points lie on the groups, and some on the way between them; D is grey, so near one half, everywhere" id="show" tags=["picture"]
show(method, data, seed, steps)

# %% [markdown] id="belief-text"
# ## What $D$ believes, and where it pushes
#
# A `Laboratory` is one training: `step(n)` trains, `points()` are generated points, `measure()` computes exact measures, `copy()` makes a copy that can go on in another way. Three moments stand side by side: early, after a fortieth of the steps; after all steps; and when $D$ alone has then made 200 more steps while $G$ waited.
#
# What to look for: early, the white lines circle the middle, where the generated points were until now; $D$ is lowest there, and the arrows lead outwards across the lines. When $D$ alone goes on, its lines change, but no new bright or dark region appears: there is little left to tell apart. $G$ never sees a real point. The arrows are all it learns from.

# %% id="belief"
from gan_hw.course.laboratory.pictures import carried_grid, paths, side_by_side, weight_histogram

trained = Laboratory(method, data, seed)
trained.step(max(1, steps // 40))
early = trained.copy()
trained.step(steps - trained.gan.step)
ahead = trained.copy()
ahead.step_discriminator(20 if is_smoke_run() else 200)
side_by_side({say("early"): early, say("after the training"): trained, say("D alone 200 steps further"): ahead})

# %% [markdown] id="grid-text"
# ## What $G$ does to the plane of $z$
#
# $z$ has two numbers here, so it is a point in a plane too. Below, a grid in the plane of $z$, and where $G$ maps its lines. Blue lines were horizontal and orange ones vertical, at equal distances from −2.5 to 2.5. Look at their crossings: most lie on the groups or beside them; between the groups the lines are long and have few crossings. $G$ is continuous: it can bend, stretch and fold the plane, but not tear it. Between two modes some lines must cross the empty space; what $G$ can do is cross it quickly, so that few $z$ end there. (This is why a generator of faces draws a few mixtures of two kinds of face, and why its interpolations have no gaps.)

# %% alt="Left a regular grid in the plane of z; right the same lines as G maps them, which run around the ring from one group of real points to the next" id="carried-grid" tags=["picture"]
carried_grid(trained)

# %% [markdown] id="methods-text"
# ## Six methods after the same steps
#
# `gan_longer` differs from `gan` by $n_{critic} = 2$ alone. $G$ is an MLP with three hidden layers of 64 units, $D$ one with two; $z$ has 2 numbers, and a batch 256 points. Rates are 0.001, WGAN's clip is 0.1, WGAN-GP's $\lambda$ is 1, R1's and R2's weight 0.1; optimisers, betas and `n_critic` are those of the recipes.
#
# Three measures, each exact, of 500 generated points against 500 real ones:
#
# - the **earth mover's distance**: the mean distance that points must travel to turn one set into the other, in the cheapest way (between two samples of 500 real points of the ring it is 0.05 to 0.10);
# - the **modes found**: those with at least a fifth of their fair share, 500/8, of good points;
# - the share of **good** points: those within 3 spreads (standard deviations) of a mode (as in Srivastava et al. 2017).

# %% question="which_is_furthest"

# %% id="methods"
laboratories = {name: Laboratory(name, data, seed) for name in METHODS}
columns = {say("distance"): 9, say("modes"): 7, say("good"): 7, say("steps of G"): 12}
print(" " * 11 + "".join(right(title, width) for title, width in columns.items()))
for name, laboratory in laboratories.items():
    laboratory.step(steps)
    measured = laboratory.measure()
    print(f"{name:11}{measured['earth_movers_distance']:9.2f}", end="")
    print(f"{measured.get('modes_found', '–'):>7}{measured.get('share_of_good', float('nan')):7.2f}", end="")
    print(f"{steps // laboratory.recipe.n_critic:12}")

# %% alt="Six panels: the GAN's points lie in one cluster; with n_critic 2, R1 or pairs they cover all 8 groups; WGAN has spread them over the plane, WGAN-GP around the ring without sharp groups" id="methods-picture" tags=["picture"]
side_by_side(laboratories)

# %% [markdown] id="methods-after"
# With seeds 0 to 3, `gan` and `wgan` found none or one of the 8 modes, `gan_longer` 0 to 8, `wgan_gp` 1 to 4, `gan_r1` 7 or 8, `r3gan` 6 to 8. So $n_{critic} = 2$ helps with some seeds only.
#
# `gan_r1` finds the modes with every seed, but R1 alone is not the reason. It differs from `gan` in two settings: R1, and Adam's betas, (0, 0.99) instead of (0.5, 0.999). Without R1, `gan` with the betas (0, 0.99) found all 8 modes with two of the four seeds, and none or one with the others. With R1, but the betas (0.5, 0.999), it was all 8 with seed 0, and none to 5 with the others. Only both together are reliable here.
#
# WGAN and WGAN-GP are not worse, they are slower: their $G$ has made 120 steps. After 3,000 steps `wgan_gp` found all 8 modes and `wgan` 6 or 7 (seeds 0 and 1), while `gan` still found none or one. Their distance says so early: with seeds 0 to 3 it is 0.24 to 0.43 for `wgan`, 0.20 to 0.25 for `wgan_gp`, and 0.65 to 1.1 for `gan`. Modes and good points count only what lies *on* the small groups; the distance also sees what is on its way.

# %% [markdown] id="weights-text"
# ## Clipped weights, and weights under a penalty
#
# The critic of `wgan` has every weight limited to $[-0.1, 0.1]$, the one of `wgan_gp` has a penalty on its slope. Both have been trained already. Gulrajani et al. (2017, figure 1b) show the same comparison for larger critics.

# %% question="clipped_weights"

# %% alt="Two histograms of a critic's weights: clipped ones pile up at -0.1 and 0.1, those under a penalty form one hill around 0" id="weights" tags=["picture"]
weight_histogram({
    say("wgan: weight clipping"): laboratories["wgan"], say("wgan_gp: gradient penalty"): laboratories["wgan_gp"],
})

# %% id="weights-share"
for name in ("wgan", "wgan_gp"):
    matrices = [w.detach().abs() for w in laboratories[name].gan.discriminator.parameters() if w.dim() > 1]
    at_bound = sum((w >= 0.0999).sum() for w in matrices) / sum(w.numel() for w in matrices)
    values = {"largest": max(w.max() for w in matrices), "share": at_bound}
    print(f"{name:8}", say("largest weight {largest:.2f}, share at or beyond 0.1: {share:.0%}", **values))

# %% [markdown] id="weights-after"
# With the clip, more than a third of the weights lie in the two outermost bars in this run. Not all of that is training: the first clip alone moves 23 % of the initial weights to a bound, and leaves 25 % in these bars. With seeds 0 to 3 the bars hold 17 to 37 % after 600 steps (with seed 2 fewer than after the first clip), and 34 to 44 % after 3,000. In this run 17 % are at a bound to within 0.0001; the outermost bars are wider and hold more.
#
# With the penalty the weights form one hill, with single weights of up to 0.9: the penalty limits the slope of the whole critic and leaves open how the weights bring it about.

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
losses = {say("saturating"): -F.softplus(logits), say("non-saturating"): F.softplus(-logits)}
curves = {name: loss.detach() for name, loss in losses.items()}
slopes = {name: torch.autograd.grad(loss.sum(), logits)[0] for name, loss in losses.items()}
curves |= {say("slope, {name}", name=name): slope for name, slope in slopes.items()}
picture = figures.line_plot(logits.detach(), curves, say("logit of a generated point"))
picture.axes[0].legend(loc="upper right", ncols=2, fontsize=9)  # where no curve is
picture

# %% id="saturating-facts"
# NBVAL_CHECK_OUTPUT
for place in (0, 80, 160):
    print(say("logit {logit:+}:", logit=round(logits[place].item())), end="")
    print(*(f"  {name} {slope[place].item():.4f}" for name, slope in slopes.items()))

# %% [markdown] id="saturating-after"
# Both slopes are negative everywhere: both losses tell $G$ to raise the logit. They differ in *where* they push. At a logit of −8 the non-saturating loss pushes with 0.9997, the saturating one with 0.0003, three thousand times less.

# %% [markdown] id="circles-text"
# ## Two players go round in circles
#
# The simplest game of two players: one chooses $x$ and wants $f(x, y) = xy$ small, the other chooses $y$ and wants it large. Only at $x = y = 0$ can neither player gain by moving alone (an *equilibrium*); this is the solution. Both follow their gradients, with the rate 0.1, from the same start (Goodfellow 2016, section 7.2, has this example).
#
# With R1: read $x$ as $G$'s point, and $D(x) = -xy$ as a $D$ whose slope is $-y$ (notebook 6's smallest GAN without its sigmoid). R1 is half the squared slope, so $y$'s player now maximises $xy - \frac{1}{2} y^2$. Both move at once here too.

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
in_turn = play(in_turn=True)
ways = {say("both at once"): play(moves=100), say("in turn"): in_turn, say("with R1"): play(r1=1.0)}
ways[say("average of in turn")] = in_turn.cumsum(0) / torch.arange(1, 202)[:, None]
paths(ways, say("x, which makes xy small"), say("y, which makes xy large"))

# %% id="circles-facts"
# NBVAL_CHECK_OUTPUT
for name, way in ways.items():
    away = way[-1].norm().item()
    print(left(name, 19), say("after {n} moves {away:.2f} away from the solution", n=len(way) - 1, away=away))

# %% [markdown] id="circles-after"
# Both at once: each move multiplies the distance from the solution by $\sqrt{1 + 0.1^2}$, so after 100 moves it is $1.01^{50} \approx 1.64$. In turn, as in a GAN's training, the players stay on a closed curve and never arrive. Two things help. R1 takes away a part of $y$ in each move, so that even with steps at once the path spirals inwards. And the *average* of all places lies near the middle of the circle even though no single place does: this is what the averaged generator (EMA) makes use of. The EMA weights recent places more, so its memory must span a round, here about 63 moves.

# %% [markdown] id="experiments-text"
# ## Six experiments
#
# Five of them change one setting of a training on the ring; b) computes two distances without any training. First predict, then run, then look at what came out; after each comes an exercise.
#
# The next two cells are tools. The kit's losses expect images, so a point is an image of one pixel with two channels. `slope` is the mean norm of the gradient of $D$'s logit or score at 250 real and 250 generated points. `experiment` trains, prints one line, and never trains the same thing twice.

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
    d, modes, good = (measured[key] for key in ("earth_movers_distance", "modes_found", "share_of_good"))
    print(f"{' '.join([name, *words]):24}", say("distance {d:5.2f}   modes {m}   good {g:.2f}", d=d, m=modes, g=good), end="")
    slope, steps_of_g = mean_slope(laboratory), count // laboratory.recipe.n_critic
    print("  ", say("slope {slope:8.2g}   steps of G {n}", slope=slope, n=steps_of_g))
    return laboratory


# %% [markdown] id="modes-text"
# ### a) Mode collapse
#
# Three trainings of a plain GAN: as it is (both rates 0.001, one step of $D$ for one of $G$), with a $G$ that learns more slowly, and with more steps of $D$.

# %% question="lose_modes"

# %% id="modes"
losing = {
    say("as it is"): experiment("gan"),
    say("G slower"): experiment("gan", lr_g=1e-4),
    say("more steps of D"): experiment("gan", n_critic=5),
}

# %% id="modes-picture"
side_by_side(losing)

# %% [markdown] id="modes-after"
# With seeds 0 to 3 the plain GAN found none or one mode, the one with the slower $G$ 4 to 8, the one with more steps of $D$ 6 to 8. Look at the first panel: all points are in one cluster. This is **mode collapse** (notebook 4). $D$ is nearly flat: the mean slope of its logit is 0.3 to 1.2, where the others have 2 to 4. $G$ has moved all its points together, and $D$ has to learn where they are now. Once $D$ has learned it, $G$ moves them all again. Play it above with `method = "gan"`: the cluster wanders. After 3,000 steps it still does (seeds 0 and 1).
#
# The other two give $D$ the time to say *where* real points are missing. Other settings that lost modes: a $G$ four times as fast, also with R1 (none or one mode); and with R1 and batches of 16 points, two of four seeds found only 3 and 1 modes.

# %% exercise="count_modes"

# %% [markdown] id="silent-text"
# ### b) JS does not see how far
#
# Example 1 of Arjovsky et al. (2017): the real points lie on a vertical line, the generated ones on a parallel line at some distance. The next cell computes the Jensen–Shannon divergence (JS, notebook 3) and the earth mover's distance, exactly, for 200 points on each line. A GAN's $D$ at its best has the loss $\log 2 - \mathrm{JS}$.

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
    values = {"js": jensen_shannon(line, moved), "emd": earth_movers_distance(line, moved)}
    print(say("{distance:5} apart: JS {js:.4f}, EMD {emd:.4f}", distance=distance, **values))

# %% [markdown] id="silent-after"
# JS is 0 for equal lines and $\log 2 = 0.6931$ for all others, whether they are 0.001 or 0.8 apart: it has no slope, and a $G$ that minimised it would not know where to go. The earth mover's distance is the distance of the lines, exactly, and falls as they come closer.
#
# Then why does a GAN train at all? Because its $D$ is not the best one: it is a smooth network after a few steps, and its gradient leads somewhere.

# %% exercise="apart"

# %% [markdown] id="clip-text"
# ### c) A clip too small and too large
#
# The clip is chosen, but the bound on the slope that follows from it is not: it depends on the network. What is the right clip for this critic, with three matrices of 2×64, 64×64 and 64×1 weights?

# %% question="which_clip"

# %% id="clip"
clipped = {f"clip {clip:g}": experiment("wgan", clip_value=clip) for clip in (0.01, 0.1, 1.0)}

# %% id="clip-picture"
side_by_side(clipped)

# %% [markdown] id="clip-after"
# From 0.01 to 0.1 the slope grows at least 400-fold, from 0.1 to 1 only 4- to 170-fold: with seeds 0 to 3 it is 0.00005 to 0.0002, 0.09 to 1, and 4 to 24. With the small clip the critic is nearly flat. Here $G$ learns all the same (a distance of 0.25 to 0.29, no worse than with 0.1), because RMSprop divides each gradient by its usual size. But the critic is so simple that it is nearly linear, a tilted plane: nearly all arrows in the picture point to the same side.
#
# With the large clip the slope is far above 1, and $G$'s points leave the ring, in this run even the picture: the distance is about 3, and 0.55 to 0.7 with seeds 1 to 3. RMSprop removes the usual size of a gradient here too. A likely reason is that so steep a critic changes a lot from step to step, so that $G$'s gradients vary in size and direction.
#
# None of the three is *the* right one: a clip has to be found for each critic anew. The next exercise computes why the slope depends so strongly on the clip.

# %% exercise="largest_slope"

# %% [markdown] id="lambda-text"
# ### d) Without the penalty
#
# WGAN-GP's weight $\lambda$ from 10 down to almost nothing. (A recipe refuses `gp_weight=0`, because then the critic's loss has no lower bound; 0.000001 comes to the same.)

# %% question="without_penalty"

# %% id="lambda"
penalised = {f"lambda {weight:g}": experiment("wgan_gp", gp_weight=weight) for weight in (10.0, 1.0, 0.1, 1e-6)}

# %% [markdown] id="lambda-after"
# With seeds 0 to 3 the mean slope is 0.8 to 1.0 for $\lambda = 10$, 0.8 to 1.0 for 1, 1.2 to 1.4 for 0.1, and 3 to 26 with almost no penalty: then a steeper critic always has a smaller loss, and only the number of steps so far limits it. Modes found: 0 or 1 for $\lambda = 10$, 1 to 4 for 1, 4 to 8 for 0.1, and 1 to 3 for almost 0.
#
# So the paper's $\lambda = 10$ is too much for *this* plane (with 100 the points are even further away), and 0.1 finds the most modes. A likely reason is the scale. For a distance $d$, the loss of a critic of slope $s$ is about $-s\,d + \lambda\,(s - 1)^2$, and $d$ is only about 0.2 once $G$'s points are near the ring. So with $\lambda = 10$ the critic mostly learns to have slope 1, and only a little to tell real from generated.
#
# The exercise computes the best slope from this formula. The measured slopes are lower: the formula is for a best critic on the penalty's lines, and measured is the mean at real and generated points, of a critic after 600 steps.

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
# For both methods the third line is better than the first *and* than the second: five steps of $D$ for one of $G$ help even when they are paid for with four fifths of $G$'s steps. With seeds 0 to 3, GAN: none or one mode with `n_critic` 1, 6 to 8 with 5. WGAN: distances of 0.46 to 0.94 after 600 steps with `n_critic` 1, and of 0.24 to 0.43 with 5.
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
# With seeds 0 to 3: none or one mode with the slow $D$ and with equal rates, 7 or 8 with the fast one, and all 8 with a $D$ ten times as fast. A faster $D$ is cheaper than more steps of $D$ or a penalty. More steps, a faster $D$ and a slower $G$ have in common that $D$ keeps up with $G$'s points. R1 works differently: it keeps $D$ flat near the real points. With R1 and the betas of `gan_r1` equal rates are enough (7 or 8 modes; with the betas of `gan` they are not), and a $D$ four times as fast finds 7 or 8 as well. R1 does not rescue a $D$ that is four times slower than $G$ (none or one).

# %% exercise="two_rates"

# %% [markdown] id="able-to-say"
# ## What you should be able to say now
#
# - $G$ learns from $D$'s gradient at its own points alone: it never sees a real point.
# - $G$ is continuous. It can stretch the plane of $z$ between two modes, but not tear it, so a few points always lie between modes.
# - With equal rates and one step of $D$ for one of $G$, a plain GAN loses modes on the ring: $G$ runs to where $D$ is bright at the moment, and $D$ follows. R1 with the betas of `gan_r1`, five steps of $D$, or a $D$ with four times $G$'s rate find 6 to 8 of the 8 modes after 600 steps.
# - For two parallel lines JS is $\log 2$ at any distance above 0, and the earth mover's distance is the distance of the lines.
# - A critic that is an MLP with widths $n_0, \dots, n_L$ and weights in $[-c, c]$ has a slope of at most $\prod_i c\sqrt{n_{i-1} n_i}$: a clip ten times as large allows three matrices a slope a thousand times as large.
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
