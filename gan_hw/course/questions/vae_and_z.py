"""Questions of notebook 10: a VAE's bound, what it draws, and directions of z."""

from gan_hw.course.question import Choice, Question

QUESTIONS = (
    Question(
        name="why_reparameterise",
        notebook="10",
        before="bound-facts",
        text=r"Why is $z$ computed as $\mu + \sigma_z \epsilon$, with $\epsilon$ from $N(0, I)$, and not drawn from "
        r"$N(\mu, \sigma_z^2)$ directly?",
        choices=(
            Choice(
                "The two have different distributions, and only the first one is normal.",
                "They have the same distribution: a normal variable that is scaled and moved stays normal.",
            ),
            Choice(
                r"A draw is not a function of $\mu$ and $\sigma_z$, so no gradient would reach the encoder.",
                r"For a fixed $\epsilon$ the sum is one: its derivative is 1 for $\mu$ and $\epsilon$ for $\sigma_z$. "
                "That is the whole trick.",
                right=True,
            ),
            Choice(
                "It is faster, because the noise can be computed in advance.",
                "Noise costs next to nothing in either form.",
            ),
            Choice(
                "The decoder needs the noise as a second input.",
                r"The decoder gets $z$ alone; $\epsilon$ is used to compute it.",
            ),
        ),
    ),
    Question(
        name="vae_modes",
        notebook="10",
        before="plane-measures",
        text="On the ring of 8 modes the plain GAN of notebook 9 found none or one of them after 600 steps. How many "
        "will the VAE find in as many steps?",
        choices=(
            Choice(
                "Also one or two: its decoder is the same network as that GAN's generator.",
                "The network is the same, but not what it is asked for: every real point has to be told by its $z$, so "
                "no mode can be left out.",
            ),
            Choice(
                "All 8, and all generated points lie on them.",
                "All 8 are found, but only about half of the points lie on them. The decoder is continuous, and draws "
                "of $z$ also fall between the places where real points have theirs.",
            ),
            Choice(
                "All 8, and many generated points lie between them.",
                "The next cell shows it: 8 modes with seeds 0 to 2, and about half of the points within 3 spreads of a "
                "mode.",
                right=True,
            ),
            Choice(
                "None: it draws the mean of all points, in the middle of the ring.",
                r"This happens when the KL term wins, for example because $\sigma$ begins at 1; a later cell shows it.",
            ),
        ),
    ),
    Question(
        name="collapse_of_z",
        notebook="10",
        before="collapse",
        text=r"With $\sigma = 1$ at the start, a squared difference of 1 costs half a nat. The ring's points have "
        "squared differences of about 0.3 from their mean in each coordinate. What will the VAE do?",
        choices=(
            Choice(
                r"The same as before: $\sigma$ is learned, so where it begins does not matter.",
                r"It would, if $z$ said anything when $\sigma$ has become small. But until then the KL term has made "
                r"all $z$ equal, and with a decoder that ignores $z$ the best $\sigma$ is 0.57.",
            ),
            Choice(
                "It tells less through $z$, or nothing: what can be gained is less than what $z$ costs.",
                "The next cell shows KL 0.00. To say which of 8 modes a point belongs to takes at least $\\log 8$, "
                "so 2.1 nats, and at this $\\sigma$ the gain is less than half a nat.",
                right=True,
            ),
            Choice(
                "It draws sharper points, because a larger sigma forgives nothing.",
                r"A larger $\sigma$ forgives more: differences are divided by $2\sigma^2$.",
            ),
            Choice(
                "It finds the modes more slowly, but finds them.",
                "With seeds 0 to 2 it had not after 3,000 steps: without a $z$ that says anything, there is no slope "
                "that leads back.",
            ),
        ),
    ),
    Question(
        name="which_term_first",
        notebook="10",
        before="train",
        text="Both terms of the bound begin on faces: the log-likelihood at about −12,000 nats an image, the KL term "
        "at about 60. What will two minutes of training do to them?",
        choices=(
            Choice(
                "The log-likelihood rises and the KL term falls to 0, as the bound asks for.",
                "The bound is a difference, and only the difference has to rise. A KL term of 0 would mean that $z$ "
                "says nothing about the image.",
            ),
            Choice(
                "Both rise: the KL term by some hundred nats, and the log-likelihood by many thousand.",
                "The next cells show it. Each nat that $z$ says about an image gains many nats of log-likelihood, "
                "until what is left costs as much as it gains.",
                right=True,
            ),
            Choice(
                "Both stay in balance, so that their sum does not change.",
                "Nothing keeps them in balance. Their weights follow from the bound, and the first one is far larger.",
            ),
            Choice(
                "The KL term rises first; the log-likelihood only when $z$ holds enough.",
                r"They rise together, and most of the first gain needs no $z$ at all: $\sigma$ shrinks to fit, and the "
                "decoder learns the mean face.",
            ),
        ),
    ),
    Question(
        name="why_blurred",
        notebook="10",
        before="interpolate",
        text="The generated faces are blurred. The same network draws sharp ones as a GAN's generator. Why not here?",
        choices=(
            Choice(
                r"The pixels' noise with standard deviation $\sigma$ is added to them.",
                r"It is not: what is shown is the mean of $p(x \mid z)$. With the noise, the faces would look grainy.",
            ),
            Choice(
                "Details that $z$ does not tell are averaged, because the mean of all possible images costs least.",
                "Exercise `best_guess` shows why: for squared differences the mean is the best answer. Where a lock of "
                "hair can be here or there, the VAE draws a little of both.",
                right=True,
            ),
            Choice(
                "The decoder is too small for sharp edges.",
                "It is `gan_r1_quick`'s generator, with as many weights. As a GAN's generator it draws edges.",
            ),
            Choice(
                "The encoder uses BatchNorm, which blurs.",
                "BatchNorm scales and moves each map; it does not mix neighbouring pixels.",
            ),
        ),
    ),
    Question(
        name="who_is_varied",
        notebook="10",
        before="gan",
        text="In which set will the detector find a face more often: in the VAE's reconstructions of real faces, or in "
        "the faces that it generates from draws of $z$?",
        choices=(
            Choice(
                "In the reconstructions: their $z$ come from real faces.",
                "The table below shows it. Draws from $N(0, I)$ also fall where no real face has its $z$, and there "
                "the decoder has learned nothing.",
                right=True,
            ),
            Choice(
                "In the generated ones: they are not bound to odd faces of the data set.",
                "It could be so if the decoder drew the typical face for most $z$. But draws fall between real faces' "
                "$z$, and there it mixes several.",
            ),
            Choice(
                "As often in both: it is the same decoder.",
                "The decoder is the same, but its inputs are not.",
            ),
        ),
    ),
    Question(
        name="what_components_show",
        notebook="10",
        before="components",
        text="Principal components know no labels. What will the first ones change in a face?",
        choices=(
            Choice(
                "What differs most between faces over large areas: hair colour, pose, background.",
                "The picture shows it. One standard deviation along one of the first five changes the shipped "
                "generator's faces by 25 to 34 of 255 pixel values, along a random direction by 10 to 13.",
                right=True,
            ),
            Choice(
                "What people care about most: eyes and mouth.",
                "Nobody told the components what people care about. Eyes are few pixels, and small in the feature map.",
            ),
            Choice(
                "Single pixels, one component for each.",
                "Components are of the first layer's maps, of 4×4 places. What they change is large.",
            ),
            Choice(
                "Nothing that can be seen: each number of $z$ matters as much as any other.",
                "All numbers of $z$ have the same spread, but the first layer's weights are not alike: of 100 "
                "components, 20 hold half of its output's variance.",
            ),
        ),
    ),
    Question(
        name="red_eyes",
        notebook="10",
        before="labels",
        text="The direction towards red eyes is the difference of two means of $z$. What will change along it?",
        choices=(
            Choice(
                "The eyes alone: the data set's eyes and hair have independent colours.",
                "In the drawn data they do, but the direction knows only this generator. There red eyes come more "
                "often with blue or purple hair, and the direction takes the hair along.",
            ),
            Choice(
                "The eyes, and whatever occurs together with red eyes in the generated faces.",
                "The row shows it. In the shipped generator the directions of red eyes and of blue hair have a cosine "
                "of 0.53. After 3 standard deviations 33 % of faces have red eyes (2 % before), and 64 % "
                "blue or purple hair.",
                right=True,
            ),
            Choice(
                "Nothing: eyes are too small for a direction in 100 numbers.",
                "Of 300 faces 2 % had red eyes before and 33 % after 3 standard deviations along the direction.",
            ),
            Choice(
                "Everything: the direction is a random one.",
                "A random direction would not make red eyes sixteen times as frequent.",
            ),
        ),
    ),
    Question(
        name="five_of_hundred",
        notebook="10",
        before="mixing",
        text="A's coordinates along the first 20 components, and B's along the other 80. Which face will the mixture "
        "look like?",
        choices=(
            Choice(
                "B, because it has 80 of 100 coordinates.",
                "So it would be for 20 random directions: then the mixture is closer to B. But the first components "
                "are not random.",
            ),
            Choice(
                "A, because the first components hold what matters most.",
                "The next cell shows it. Of 200 mixtures with the shipped generator, all were closer to A in their "
                "pixels, and with 5 components 62 % were.",
                right=True,
            ),
            Choice(
                "Half of each, because a mixture is an average.",
                "It is no average: along each direction it has all of A or all of B.",
            ),
            Choice(
                "Neither, it is noise: parts of two $z$ do not fit together.",
                "Any combination of independent normal numbers is as likely as any other, so the generator knows it.",
            ),
        ),
    ),
)
