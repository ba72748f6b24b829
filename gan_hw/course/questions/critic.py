"""Questions of notebook 3: from the GAN loss to a critic with a gradient penalty."""

from gan_hw.course.question import Choice, Question

QUESTIONS = (
    Question(
        name="apart_slope",
        notebook="03",
        before="saturation-text",
        text="All real faces are one point at 0, all generated ones a point at $\\theta$. $\\theta$ moves from 2 to 1, "
        "so the generator gets better. The Jensen-Shannon divergence (JS) says how little two distributions overlap "
        "(0: equal, $\\log 2$: nowhere); a GAN's loss measures it when $D$ is as good as possible. The earth mover's "
        "distance (EMD) is how far the one has to be carried, on average, to become the other; a WGAN estimates it. "
        "What happens to each?",
        choices=(
            Choice(
                "JS stays at $\\log 2$, EMD falls from 2 to 1.",
                "JS only asks whether the two overlap, and they do not. So it gives no direction. EMD asks how "
                "far the points have to be carried. The next cell shows both lines.",
                right=True,
            ),
            Choice(
                "Both fall by half.",
                "EMD does. JS compares the *probabilities* of the two at each place, and knows nothing of how far "
                "places are from one another.",
            ),
            Choice(
                "JS falls from 2 to 1, EMD stays as it is.",
                "JS is never larger than $\\log 2 \\approx 0.69$. And EMD is the mean distance over which something is "
                "carried, so it does become smaller.",
            ),
            Choice(
                "Both stay as they are until the points touch.",
                "This is true of JS. EMD is $|\\theta|$: it falls steadily on the way, and so its slope says where to "
                "go.",
            ),
        ),
    ),
    Question(
        name="no_sigmoid",
        notebook="03",
        before="critic_loss-task",
        text="For a WGAN, homework 6 asks you to remove the sigmoid at the end of the discriminator. Why?",
        choices=(
            Choice(
                "A critic gives a score, not a probability. A sigmoid would keep all scores between 0 and 1.",
                "The loss is a difference of mean scores and estimates a distance. Between 0 and 1 the "
                "difference could never exceed 1, and near both ends the slope of the sigmoid vanishes.",
                right=True,
            ),
            Choice(
                "The Wasserstein loss applies the sigmoid itself, in a form that can't overflow.",
                "This is the reason for the *GAN*: `binary_cross_entropy_with_logits` holds the sigmoid. The "
                "Wasserstein loss has none at all.",
            ),
            Choice(
                "A sigmoid gives values in $(0, 1)$, and the critic has to give values in $[-1, 1]$, as $\\tanh$ does.",
                "The range $[-1, 1]$ is that of *pictures*. A score has no range: any real number is allowed, and only "
                "differences of scores count.",
            ),
        ),
    ),
    Question(
        name="clipped_share",
        notebook="03",
        before="clipping",
        text="The next cell starts a critic with weights spread evenly over $[-0.01, 0.01]$, makes ten steps, and "
        "clips all weights to this range after each. Which share of the weights then lies exactly at one of the two "
        "ends?",
        choices=(
            Choice(
                "Less than 1 %: clipping is rarely needed, because steps are small.",
                "The steps are not small beside this range: the first one of RMSprop moves each weight by ten times "
                "the learning rate, here by 0.005. That is half the way from 0 to an end.",
            ),
            Choice(
                "All of them: the critic wants every weight as large as possible.",
                "A larger critic gives larger differences of scores, so there is a pull outwards. But the gradients of "
                "many weights change their sign from step to step, and ten steps are few.",
            ),
            Choice(
                "A clear part of them, about a fifth.",
                "What is pushed outwards stays at the end, because nothing but the clip stops it. The next cell "
                "shows the share. With more weights at the ends, a critic becomes simpler than it could be.",
                right=True,
            ),
        ),
    ),
    Question(
        name="norm_neighbours",
        notebook="03",
        before="norm-text",
        text="The next cell scores the same face twice, among other faces each time, by a critic with BatchNorm and by "
        "one with InstanceNorm. Does the score of this face change? What does that mean for a gradient penalty?",
        choices=(
            Choice(
                "With neither: each image has its own row in the batch, and rows are computed one by one.",
                "A convolution does treat each image alone. BatchNorm does not: its mean and its variance are those of "
                "the whole batch.",
            ),
            Choice(
                "With BatchNorm only. There, the gradient for one face also holds its effect on the others' scores.",
                "The penalty asks for the slope of one picture's score, and BatchNorm mixes it with others. So "
                "this course uses InstanceNorm with a penalty. The next cell shows it: `True` for batch, `False` for "
                "instance.",
                right=True,
            ),
            Choice(
                "With InstanceNorm only, because it normalises each image differently.",
                "It does so, but with numbers of that image alone. Its neighbours have no part in them, so the "
                "score stays.",
            ),
            Choice(
                "With both, but the penalty is a mean over the batch, so it does not matter.",
                "InstanceNorm never looks at neighbours. And the mean comes last: each length is taken for one "
                "picture, so the slope of that picture's score has to be the right one.",
            ),
        ),
    ),
    Question(
        name="wgan_to_wgan_gp",
        notebook="03",
        before="progression-text",
        text="The next cell prints which fields change from the recipe `wgan` to `wgan_gp`. Which of these is *not* "
        "among them?",
        choices=(
            Choice(
                "`clip_value`",
                "It changes from 0.01 to None. The penalty takes the place of the clip: both serve to keep the "
                "critic's slope small.",
            ),
            Choice(
                "`d_norm`",
                "It changes from batch to instance, because the penalty is about single images.",
            ),
            Choice(
                "`optimiser`",
                "It changes from rmsprop to adam, as in the two papers. Arjovsky et al. found Adam with momentum "
                "unstable with a clipped critic; Gulrajani et al. use it with the penalty.",
            ),
            Choice(
                "`n_critic`",
                "Both make 5 critic steps for each generator step: both estimate a distance, and need a good "
                "critic for it. The next cell shows it: under `wgan -> wgan_gp` there is no line for `n_critic`.",
                right=True,
            ),
        ),
    ),
    Question(
        name="slope_three",
        notebook="03",
        before="penalty-text",
        text="A critic is a weighted sum of all pixels, and its weight vector has the length 3. How large are the "
        "penalty of WGAN-GP, the mean of $(\\lVert\\nabla D\\rVert - 1)^2$, and that of R1, the mean of "
        "$\\lVert\\nabla D\\rVert^2$, both without their factors?",
        choices=(
            Choice(
                "WGAN-GP 4, R1 9",
                "The gradient of a weighted sum is its weight vector, at every picture. $(3 - 1)^2 = 4$ and "
                "$3^2 = 9$: WGAN-GP pulls the slope towards 1, R1 towards 0. The next cell shows the 4.",
                right=True,
            ),
            Choice(
                "WGAN-GP 9, R1 4",
                "The two are exchanged. The $-1$ stands in the penalty of WGAN-GP, whose goal is a slope of 1.",
            ),
            Choice(
                "WGAN-GP 4, R1 4",
                "R1 subtracts nothing: its goal is a slope of 0. It also looks at other pictures: at real ones, and "
                "WGAN-GP at mixtures of real and generated ones.",
            ),
            Choice(
                "It depends on the pictures",
                "For most critics it does. But a weighted sum is equally steep everywhere: if a pixel changes by a "
                "little, the score changes by its weight times as much, whatever the picture.",
            ),
        ),
    ),
    Question(
        name="flat_critic",
        notebook="03",
        before="penalty-numbers-text",
        text="A critic gives all pictures the same score: its gradient is 0 everywhere. What do the two penalties, "
        "$(\\lVert\\nabla D\\rVert - 1)^2$ of WGAN-GP and $\\lVert\\nabla D\\rVert^2$ of R1, say to this?",
        choices=(
            Choice(
                "Both are 0: they only forbid a critic to be too steep.",
                "This is true of R1. The penalty of WGAN-GP has two sides: a slope below 1 costs as well as one above. "
                "(Its authors discuss a form with one side, and did not choose it.)",
            ),
            Choice(
                "WGAN-GP 1, R1 0: the first asks for more slope, the second is content.",
                "R1 comes from the question where training should come to rest: when $D$ can't tell real from "
                "generated any more, it is flat, and then nothing should push it. WGAN-GP asks for a slope of 1 "
                "even there.",
                right=True,
            ),
            Choice(
                "WGAN-GP 0, R1 1: the first is content, the second asks for more slope.",
                "Put the slope 0 into both: $(0 - 1)^2 = 1$ and $0^2 = 0$.",
            ),
            Choice(
                "Neither can be computed, because a vector of zeros has no length.",
                "Its length is 0. What needs care is the *derivative* of the length there: a bare square root gives "
                "NaN, and `torch.linalg.vector_norm`, which the kit uses, gives 0.",
            ),
        ),
    ),
)
