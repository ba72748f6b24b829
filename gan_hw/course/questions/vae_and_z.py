"""Questions of notebook 10: a VAE's bound, what it draws, and directions of z."""

from gan_hw.course.question import Choice, Question

QUESTIONS = (
    Question(
        name="slope_of_a_draw",
        notebook="10",
        before="kl_term-task",
        text=r"$z = \mu + \sigma_z \epsilon$, with $\epsilon$ drawn from $N(0, I)$. What is the derivative of $z$ with "
        r"respect to $\sigma_z$?",
        choices=(
            Choice(
                r"$\epsilon$",
                r"For a fixed $\epsilon$, $z$ is a function of $\mu$ and $\sigma_z$. Its derivative is 1 with respect "
                r"to $\mu$ and $\epsilon$ with respect to $\sigma_z$, so a gradient reaches the encoder.",
                right=True,
            ),
            Choice(
                "0, because $z$ is random and a random number has no slope",
                r"That is so for a draw from $N(\mu, \sigma_z^2)$ that is made in one step. Here the random number is "
                r"$\epsilon$, and $z$ is computed from it.",
            ),
            Choice(
                "1",
                r"This is its derivative with respect to $\mu$.",
            ),
            Choice(
                r"$\sigma_z \epsilon$",
                r"This is the second term itself; its derivative with respect to $\sigma_z$ is the factor beside it.",
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
                "Also none or one: its decoder is the same network as that GAN's generator.",
                "The network is the same, but not what it is asked for: every real point has to be reconstructed "
                "from its $z$, so leaving out a mode costs a lot.",
            ),
            Choice(
                "All 8, and all generated points lie on them.",
                "All 8 are found, but only about half of the points lie on them. The decoder is continuous, and draws "
                "of $z$ also fall between the places where real points have theirs.",
            ),
            Choice(
                "All 8, and many generated points lie between them.",
                "The cells below show it for your seed. With seeds 0 to 2 it was 8 modes, and about half of the points "
                "within 3 spreads of a mode.",
                right=True,
            ),
            Choice(
                "None: it draws the mean of all points, in the middle of the ring.",
                r"This happens when the KL term wins, for example because $\sigma$ begins at 1; a later cell shows it.",
            ),
        ),
    ),
    Question(
        name="large_sigma",
        notebook="10",
        before="collapse",
        text=r"With $\sigma = 1$ at the start, a squared difference of 1 costs half a nat. The ring's points have "
        "squared differences of about 0.3 from their mean in each coordinate. What will the VAE do?",
        choices=(
            Choice(
                r"The same as before: $\sigma$ is learned, so where it begins does not matter.",
                r"That would be so if $z$ still said something when $\sigma$ has become small. But by then the KL term "
                r"has made $q(z \mid x)$ the same for all points, and without $z$ the best $\sigma$ is 0.57.",
            ),
            Choice(
                "It tells less through $z$, or nothing: what can be gained is less than what $z$ costs.",
                "The next cell shows a KL of 0.01. To say which of 8 modes a point belongs to costs at least "
                r"$\log 8 = 2.1$ nats, and at this $\sigma$ even the perfect answer gains only about 0.3. To say a "
                r"little does not pay either, as long as $\sigma^2$ is above the points' variance, 0.32.",
                right=True,
            ),
            Choice(
                "It draws sharper points, because a larger sigma forgives nothing.",
                r"A larger $\sigma$ forgives more: differences are divided by $2\sigma^2$.",
            ),
            Choice(
                "It finds the modes more slowly, but finds them.",
                "With seeds 0 to 2 it had found none after 3,000 steps: $\\sigma^2$ stops at 0.32, the "
                "points' variance in every direction, and there saying a little through $z$ still does not pay.",
            ),
        ),
    ),
    Question(
        name="which_term_first",
        notebook="10",
        before="train",
        text="On faces the log-likelihood begins at about −13,300 nats an image, and the KL term at about 14. What "
        "will the training do to them?",
        choices=(
            Choice(
                "The log-likelihood rises and the KL term falls to 0, as the bound asks for.",
                "The bound is a difference, and only the difference has to rise. A KL term of 0 would mean that $z$ "
                "says nothing about the image.",
            ),
            Choice(
                "Both stay in balance, so that their sum does not change.",
                "Nothing keeps them in balance. Both have the weight 1, but the log-likelihood sums 12,288 numbers.",
            ),
            Choice(
                "Both rise: the KL term by 200 nats or more, and the log-likelihood by more than 10,000.",
                "The next cells show it. Each nat that $z$ says about an image gains many nats of log-likelihood, "
                "until what is left costs as much as it gains.",
                right=True,
            ),
            Choice(
                "The KL term rises first; the log-likelihood only when $z$ holds enough.",
                r"They rise together. The mean face with the best $\sigma$, without any $z$, reaches about −9,100; $z$ "
                "brings the rest.",
            ),
        ),
    ),
    Question(
        name="why_blurred",
        notebook="10",
        before="interpolate",
        text="Even the reconstructed faces are blurred. As a GAN's generator, the same network draws sharp ones. Why "
        "not here?",
        choices=(
            Choice(
                r"The pixels' noise with standard deviation $\sigma$ is added to them.",
                r"It is not: what is shown is the mean of $p(x \mid z)$. With the noise, the faces would look grainy.",
            ),
            Choice(
                "Details that $z$ does not say are averaged, because the mean of all possible images costs least.",
                "Exercise `best_guess` shows why: for squared differences the mean is the best answer. Where a lock of "
                "hair can be here or there, the VAE draws a little of both. Longer training sharpens the faces, "
                "because $z$ then says more, but what it doesn't say stays averaged.",
                right=True,
            ),
            Choice(
                "The decoder is too small for sharp edges.",
                "It is `gan_r1_quick`'s generator, with as many weights, and there it learns to draw edges.",
            ),
            Choice(
                "The encoder uses BatchNorm, which blurs.",
                "BatchNorm scales and moves each map; it does not mix neighbouring pixels.",
            ),
        ),
    ),
    Question(
        name="where_faces_are_found",
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
                "What people care about most: eyes and mouth.",
                "Nobody told the components what people care about. Eyes are few pixels, and small in the feature map.",
            ),
            Choice(
                "What differs most between faces over large areas: hair colour, pose, background.",
                "The picture shows it. One standard deviation along one of the first five changes the shipped "
                "generator's pixels by 25 to 34 on a scale from 0 to 255, one along a random direction by 10 to 13.",
                right=True,
            ),
            Choice(
                "Single pixels, one component for each.",
                "Components are of the first layer's maps, of 4×4 places. What they change is large.",
            ),
            Choice(
                "Nothing that can be seen: each number of $z$ matters as much as any other.",
                "All numbers of $z$ have the same spread, but the first layer's weights are not alike: its "
                "output has 2,048 numbers, and 20 of their components hold half of the variance.",
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
                "Nothing: eyes are too small for a direction in 100 numbers.",
                "Of 300 faces, 2 % had red eyes before they were moved by 3 standard deviations, and 33 % afterwards.",
            ),
            Choice(
                "Everything: the direction is a random one.",
                "A random direction would not make red eyes sixteen times as frequent.",
            ),
            Choice(
                "The eyes, and whatever occurs together with red eyes in the generated faces.",
                "The row shows it. In the shipped generator the directions of red eyes and of blue hair have a cosine "
                "of 0.53. After 3 standard deviations 33 % of faces have red eyes (2 % before), and 58 % "
                "blue or purple hair (13 % before).",
                right=True,
            ),
        ),
    ),
    Question(
        name="twenty_of_hundred",
        notebook="10",
        before="mixing",
        text="A mixture has A's coordinates along the first 20 components, and equals B in the 80 dimensions "
        "perpendicular to them. Which face will it look like?",
        choices=(
            Choice(
                "B, because it has 80 of 100 coordinates.",
                "So it would be for 20 random directions: then the mixture is closer to B. But the first components "
                "are not random.",
            ),
            Choice(
                "Half of each, because a mixture is an average.",
                "It is no average: along each direction it has all of A or all of B.",
            ),
            Choice(
                "A, because the first components hold what matters most.",
                "The next cell shows five. Of 200 mixtures with the shipped generator, all were closer to A in their "
                "pixels, and with 5 components 62 % were.",
                right=True,
            ),
            Choice(
                "Neither, it is noise: parts of two $z$ do not fit together.",
                "The mixture is again a draw from $N(0, I)$: A and B are independent, and the two parts lie in "
                "perpendicular subspaces that together fill the space of $z$. The generator knows such $z$.",
            ),
        ),
    ),
)
