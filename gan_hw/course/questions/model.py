"""Questions of notebook 3: the networks and the GAN loss."""

from gan_hw.course.question import Choice, Question

QUESTIONS = (
    Question(
        name="transposed_size",
        notebook="03",
        before="generator",
        text="A block of the generator is `ConvTranspose2d(..., kernel_size=5, stride=2, padding=2, "
        "output_padding=1)`. Its input is a map of $4 \\times 4$. How large is its output?",
        choices=(
            Choice(
                "$2 \\times 2$",
                "A *convolution* with stride 2 halves the side. A transposed convolution goes the other way: its "
                "stride moves the place where it writes.",
            ),
            Choice(
                "$7 \\times 7$",
                "This is $(4 - 1) \\cdot 2 - 2 \\cdot 2 + 5 = 7$, without `output_padding`. A convolution with stride "
                "2 makes 4 of 7 as well as of 8, so the way back needs this number to say which one is meant.",
            ),
            Choice(
                "$8 \\times 8$",
                "Right: $(4 - 1) \\cdot 2 - 2 \\cdot 2 + 5 + 1 = 8$, that is (input − 1) · stride − 2 · padding + "
                "kernel + output padding. The next cell shows it: block 1 gives `(256, 8, 8)`.",
                right=True,
            ),
            Choice(
                "$12 \\times 12$",
                "This is $(4 - 1) \\cdot 2 + 5 + 1 = 12$, without `padding`. In a transposed convolution, padding "
                "*removes* pixels at the edges: 2 on each side.",
            ),
        ),
    ),
    Question(
        name="loss_of_a_guess",
        notebook="03",
        before="game-text",
        text="A discriminator has learned nothing and gives every picture the probability 0.5 of being real. Its loss "
        "is the mean of two cross-entropies, one for real and one for generated pictures. How large is it?",
        choices=(
            Choice(
                "0",
                "A loss of 0 needs a discriminator that is right about every picture, and certain of it.",
            ),
            Choice(
                "0.50",
                "0.5 is the probability. The cross-entropy is minus its logarithm.",
            ),
            Choice(
                "0.69",
                "Right: $-\\log 0.5 = \\log 2 \\approx 0.69$ for real and for generated pictures, so their mean is the "
                "same. The next cell that prints a loss shows it: an untrained $D$ has about 0.7.",
                right=True,
            ),
            Choice(
                "1.39",
                "This is the *sum* of both, $2 \\log 2$. Some programs report the sum, so look at the formula before "
                "you compare two losses. This kit takes the mean.",
            ),
        ),
    ),
    Question(
        name="saturating",
        notebook="03",
        before="step-setup",
        text="$D$ rejects a generated face: $\\sigma(\\ell) = 0.01$ for its logit $\\ell$. $G$ can minimise $\\log(1 - "
        "\\sigma(\\ell))$ (saturating) or $-\\log \\sigma(\\ell)$ (non-saturating). How steep is each loss in $\\ell$?",
        choices=(
            Choice(
                "Saturating 0.99, non-saturating 0.01.",
                "It is the other way round. The saturating loss is steep where $D$ already believes the face, and "
                "there $G$ has little to learn.",
            ),
            Choice(
                "Both 0.99: the two losses have the same minimum, so they have the same slope.",
                "Both push $\\ell$ in the same direction, but not equally hard. The slopes are $-\\sigma(\\ell)$ and "
                "$-(1 - \\sigma(\\ell))$, which are equal only at $\\sigma(\\ell) = 0.5$.",
            ),
            Choice(
                "Both 0.01: where $D$ is certain, the sigmoid is flat, and every loss with it.",
                "The sigmoid is flat there, but $-\\log$ is very steep near 0. In $-\\log \\sigma(\\ell)$ the two "
                "cancel, and a slope of $1 - \\sigma(\\ell)$ remains.",
            ),
            Choice(
                "Saturating 0.01, non-saturating 0.99.",
                "The derivatives are $-\\sigma(\\ell)$ and $-(1 - \\sigma(\\ell))$, because $\\sigma' = \\sigma(1 - "
                "\\sigma)$. So $G$ learns from a face that $D$ rejects only with the second loss. The kit, as most "
                "programs, uses that one.",
                right=True,
            ),
        ),
    ),
    Question(
        name="confident_wrong",
        notebook="03",
        before="numbers",
        text="The next cell prints what single faces cost. What does a *real* face with the logit $-4$ cost, that is, "
        "one with $\\sigma(\\ell) = 0.018$?",
        choices=(
            Choice(
                "0.02",
                "This is the cost of a *generated* face with this logit: $-\\log(1 - 0.018)$. $D$ is right about that "
                "one.",
            ),
            Choice(
                "4.02",
                "Right: $-\\log 0.018 \\approx 4.02$. $D$ is sure and wrong, and the cost grows like $-\\ell$ without "
                "limit. The next cell shows three real and three generated faces with logit and cost.",
                right=True,
            ),
            Choice(
                "0.98",
                "$1 - 0.018 = 0.98$ is how far the probability is from the right answer. Cross-entropy takes the "
                "logarithm, and so punishes certain errors far more.",
            ),
            Choice(
                "0.69",
                "This is the cost of a face that $D$ is unsure of, with the logit 0.",
            ),
        ),
    ),
    Question(
        name="no_graph_no_gradient",
        notebook="03",
        before="step",
        text="The fakes were made inside `torch.no_grad()`. The next cell calls `loss_d.backward()` and then asks "
        "whether any weight of the *generator* has a gradient. What does it print, and why?",
        choices=(
            Choice(
                "`True`: the loss depends on the generator's weights, because they made the fakes.",
                "In mathematics it does. But autograd follows only what was recorded, and inside `no_grad` nothing is "
                "recorded. To it, the fakes are constants. `fake.detach()` has the same effect here.",
            ),
            Choice(
                "`False`: `backward` was called for the discriminator, not for the generator.",
                "`backward` belongs to a loss, not to a network: it fills the gradients of *all* weights that the "
                "recorded graph leads to. Without `no_grad` these would be the generator's as well.",
            ),
            Choice(
                "`False`: no graph leads from the loss to the generator.",
                "The next cell shows it, in its last line. With a graph, $D$'s step would be the same, but "
                "time and memory would be wasted, and gradients that nobody asked for would be left in $G$.",
                right=True,
            ),
            Choice(
                "`True`: `optimiser.step()` moves both networks.",
                "An optimiser moves only the weights that it was given, here those of the discriminator. And it makes "
                "no gradients: it uses those that `backward` left.",
            ),
        ),
    ),
)
