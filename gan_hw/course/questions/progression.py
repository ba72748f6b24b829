"""Questions of notebook 6: comparing the stages from the GAN to R3GAN, and what a penalty on D's slope does."""

from gan_hw.course.question import Choice, Question

QUESTIONS = (
    Question(
        name="fewest_updates",
        notebook="06",
        before="train",
        text="All six stages train for the same minutes, with networks and batches of the same size. Which one will "
        "make the *fewest* generator updates?",
        choices=(
            Choice(
                "`r3gan`: it has two penalties, R1 and R2, in each step.",
                "Each of its steps is expensive. But it updates its generator in every step (`n_critic` 1), and "
                "`wgan_gp` in every fifth one only.",
            ),
            Choice(
                "`wgan_gp`: five critic steps for each generator step, each with a gradient penalty.",
                "The next cell shows it. The penalty needs the gradient of a gradient, which makes a critic step "
                "slower, and `n_critic` 5 asks for five of them. On 12,000 real faces it made 411 generator updates "
                "in two minutes, `gan` 2,677.",
                right=True,
            ),
            Choice(
                "`wgan`: it has `n_critic` 5 as well, and the smallest learning rate.",
                "The learning rate says how far a step goes, not how long it takes. Clipping the weights costs "
                "almost nothing, so `wgan` does more steps than `wgan_gp`: 898 generator updates against 411.",
            ),
            Choice(
                "They all make about as many: the batches have the same size.",
                "The batch's size is only one part of the cost. For one generator update `gan` does one step of D, "
                "and `wgan_gp` five, each with a penalty.",
            ),
        ),
    ),
    Question(
        name="which_differences_are_clear",
        notebook="06",
        before="faces-text",
        text="Three seeds each, two minutes on real faces: `gan` has AFD 0.622 ± 0.011 and diversity 0.989 ± 0.014, "
        "`gan_longer` AFD 0.370 ± 0.051 and diversity 1.000 ± 0.010. A difference is called clear here when it is more "
        r"than 2.8 times its standard error, $\sqrt{s_1^2/3 + s_2^2/3}$. (The exercise's 2 is meant for many seeds. "
        "With three each, chance gets beyond 2 about once in eight times, and beyond 2.8 about once in twenty.) Which "
        "differences between the two are clear?",
        choices=(
            Choice(
                "Both: the means differ in both.",
                "Two means always differ in some digit, even for two times three seeds of the *same* recipe. For "
                "diversity the difference is 0.011, about as large as its standard error of 0.010: that may be luck.",
            ),
            Choice(
                "Neither: three seeds are too few to say anything.",
                "Few seeds make the threshold higher: it is 2.8 here, and about 2 for many. A difference that is "
                "much larger than the spread is clear all the same.",
            ),
            Choice(
                "That of diversity, because its spreads are small.",
                "A small spread helps, but the difference must be larger than it. Here it is 0.011 with a standard "
                "error of 0.010.",
            ),
            Choice(
                "That of AFD alone",
                r"The difference is 0.252, its standard error $\sqrt{0.011^2/3 + 0.051^2/3} = 0.030$: a ratio of "
                "more than 8. For diversity it is $0.011 / 0.010$, about 1. It says that one is better after two "
                "minutes, not that it is better after an hour.",
                right=True,
            ),
        ),
    ),
    Question(
        name="varied_without_faces",
        notebook="06",
        before="faces",
        text="On real faces, `wgan` had AFD 0.019 and diversity 1.036 after two minutes. What will the row of such "
        "a stage look like in the next cell?",
        choices=(
            Choice(
                "Coloured blobs, each one different",
                "The next cell shows it. Diversity measures how much pixels differ between two images, and blobs of "
                "many colours differ a lot. It can't tell whether there are faces; for that there is AFD. Neither "
                "says anything without the other.",
                right=True,
            ),
            Choice(
                "Good faces, which the detector does not find because they are too varied",
                "Real faces are varied as well, and the detector finds 0.880 of them. An AFD of 0.019 means that "
                "hardly any image looks like a face.",
            ),
            Choice(
                "The same blurred face ten times: a collapse",
                "Then diversity would be far below 1: ten images that are alike differ little from each other.",
            ),
            Choice(
                "Ten grey images, as at the beginning of a training",
                "Grey images are alike. An untrained generator has AFD 0, as you might expect, but a diversity near 0.",
            ),
        ),
    ),
    Question(
        name="same_updates",
        notebook="06",
        before="updates",
        text="After the same two minutes on real faces, `gan` had AFD 0.62 and `wgan_gp` 0.075. The next cell reads "
        "each run at the number of generator updates that all of them have reached. What happens to the "
        "difference between these two?",
        choices=(
            Choice(
                "It stays: a better recipe is better however you count.",
                "After two minutes `gan` had made 6.5 times as many generator updates. Much of its lead comes "
                "from that. Counted by updates, it loses this advantage.",
            ),
            Choice(
                "It grows: `wgan_gp` needs its five critic steps, and they no longer count.",
                "It is the other way round. When generator updates are counted, the five critic steps cost "
                "`wgan_gp` nothing, and they give its generator a better gradient.",
            ),
            Choice(
                "It nearly disappears, or turns round.",
                "The next cell shows it. On these faces, after 375 generator updates, the scores were 0.019 ± 0.015 "
                "for `gan` and 0.048 ± 0.006 for `wgan_gp`. Both are low, because 375 updates are few. Which count is "
                "fair depends on the question: minutes are what you pay, updates are what a generator learns from.",
                right=True,
            ),
        ),
    ),
    Question(
        name="gradients_by_layer",
        notebook="06",
        before="gradients",
        text="The gradient is followed from the highest layer of the critic down to the image. Think of two "
        "critics, one with clipped weights and one with WGAN-GP's penalty. What do you expect *at the image*? (Clipped "
        "weights are at most 0.01, far below what a layer needs to pass a gradient on undiminished.)",
        choices=(
            Choice(
                "The penalty's norm is near 1 there and in every layer above, because the penalty keeps it at 1.",
                "The penalty acts on one gradient alone, that with respect to the image. In the figure stored here "
                "the norm at the stem's output is about 50, and at the image about 2.",
            ),
            Choice(
                "Both norms are about 1: both methods make the critic 1-Lipschitz, nowhere steeper than 1.",
                "Clipping only makes it $K$-Lipschitz, nowhere steeper than $K$, for a $K$ that nobody chose: it "
                "follows from the bound, the number of weights and the norms. Only the penalty names 1 as its target.",
            ),
            Choice(
                "Under clipping it is larger, because nothing limits the slope there.",
                "Small weights do limit the slope, without a target. In both trainings that this notebook shows, the "
                "clipped critic's norm at the image is the *smaller* one.",
            ),
            Choice(
                "Under clipping it is far below 1, with the penalty it is much nearer to 1.",
                "The next cell shows it. In the stored figure the clipped critic's norm falls from about 5 in the "
                "middle to 0.05 at the image; with the penalty it ends at about 2, in a training that is still "
                "young. Under clipping each layer passes on more or less than it gets, and nothing corrects that.",
                right=True,
            ),
        ),
    ),
    Question(
        name="which_games_arrive",
        notebook="06",
        before="dirac-plot",
        text=r"Five losses play the smallest GAN: $D(x) = w x$, real images at 0, $G$ draws $\theta$. Which of "
        r"them reach $\theta = w = 0$ within 400 steps?",
        choices=(
            Choice(
                "All but the plain GAN: the earth mover's distance has a useful gradient everywhere.",
                r"Its gradient tells $G$ the direction, but $w$ is still not 0 when $\theta$ arrives at 0. So "
                r"$\theta$ passes the solution, $w$ changes its sign later, and the two go round and round.",
            ),
            Choice(
                "The GAN with R1, and the pairs with R1",
                "The next cells show it. R1 pulls $w$ towards 0 all the time, which damps the circling. The other "
                "three losses have nothing that makes $D$ flat at the solution. The GAN spirals inwards, but ever "
                "more slowly: after 400 steps it is still 0.45 away.",
                right=True,
            ),
            Choice(
                "Those with a gradient penalty: WGAN-GP, GAN with R1, pairs with R1",
                "Not every penalty helps: what counts is its target. WGAN-GP's pulls $|w|$ towards 1, and the "
                "solution has $w = 0$.",
            ),
            Choice(
                "All five, at different speeds: there is one solution, and gradient descent finds it.",
                r"Gradient descent on *one* loss goes downhill. Here two players have two losses: when $w$ follows "
                r"$\theta$ and $\theta$ follows $w$, a circle is possible.",
            ),
        ),
    ),
    Question(
        name="penalty_at_the_solution",
        notebook="06",
        before="dirac-after",
        text=r"Why does R1, $\frac{\gamma}{2}\|\nabla D(x)\|^2$ at real images, lead to the solution of this game, "
        r"while WGAN-GP's $\lambda(\|\nabla D(x)\| - 1)^2$ does not?",
        choices=(
            Choice(
                "At the solution $D$ is flat. There R1 is 0, and the other penalty is at work.",
                r"When $G$ draws the real images, $D$ has nothing to tell apart, so $w = 0$. R1 is smallest there, "
                r"and on the way it damps the circling. WGAN-GP's penalty is smallest at a slope of 1 even then, and "
                r"such a slope moves $\theta$ away again.",
                right=True,
            ),
            Choice(
                "R1 is stronger here: its weight is 1, and WGAN-GP's only 0.1.",
                "A larger weight would pull $|w|$ to 1 more strongly, and further from 0. The target is wrong for "
                "this game, not the strength.",
            ),
            Choice(
                "R1 is computed at real images, which never change, and WGAN-GP's penalty at mixtures, which do.",
                "In this game the slope of $D$ is $w$ at every $x$, so the place makes no difference at all. "
                "Only the target differs: 0 or 1.",
            ),
            Choice(
                "R1 belongs to the GAN loss, whose sigmoid limits the gradients; a critic has no sigmoid.",
                "The plain GAN has the same sigmoid and does not arrive. Mescheder et al. show that R1 works with "
                "other GAN losses too: what helps is the damping.",
            ),
        ),
    ),
)
