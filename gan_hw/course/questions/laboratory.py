"""Questions of notebook 9: GANs in the plane, and what one changed setting does to them."""

from gan_hw.course.question import Choice, Question

QUESTIONS = (
    Question(
        name="which_is_furthest",
        notebook="09",
        before="methods",
        text="Four of the methods train on the ring of 8 modes, each for 600 steps of D. Which one's points will be "
        "furthest from the real ones (largest earth mover's distance)?",
        choices=(
            Choice(
                "`gan`: with one step of D for one of G, D does not keep up.",
                "The next cell shows it. With seeds 0 to 3 its distance is 0.65 to 1.1, and none of the other three is "
                "above 0.43. `gan` found none or one of 8 modes. So did `wgan`, but its points are spread over the "
                "plane, and those of `gan` are in one cluster.",
                right=True,
            ),
            Choice(
                "`wgan`: in 600 steps its G moves only 120 times.",
                "It is slower, and finds none or one mode, as `gan` does. But its points are spread over the plane, "
                "and its distance is 0.24 to 0.43 with seeds 0 to 3.",
            ),
            Choice(
                "`gan_r1`: a penalty on D's slope takes away what G learns from.",
                "R1 makes D flat at the real points, not everywhere. With seeds 0 to 3 its distance is 0.11 to 0.14, "
                "and 7 or 8 modes were found.",
            ),
            Choice(
                "`r3gan`: it has two penalties, so its D is the flattest.",
                "With seeds 0 to 3 its distance is 0.12 to 0.15, and it found 6 to 8 modes. Penalties of a moderate "
                "weight keep D smooth and leave it a gradient.",
            ),
        ),
    ),
    Question(
        name="clipped_weights",
        notebook="09",
        before="weights",
        text="The critic of `wgan` has its weights clipped to $[-0.1, 0.1]$ after each step. What does the histogram "
        "of the weights of its matrices look like?",
        choices=(
            Choice(
                "One hill around 0, as at the start: the clip is rarely reached",
                "The critic's loss has no lower bound without the clip. The weights grow until something stops them, "
                "and here this is the clip.",
            ),
            Choice(
                "Two peaks, at −0.1 and at 0.1",
                "The next cells show it. The first clip puts about a fifth of the weights at the bounds. Later weights "
                "are pushed there because the critic wants a larger slope than the clip allows. Gulrajani et al. "
                "(2017) found the same, and call such a critic too simple.",
                right=True,
            ),
            Choice(
                "Evenly spread between −0.1 and 0.1",
                "Before the first clip they are roughly evenly spread, but beyond ±0.1 as well. The clip moves these "
                "to the bounds.",
            ),
            Choice(
                "All of them very near 0",
                "A critic with all weights near 0 gives every point the same score, and its loss is then 0. Any larger "
                "difference of scores is better for it.",
            ),
        ),
    ),
    Question(
        name="saturated_slope",
        notebook="09",
        before="saturating",
        text=r"D gives a generated point the logit −8: it is sure. How strongly does each loss of G push the logit up?",
        choices=(
            Choice(
                "The non-saturating one with almost 1, the saturating one with almost 0",
                r"Their slopes are $-(1 - \sigma(\ell))$ and $-\sigma(\ell)$. At −8, $\sigma$ is 0.0003. The next "
                "cells show both over the logit.",
                right=True,
            ),
            Choice(
                "The saturating one with almost 1, the non-saturating one with almost 0",
                r"It is the other way round. $\log(1 - \sigma(\ell))$ is nearly flat at the left: it saturates.",
            ),
            Choice(
                "Both with the same strength: they have the same minimum.",
                "Neither has a minimum: one falls towards 0, the other without bound. How strongly a loss pushes is "
                "its slope, and at −8 the two slopes differ a lot.",
            ),
            Choice(
                "Neither: where D is sure, the sigmoid is flat, and no gradient passes.",
                r"The sigmoid is flat there, but $-\log\sigma(\ell)$ is not: the logarithm's slope $1/\sigma$ makes up "
                "for it. In the logit the slope is almost −1.",
            ),
        ),
    ),
    Question(
        name="xy_circles",
        notebook="09",
        before="circles",
        text="Both players follow their gradients of $f(x, y) = xy$, *at once*: each moves from the same old place. "
        "Where do they go?",
        choices=(
            Choice(
                "To the solution $x = y = 0$, slowly",
                "Neither gradient points to the solution. That of $(x, y)$ is at a right angle to the way there.",
            ),
            Choice(
                "Around the solution, always at the same distance",
                "This is true for infinitely small steps. A step of finite length along the circle's tangent ends "
                "outside of the circle.",
            ),
            Choice(
                "Around the solution, further away each time",
                r"Each step is at a right angle to the way to the solution, so the distance grows by the factor "
                r"$\sqrt{1 + \eta^2}$ with the rate $\eta$ (Pythagoras). The next cells show it. In turn, it stays "
                "bounded.",
                right=True,
            ),
            Choice(
                "Straight away from the solution",
                r"For that one of them would need a gradient away from 0. But $x$ moves by $-\eta y$, $y$ by $\eta x$: "
                "that is a rotation.",
            ),
        ),
    ),
    Question(
        name="lose_modes",
        notebook="09",
        before="modes",
        text="`gan` loses modes on the ring with equal rates and one step of D for one of G. Which change helps: a G "
        "ten times slower, or five steps of D?",
        choices=(
            Choice(
                "Only five steps of D: a slow G does not reach all modes in time.",
                "The slow G helps as well: it found 8 modes with seed 0 after 600 steps, and 4 to 8 with seeds 0 to 3. "
                "It gives D the time to say where real points are missing.",
            ),
            Choice(
                "Only the slower G: with five steps D gets too good, and G learns nothing.",
                "Five steps help as well: 6 to 8 modes with seeds 0 to 3, although G moves only 120 times. A D that is "
                "far ahead does harm on hard images; in the plane, with 5 steps, it has not come to that.",
            ),
            Choice(
                "Each of them: D then keeps up with G.",
                "The next cell shows it. With seeds 0 to 3 the plain GAN found none or one mode: all points of G run "
                "to the place that D takes for real at the moment, and before D has learned better, they are all "
                "there. With either change D learns more while G moves less.",
                right=True,
            ),
            Choice(
                "Neither: without a penalty a GAN always loses modes.",
                "Without any penalty the slower G found 4 to 8 modes, and five steps of D 6 to 8 (seeds 0 to 3).",
            ),
        ),
    ),
    Question(
        name="silent_js",
        notebook="09",
        before="silent",
        text="The generated line comes nearer to the real one: from 0.8 to 0.4 and to 0.1. What does the loss of a "
        r"GAN's *best* $D$, $\log 2 - \mathrm{JS}$, say of this?",
        choices=(
            Choice(
                "Nothing: it is 0 at all three distances.",
                r"The lines have no point in common, so JS is $\log 2$ and the loss 0, until they are the same line. "
                "The next cell computes it.",
                right=True,
            ),
            Choice(
                "It rises: the nearer, the harder to tell them apart.",
                "A $D$ that may be as steep as it likes tells the lines apart at any distance. For a smooth network "
                "after a few steps you are right.",
            ),
            Choice(
                "It falls, as the earth mover's distance does.",
                "JS compares densities at each place, and knows nothing of how far places are from one another.",
            ),
            Choice(
                "It is infinite: a line has no density in the plane.",
                "The Kullback–Leibler divergence of the two is infinite. JS compares each of them with their mixture, "
                r"which has points on both lines, so it is never above $\log 2$.",
            ),
        ),
    ),
    Question(
        name="which_clip",
        notebook="09",
        before="clip",
        text="A WGAN's critic with three matrices, clipped to 0.01, 0.1 and 1. How does its mean slope change from one "
        "to the next?",
        choices=(
            Choice(
                "It grows tenfold each time, as the clip does.",
                "That would be true of one matrix. Three of them are multiplied, and each may be ten times as large.",
            ),
            Choice(
                "From 0.01 to 0.1 by more than a hundredfold",
                "The next cell shows it. The *bound* grows by $10^3$ each time, because three matrices are multiplied. "
                "From 0.01 to 0.1 the slope grew 400 times or more (seeds 0 to 3). From 0.1 to 1 it grew 4 to 170 "
                "times: with so large a clip most weights do not reach the bound.",
                right=True,
            ),
            Choice(
                "Not at all: the critic estimates the same distance each time.",
                "It estimates the distance times an unknown factor, and this factor is its slope.",
            ),
            Choice(
                "It falls: the larger the clip, the less the critic needs to be steep.",
                "A critic's loss rewards a larger difference of scores without end. It gets as steep as it may.",
            ),
        ),
    ),
    Question(
        name="without_penalty",
        notebook="09",
        before="lambda",
        text=r"WGAN-GP with $\lambda$ = 10, 1, 0.1 and almost 0. What happens to the mean slope of the critic?",
        choices=(
            Choice(
                "It is 1 each time: the critic approximates the earth mover's distance, which needs slope 1.",
                "Nothing but the penalty asks for slope 1. The loss alone is the smaller, the steeper the critic.",
            ),
            Choice(
                r"It falls to 0 with $\lambda$: nothing keeps the critic steep.",
                "The loss does: it is minus the difference of mean scores, and a steeper critic makes this difference "
                "larger.",
            ),
            Choice(
                r"It is 10, 1, 0.1 and 0: it follows $\lambda$.",
                r"$\lambda$ is the weight of the penalty, not its target. The target is 1.",
            ),
            Choice(
                r"It stays near 1 until $\lambda$ is almost 0, then it grows several times.",
                "The next cell shows it: with seeds 0 to 3 it was 0.8 to 1.0 for 10 and for 1, 1.2 to 1.4 for 0.1, and "
                "3 to 26 for almost 0. The exercise below computes the slope at which gain and penalty balance.",
                right=True,
            ),
        ),
    ),
    Question(
        name="more_d_steps",
        notebook="09",
        before="critic",
        text="`wgan` with `n_critic` 1 instead of 5, for the same 600 steps of D: its G moves 600 times instead of "
        "120. What happens to the earth mover's distance?",
        choices=(
            Choice(
                "It gets smaller: G makes five times as many steps.",
                "The next cell shows the opposite. What limits this training is not the number of G's steps but the "
                "direction in which the critic sends its points.",
            ),
            Choice(
                "It gets larger: G follows a critic that has not learned enough.",
                "The next cell shows it: 0.46 to 0.94 instead of 0.24 to 0.43 (seeds 0 to 3). The critic's gradient is "
                "that of the distance only where the critic is nearly the best one.",
                right=True,
            ),
            Choice(
                "Nothing: the clip bounds the critic's slope as before.",
                "The clip bounds how steep the critic is, not where its slope leads. For that it has to learn where "
                "G's points are now.",
            ),
            Choice(
                "Nothing: only the number of D's steps counts.",
                "Equal steps of D did not give equal results.",
            ),
        ),
    ),
    Question(
        name="faster_d",
        notebook="09",
        before="rates",
        text="The plain GAN on the ring lost modes with equal rates. Now D's rate is a quarter of G's, equal to it, "
        "and 4 times as large, with `n_critic` 1 each time. Which of them finds the modes?",
        choices=(
            Choice(
                "The one with the slower D: it leaves G more time.",
                "Then D follows even later, and G runs further ahead of it. With seeds 0 to 3 none or one mode was "
                "found.",
            ),
            Choice(
                "None: a rate can't replace more steps of D.",
                "It does here: one step with a rate 4 times as large brings D about as far as a few small ones.",
            ),
            Choice(
                "The one with the faster D: it keeps up with G.",
                "The next cell shows it: 7 or 8 modes with seeds 0 to 3. A faster D does what more steps of D do, and "
                "takes no more time.",
                right=True,
            ),
            Choice(
                "All three, after different times",
                "With equal rates there was no mode to speak of after 3,000 steps either (seeds 0 and 1): it is not a "
                "question of patience.",
            ),
        ),
    ),
)
