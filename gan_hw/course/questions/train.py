"""Questions of notebook 4: counting steps, the loop, the averaged generator, curves, and mode collapse."""

from gan_hw.course.question import Choice, Question

QUESTIONS = (
    Question(
        name="generator_share",
        notebook="04",
        before="counting-facts",
        text="You have trained `gan` (`n_critic` 1) for 10 epochs. `wgan_gp` has `n_critic` 5 and batches of the same "
        "size. How many epochs does it need for as many *generator* steps?",
        choices=(
            Choice(
                "2",
                "5 is how many discriminator steps there are for one of the generator's. The generator gets fewer "
                "steps in an epoch, so it needs more epochs.",
            ),
            Choice(
                "10: an epoch has as many steps with either recipe",
                "An epoch has as many *discriminator* steps. The generator of `wgan_gp` moves in every fifth of them.",
            ),
            Choice(
                "12½, because in four of five steps only the critic moves",
                "In four of five steps only the critic moves, so the generator moves in one of five, not in four of "
                "five.",
            ),
            Choice(
                "50",
                "Of 100 discriminator steps, 20 come with a generator step, as the next cell shows. So five "
                "times as many real images are needed for as many generator steps.",
                right=True,
            ),
        ),
    ),
    Question(
        name="why_n_critic",
        notebook="04",
        before="path-text",
        text="Why does a WGAN make five critic steps for each generator step?",
        choices=(
            Choice(
                "The critic's learning rate is five times smaller, so it needs five times as many steps.",
                "The recipe `wgan` has 5e-5 for both networks, and `wgan_gp` 1e-4 for both.",
            ),
            Choice(
                "Its gradient is the mean over five batches, and so has less noise.",
                "A mean over five batches would be *one* update. Here the critic is updated five times, and each time "
                "its next loss starts from the new weights.",
            ),
            Choice(
                "The generator follows the distance that the critic estimates, and a critic that lags behind estimates "
                "it badly.",
                "After each generator step the critic has to catch up. It may become good, because its bounded "
                "slope still tells the generator where to go. The price: fewer generator steps for as many images.",
                right=True,
            ),
            Choice(
                "With fewer steps the critic's loss would become negative.",
                "It becomes negative in any case, and should: minus this loss estimates the distance. There is no "
                "lower limit of 0, as there is for a GAN's cross-entropy.",
            ),
        ),
    ),
    Question(
        name="penalty_every_eighth",
        notebook="04",
        before="loop-text",
        text="`gan_r1_quick` adds the penalty R1 only in every eighth step (`penalty_every` 8), and there it counts "
        "eight times as much. Why eight times?",
        choices=(
            Choice(
                "So that, on average over the steps, it weighs as much as a penalty in each step.",
                "Seven steps have none, the eighth has all of it. This saves time, because the penalty needs a "
                "second backward pass. The next cell shows it: `loss + gan.recipe.penalty_every * penalty`.",
                right=True,
            ),
            Choice(
                "Because the penalty is the mean over eight batches.",
                "It is computed on the batch of its own step alone. No batch is kept from one step to the next.",
            ),
            Choice(
                "Because its goal is a slope of 8.",
                "The goal of R1 is a slope of 0, at real images. A factor before a penalty never moves its goal, it "
                "only says how strongly it counts beside the other loss.",
            ),
        ),
    ),
    Question(
        name="averaged_weights",
        notebook="04",
        before="loop",
        text="The pictures below are drawn by an averaged generator (exponential moving average, EMA). How does it "
        "learn?",
        choices=(
            Choice(
                "It has an optimiser of its own, with a smaller learning rate.",
                "It has no optimiser, and no gradient is ever computed for it. Only the trained generator has both.",
            ),
            Choice(
                "Its pictures are averages of those that the last generators drew.",
                "The mean of several pictures would be blurred, like the mean face of notebook 2. It is the *weights* "
                "that are averaged, and then one network draws one picture.",
            ),
            Choice(
                "When training ends, the weights of all checkpoints are averaged.",
                "Then it could not be shown while training goes on. And the weights of the first minutes, which draw "
                "no faces, would count as much as the last ones.",
            ),
            Choice(
                "After each generator step, its weights move a small part of the way to those of the trained one.",
                "So it forgets old weights little by little, and the swings of training average out. The next "
                "cell shows it: `gan.update_ema()`, after the generator's update.",
                right=True,
            ),
        ),
    ),
    Question(
        name="first_picture",
        notebook="04",
        before="train",
        text="In a new run, the next cell first draws the 40 vectors $z$ with the untrained generator. What does this "
        "first picture show?",
        choices=(
            Choice(
                "Colourful noise, because $z$ is noise.",
                "$z$ is noise, but its way leads through layers whose first weights are tiny (about 0.02). Little of "
                "it arrives at the last layer.",
            ),
            Choice(
                "Even grey, 40 times nearly the same.",
                "Tiny weights make the last layer give about 0, and $\\tanh(0) = 0$ is the middle of the "
                "range: a pixel of 127 or 128. The next cell shows it, for a moment: the pictures of the first steps "
                "soon replace it.",
                right=True,
            ),
            Choice(
                "Black, because the generator gives 0.",
                "It does give about 0. But the networks' range is $[-1, 1]$: black is $-1$, and 0 is grey.",
            ),
            Choice(
                "A blurred face, the mean of all faces.",
                "The generator has not seen anything of a face yet. And it never sees a real picture itself: all that "
                "it learns comes through the discriminator's gradient.",
            ),
        ),
    ),
    Question(
        name="same_loss",
        notebook="04",
        before="curves-text",
        text="In one run of a GAN with R1 on real faces, the discriminator's loss was 0.44 after 4,096 images, and "
        "0.44 again after 32,768. What do you conclude about the generated faces?",
        choices=(
            Choice(
                "They are as good as before: the generator learned nothing in between.",
                "In this run a detector found a face in 1 of 200 pictures after 4,096 images. After 36,000, shortly "
                "after the second of the two losses, it found one in 151 of 200. $G$ had learned, and $D$ with it.",
            ),
            Choice(
                "They are not good yet: good faces need a loss of 0.69.",
                "A loss of 0.69 only says that *this* discriminator can't tell. An untrained one can't either. And $D$ "
                "may recognise pictures by details that you would not notice.",
            ),
            Choice(
                "Nothing. The loss is measured against an opponent who changes as well.",
                "A bad $G$ before a bad $D$ can have the same loss as a good $G$ before a good $D$. The next "
                "cell shows the curves of your run: compare them with the faces above. (Minus the loss of a WGAN's "
                "critic says more: it estimates a distance.)",
                right=True,
            ),
            Choice(
                "They are better if the generator's loss has fallen in between, and worse if it has risen.",
                "$G$'s loss also depends on both networks. It rises when $D$ gets better, even if the faces get better "
                "at the same time.",
            ),
        ),
    ),
    Question(
        name="seen_or_steps",
        notebook="04",
        before="curves",
        text="You train `gan_r1_quick` twice for 2,000 steps: with batches of 32, and with batches of 64. Which "
        "comparison lets both use the same amount of data?",
        choices=(
            Choice(
                "Their states after 2,000 steps: both networks were updated equally often.",
                "They were. But the second run has used twice as many images by then, and about twice the time.",
            ),
            Choice(
                "Their states at the same `seen`, such as 64,000: then both have used equally many real images.",
                "The first run has seen $2000 \\cdot 32 = 64000$ images at its end, the second one had "
                "seen as many after 1,000 steps. The next cell shows it: both curves are drawn over images seen.",
                right=True,
            ),
            Choice(
                "Their states at the same `seen`, which is equal after 2,000 steps, because `seen` counts batches.",
                "It counts real images: step times batch size. After 2,000 steps it is 64,000 and 128,000.",
            ),
            Choice(
                "Their losses at the end: they are independent of the batch size.",
                "The loss is a mean, so its scale does not depend on the batch size. But it says little about the "
                "faces, whatever the batch.",
            ),
        ),
    ),
    Question(
        name="diversity_start",
        notebook="04",
        before="health-text",
        text="`diversity` is how much the samples differ from one another, divided by how much real faces differ. The "
        "next cell draws it over the whole run. How does it begin?",
        choices=(
            Choice(
                "Well below 1, and then it rises.",
                "An untrained generator draws nearly the same grey for every $z$. Hair, skin and background in "
                "different colours come with training. The next cell shows it. A *later* fall is the sign of mode "
                "collapse.",
                right=True,
            ),
            Choice(
                "Far above 1, because early samples are noise, and then it falls.",
                "Noise may lie *within* each picture: the curve of `roughness` sees that. As long as all pictures have "
                "about the same colours, they differ little from one another.",
            ),
            Choice(
                "At 1, because each sample has another $z$, and it stays there.",
                "A different $z$ does not make a different picture. The generator has to learn to use $z$. When modes "
                "collapse, it does so less and less.",
            ),
        ),
    ),
    Question(
        name="number_of_a_collapse",
        notebook="04",
        before="collapse-text",
        text="A generator draws clean faces, but only a few different ones, with hair of several colours. Which of "
        "these numbers falls furthest below that of real faces?",
        choices=(
            Choice(
                "`afd_strict`, the share of pictures in which a detector finds a face",
                "It looks at one picture at a time. If all of them show the same clean face, it is high, often higher "
                "than for real pictures.",
            ),
            Choice(
                "`diversity`, the mean difference between two pictures",
                "It falls, but not far: two pictures with blue and pink hair are far apart in their pixels, even if "
                "there are few others. So also look at a grid of samples.",
            ),
            Choice(
                "`face_recall`, the share of real faces that have a generated one close to them",
                "A few faces can be close to only few of the real ones. In an earlier collapsed run of "
                "`gan_quick` it was 0.000, while `diversity` was 0.81 and `afd_strict` 0.99. The next cell shows all "
                "three for another one.",
                right=True,
            ),
            Choice(
                "None of them: a collapse shows in the losses",
                "The losses do not show it: a few faces that fool $D$ give $G$ the same loss as many. Some numbers of "
                "the samples do.",
            ),
        ),
    ),
    Question(
        name="used_up_budget",
        notebook="04",
        before="facts-budget",
        text="The run has made some number of steps, which the next cell keeps as `before`. Then it calls "
        "`trainer.train(steps=before)`. What happens?",
        choices=(
            Choice(
                "It makes `before` more steps.",
                "It would, if a budget counted from the call. It counts from the run's beginning, so that an "
                "interrupted call can simply be repeated: it makes the steps that are missing.",
            ),
            Choice(
                "It trains no more.",
                "A budget counts from the run's beginning, and this one is used up. The next cell shows it: it "
                "prints `True`. For more, give a larger number.",
                right=True,
            ),
            Choice(
                "It starts again with new weights.",
                "A run folder that holds a training is continued, never overwritten. For a new start, give the "
                "run another name.",
            ),
        ),
    ),
)
