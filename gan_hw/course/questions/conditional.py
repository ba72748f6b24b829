"""Questions of notebook 7: how a generator is made to draw what was asked for, and how that is measured."""

from gan_hw.course.question import Choice, Question

QUESTIONS = (
    Question(
        name="label_for_the_generator_alone",
        notebook="07",
        before="ways-text",
        text="Suppose that only the generator gets the label, beside $z$. The discriminator sees images alone and "
        "says real or not, as in notebook 4. What will the generator do with the label?",
        choices=(
            Choice(
                "It learns to draw the label's colour: the real images of the batch have these labels.",
                "The discriminator does not know which label belongs to which image. Pink hair where blue was asked "
                "for looks just as real to it, so no gradient tells $G$ that something is wrong.",
            ),
            Choice(
                "It learns the labels, only more slowly.",
                "Slower learning needs a gradient in the right direction, if a small one. Here the loss is the same "
                "whether $G$ obeys or not: more time changes nothing.",
            ),
            Choice(
                "It has no reason to obey: the label is at best more noise beside $z$.",
                "The loss does not contain the label. So $G$ may ignore it or let it change anything. The kit refuses "
                "such a recipe: nothing would teach $G$ the classes.",
                right=True,
            ),
            Choice(
                "It collapses to one face for each label.",
                "A collapse can happen in any GAN, but nothing here rewards one face *for each label*: the "
                "discriminator can't see which label a face was made for.",
            ),
        ),
    ),
    Question(
        name="does_the_logit_depend",
        notebook="07",
        before="ways",
        text="The next cell gives the same images to three discriminators, first with their labels, then with the "
        "labels exchanged. In which of them does the *logit* (real or not) change?",
        choices=(
            Choice(
                "Plane and projection",
                "The next cell shows it. A plane is a fourth channel made of the label, so all features depend on it; "
                r"the projection adds $y^\top V\phi(x)$ to the logit. In the third way the label is never an input "
                "of $D$: it is the target of a second head.",
                right=True,
            ),
            Choice(
                "All three: otherwise the generator would not learn to obey.",
                "In the third way it obeys for another reason: its own loss has the term "
                r"$w \cdot \mathrm{BCE}(\mathrm{read}(G(z, y)), y)$. The logit need not know the label for that.",
            ),
            Choice(
                "Only the plane: the others use the label after the features.",
                "After the features is early enough for the projection, because its product is added to the logit "
                "itself. Only the auxiliary classifier's output is a result of its own.",
            ),
            Choice(
                "None: these discriminators are untrained, and do not know yet what a label means.",
                "Untrained weights are random, not zero. The logit does depend on the label from the start; "
                "training only gives this dependence a meaning.",
            ),
        ),
    ),
    Question(
        name="one_z_every_label",
        notebook="07",
        before="grid",
        text="The next cell draws one $z$ with every hair and eye colour. What will the grid of a well trained "
        "generator look like? (The stored one is of ten minutes.)",
        choices=(
            Choice(
                "In every cell another face: the label is a part of the input, as $z$ is.",
                "This can happen, when a generator has learned the classes as a list. But $z$ and the label meet in "
                "shared layers, and in the training data hair colour goes with all poses, so $G$ can learn colour "
                "apart from the rest.",
            ),
            Choice(
                "Each row one person, and in each column that person with another pose.",
                "Pose is not among the labels, so nobody asks $G$ to tie it to the columns. The columns ask for eye "
                "colours, and $z$ is the same everywhere.",
            ),
            Choice(
                "The same picture everywhere, because the same $z$ gives the same image.",
                "The same $z$ *with the same label* does. Here the labels differ, and a picture that ignored them "
                "would cost $G$ something in the discriminator and in the classifier.",
            ),
            Choice(
                "The same pose, hairstyle and background nearly everywhere. The hair changes from row to row, the "
                "eyes from column to column.",
                "The next cell shows it. $z$ decides what the label leaves open. How well the two are separated "
                "differs from run to run, so look for changes that nobody asked for.",
                right=True,
            ),
        ),
    ),
    Question(
        name="half_a_label",
        notebook="07",
        before="between",
        text="In training every label consisted of zeros and ones. The next cell also asks for labels in between: "
        "a part of the first image's colours and a part of the third one's. What will be drawn half way?",
        choices=(
            Choice(
                "An error: 0.5 is no valid label.",
                r"The label goes through a linear layer and a ReLU, $\max(0, Wy + b)$. That is defined for any real "
                "numbers; only their training values were 0 and 1.",
            ),
            Choice(
                "One of the two colours, which changes to the other at one step",
                "Nothing in $G$ rounds the label, so there is no jump. The change may be steep in places, but colours "
                "in between do appear.",
            ),
            Choice(
                "The same face, in colours between the two",
                "The next cell shows it. The way from label to image is continuous, so the colours change gradually, "
                "though no such label was ever trained. No classifier or discriminator has corrected these images, "
                "so they may be a little worse.",
                right=True,
            ),
            Choice(
                "Noise, because this label was never in the training",
                "The values in between are near the trained ones, and $G$ is continuous. Far outside, for example a "
                "label of 10, you would be right to be careful.",
            ),
        ),
    ),
    Question(
        name="who_may_judge",
        notebook="07",
        before="ask-text",
        text="A generator was trained with a loss that uses a classifier's features. Later that classifier finds "
        "the requested classes in 0.865 of all cases, nearly as often as in real pictures (0.918). Another "
        "classifier of the same kind, which took no part in the training, finds 0.361. Which number says "
        "how well the generator obeys?",
        choices=(
            Choice(
                "0.865: this classifier knows the generator's pictures best.",
                "That is the problem. $G$ was trained to satisfy this network, and it may do so with patterns that "
                "only this network takes for a class. Its pictures in that run are smudges.",
            ),
            Choice(
                "0.361: the classifier that measures must not have taken part in the training.",
                "A test measures something only if nobody was trained on it. These are the numbers of "
                "`iclevr_acgan_content`. Beside it stands the same classifier's value for real pictures, "
                "0.936.",
                right=True,
            ),
            Choice(
                "The mean of both, about 0.61",
                "One of the two is biased by the training. A mean of a biased and an unbiased number is still "
                "biased, only half as much.",
            ),
            Choice(
                "Neither: the discriminator should judge, since it sees the labels as well.",
                "The discriminator is what $G$ was trained against in every step. Its logit says whether it can "
                "still tell the two apart at this moment, on no scale that could be compared between runs.",
            ),
        ),
    ),
    Question(
        name="hair_or_eyes",
        notebook="07",
        before="ask",
        text="The drawn faces have 12 hair colours and 11 eye colours, and a classifier reads both from real "
        "faces almost without errors. Which of the two will the generator get right more often?",
        choices=(
            Choice(
                "Hair",
                "The next cell shows it; after ten minutes it was 1.000 for hair and 0.841 for eyes. Hair covers a "
                "large part of the image, eyes a few pixels. A wrong hair colour changes many features of $D$, so "
                "it is noticed early; eyes are learned late.",
                right=True,
            ),
            Choice(
                "Eyes, because there are fewer classes",
                "Chance is 1/11 against 1/12, almost the same. What matters is how much of the image shows the "
                "class, and eyes are small.",
            ),
            Choice(
                "Both alike: each label is one number among those that $G$ gets.",
                "They enter $G$ in the same way. But the gradient comes back through the image, and there hair fills "
                "many more pixels than eyes.",
            ),
        ),
    ),
    Question(
        name="obedient_but_no_face",
        notebook="07",
        before="faces",
        text="The classifier read the right hair colour from all generated images. What does that say about them?",
        choices=(
            Choice(
                "They are good faces: a classifier trained on faces would not recognise anything else.",
                "A classifier always names some class as the most likely one, whatever it sees. It was never asked "
                "whether there is a face.",
            ),
            Choice(
                "They show a hair colour where the classifier looks for it. Whether they are faces, and varied ones, "
                "needs other scores.",
                "The next cell shows two of them: AFD and diversity. After ten minutes hair was right in 1.000 of "
                "the images, but a face was found in 0.777 of them, and in 0.888 of the real ones.",
                right=True,
            ),
            Choice(
                "They are at least as varied as real faces, because every hair colour occurs.",
                "Twelve colours of the *same* face would also be right every time. Variety within a class is not "
                "measured by the classifier.",
            ),
            Choice(
                "The generator has memorised the training images.",
                "Memory would give right colours, but so does learning. For copies, compare the generated images "
                "with the training images, as `near_copies` in notebook 5 does.",
            ),
        ),
    ),
    Question(
        name="share_of_classes",
        notebook="07",
        before="facts-score",
        text="Two images: two classes were asked of the first, and both were hit; one class was asked of the second, "
        "and it was missed. The score divides all hits by all classes asked for. What will be printed?",
        choices=(
            Choice(
                "0.500, because one of two images is right",
                "This is the mean over *images*: $(1 + 0)/2$. The score counts classes, so an image of which more "
                "was asked weighs more.",
            ),
            Choice(
                "0.333, because one of three classes was missed",
                "One of three is the share that was missed. The score is the share of hits.",
            ),
            Choice(
                "0.667",
                "The next cell shows it: two hits of three classes asked for. Of each image as many of the highest "
                "outputs count as classes were asked for, so nothing is gained by naming all classes.",
                right=True,
            ),
        ),
    ),
)
