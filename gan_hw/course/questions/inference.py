"""Questions of notebook 5: what a trained generator draws, and what the scores of its images say."""

from gan_hw.course.question import Choice, Question

QUESTIONS = (
    Question(
        name="neighbours",
        notebook="05",
        before="grid-facts",
        text="The 40 faces above were made from `z` in one batch. Now the first five are made again, from `z[:5]` "
        "alone. The generator has BatchNorm layers. How do these five differ from the first five above?",
        choices=(
            Choice(
                "They are other faces: BatchNorm normalises with the mean and variance of the batch, and this batch "
                "is another one.",
                "That is what BatchNorm does in training mode. `generate` switches to evaluation mode, where it uses "
                "the running mean and variance, which were stored in training.",
            ),
            Choice(
                "They are other faces: each call draws new noise.",
                "`generate` draws no noise. The noise is `z`, drawn once by `sample_z` from the seed, and both calls "
                "get the same rows of it.",
            ),
            Choice(
                "They are the same faces, up to rounding.",
                "The next cell shows it. In evaluation mode each image depends on its own $z$ alone. A batch of "
                "another size may be summed in another order, so a difference of 1 in 255 is allowed.",
                right=True,
            ),
            Choice(
                "They are the same people in other colours: only the colours depend on the batch.",
                "Colours and shapes come out of the same layers. If BatchNorm used the batch, all of the image "
                "would change, not its colours alone.",
            ),
        ),
    ),
    Question(
        name="straight_or_sphere",
        notebook="05",
        before="interpolation-text",
        text="A vector of 100 standard normal numbers has a squared length of about 100, because each squared number "
        "is 1 on average: its length is about 10. Two such vectors are nearly perpendicular: their inner product is 0 "
        "on average and seldom beyond ±20, while the product of their lengths is 100. The rows below go from one to "
        "the other on a sphere. What would change on a straight line?",
        choices=(
            Choice(
                r"In the middle the vector has a length of about 7, so the faces there are more average than "
                "those of the ends.",
                r"$\|(z_1 + z_2)/2\| \approx \sqrt{10^2 + 10^2}/2 \approx 7.1$. In training, vectors of 100 normal "
                "numbers are almost never that short. With the shipped generator `shipped:drawn`, the middles of 400 "
                "straight lines had a mean difference of 78 between two faces, and the middles on the sphere 87. A "
                "face was found more often on the straight line (0.94 against 0.86).",
                right=True,
            ),
            Choice(
                "Nothing: all points on the way have the same length in both cases.",
                "Only the way on the sphere keeps the length. The straight line cuts through the inside of the "
                "sphere, and its middle is nearer to 0 than its ends.",
            ),
            Choice(
                "In the middle there would be noise instead of faces, because the generator was never trained on "
                "short vectors.",
                "Such vectors are rare in training, but the generator is a continuous function. For vectors nearer "
                "to 0 it draws more average faces. They look plain, not broken.",
            ),
            Choice(
                "In the middle both faces would lie on top of each other, each half transparent.",
                "That happens when you average two *images*. Here two noise vectors are averaged, and the generator "
                "draws one face from the result.",
            ),
        ),
    ),
    Question(
        name="average_or_raw",
        notebook="05",
        before="raw",
        text="The next cell draws ten faces from the same ten noise vectors twice: with the averaged weights, and "
        "with the weights as they stood after the last step. What do you expect of the two rows? (A shipped "
        "generator has averaged weights alone, so the second row is missing there.)",
        choices=(
            Choice(
                "Twenty different faces: other weights make another face of the same $z$.",
                "That holds for two trainings with different seeds. The average belongs to the same training. It is "
                "made of the generator's latest weights, which are near the last ones.",
            ),
            Choice(
                "The same faces twice. The upper ones are usually smoother, the lower ones have more noise and "
                "stronger contrasts.",
                "The next cell shows it, if the run was trained here. Each step moves the weights a little to and "
                "fro; the average leaves most of that out. In one four-minute run afd_strict was 0.725 with the "
                "average and 0.617 without. It isn't always so: early in a training the average reaches back to "
                "weights that were worse.",
                right=True,
            ),
            Choice(
                "The upper faces are blurred, because each one is the mean of many images.",
                "The *weights* are averaged, not the images. The result is one network, which draws each face once.",
            ),
            Choice(
                "The same pixels twice: at the end of a training the weights no longer change.",
                "A GAN does not come to rest: with a constant learning rate, both networks move in every step up to "
                "the last. So the last weights differ from their average.",
            ),
        ),
    ),
    Question(
        name="jpeg_quality",
        notebook="05",
        before="submission",
        text="At JPEG quality 95, a thousand real faces of 64×64 pixels take 2.45 MB, and the limit is 2,000,000 "
        "bytes. The images are packed into a `.tgz`, which is compressed by gzip. How does the next cell get below "
        "the limit?",
        choices=(
            Choice(
                "By gzip at its highest level, which makes the JPEGs a fifth smaller.",
                "JPEG's last stage already removes most of the redundancy that gzip looks for. gzip makes such files "
                "only a few percent smaller: 3.25 MB became 3.03 MB for 1000 faces of the shipped generator.",
            ),
            Choice(
                "By leaving out the images that compress worst.",
                "The server wants all of `1.jpg` to `1000.jpg`. Besides, choosing images by their size would change "
                "the scores: noisy and detailed images are the large ones.",
            ),
            Choice(
                "By making the images smaller, for example 56×56 pixels.",
                "The server wants 64×64. A JPEG of another size would be refused.",
            ),
            Choice(
                "By a lower JPEG quality, the same for all images: the highest one that fits.",
                "The next cell shows the quality that it found. The size grows with the quality, so a binary search "
                "finds the highest one below the limit. The price is small: compression lowers afd_strict by about "
                "0.03.",
                right=True,
            ),
        ),
    ),
    Question(
        name="collapsed_scores",
        notebook="05",
        before="scores",
        text="Two generators have AFD 0.99. One of them has collapsed: it draws clean faces, but only a few different "
        "ones. Which *two* scores do you look at to tell it from the good one?",
        choices=(
            Choice(
                "`face_precision` and `face_density`",
                "They ask whether each generated face is close to real ones, not how many different ones there are. A "
                "few typical faces over and over pass: a run of `gan_quick` that was beginning to collapse had 0.939 "
                "and 1.294, more than real faces (0.876 and 0.964).",
            ),
            Choice(
                "`duplicates` and `near_copies`",
                "Both count nearly equal pictures only. The collapsed generator of notebook 4 varies the colours of "
                "its face, so that just 2 % of its images have a near copy in the set. `near_copies` compares with "
                "the training images, which is another question.",
            ),
            Choice(
                "`diversity` and `face_recall`",
                "The next cell shows both for your generator. A few faces are close to hardly any of the real ones: "
                "a collapsed run with AFD 0.989 had recall 0.000. Its diversity fell as well, but to 0.807 only, "
                "because hair of several colours differs in many pixels.",
                right=True,
            ),
            Choice(
                "`afd_kit` and `afd_padded`, the two other detection rates",
                "They look at one image at a time, as `afd_strict` does, and clean faces are found by all of them. In "
                "a collapsed run afd_strict was 0.989 and afd_kit 0.996.",
            ),
        ),
    ),
    Question(
        name="untrained_scores",
        notebook="05",
        before="scores",
        text="The table below has a column for an untrained generator: the same layers with their random initial "
        "weights. `duplicates` is the share of images with a near copy in the set. Which numbers will you read there?",
        choices=(
            Choice(
                "afd 0, diversity above 1, duplicates 0: random weights draw random noise.",
                "Noise would have a high diversity. But small initial weights make small outputs: tanh of nearly 0 "
                "is nearly 0, which is a grey pixel. All images are almost the same grey.",
            ),
            Choice(
                "afd 0, diversity near 0, duplicates 1",
                "The next cell shows it. The initial weights have a standard deviation of 0.02. In evaluation mode "
                "an untrained BatchNorm uses its first stored values, mean 0 and variance 1, and so passes on what it "
                "gets. The signal gets smaller from layer to layer, and tanh of nearly 0 is grey, whatever $z$ is. "
                "Every image has a near copy.",
                right=True,
            ),
            Choice(
                "afd 0.5, diversity 0.5, duplicates 0.5: nothing is learned yet, so all is chance.",
                "0.5 is chance for a guess between two equally likely answers. These scores guess nothing: the "
                "detector finds a face only where the image has the features of one.",
            ),
        ),
    ),
    Question(
        name="afd_above_real",
        notebook="05",
        before="eye-text",
        text="For one run, `wgan_gp_wide` on real anime faces, afd_strict is 0.906, and for the real faces "
        "themselves 0.880. Which reading fits best?",
        choices=(
            Choice(
                "The generated faces are better than the real ones.",
                "A higher share of faces *found* is not a higher quality. Faces blurred by one pixel also have a "
                "higher AFD than sharp ones: 0.927 against 0.866 for held-out faces.",
            ),
            Choice(
                "The generator must have copied training images.",
                "Copies of easily found faces alone could have such an AFD. But `near_copies`, which looks for "
                "them, is 0.000 for this run.",
            ),
            Choice(
                "The detector finds some faces more easily than others, such as slightly soft ones, and this generator "
                "may draw many of them. People may still see at once which ones are generated.",
                "The next cell shows it: forty faces, and your own answers. A classifier that is shown images of this "
                "run and real ones is right about 95 of 100 (c2st_error 0.0495). AFD can't see eyes that don't match, "
                "slight blur, or the same face again.",
                right=True,
            ),
            Choice(
                "Nothing: with 1000 images a difference of 0.026 is always chance.",
                "The interval is indeed 0.02 to 0.03 wide in either direction. But even if the difference is real, "
                "it does not say that these faces are better, so chance is not the main problem here.",
            ),
        ),
    ),
    Question(
        name="length_of_z",
        notebook="05",
        before="truncation-text",
        text="The generator was trained with vectors $z$ of standard normal numbers. What does it draw for $0.5\\,z$ "
        "and for $2\\,z$?",
        choices=(
            Choice(
                "For $0.5\\,z$ safer faces that resemble each other more, for $2\\,z$ more different images with "
                "fewer faces.",
                "Measured: with `shipped:drawn` and 400 vectors, afd_kit was 0.965, "
                "0.840 and 0.627 for half, whole and double length, and the mean difference between two images 68, "
                "87 and 105. Shorter vectors are nearer to 0, the mean of the noise; longer ones were never trained.",
                right=True,
            ),
            Choice(
                "The same faces: only the direction of $z$ matters.",
                "A layer with BatchNorm in evaluation mode subtracts a *stored* mean and divides by a *stored* "
                "deviation. It does not normalise the vector at hand, so its length has an effect.",
            ),
            Choice(
                "For $0.5\\,z$ darker faces, for $2\\,z$ brighter ones.",
                "$z$ is no brightness: it enters at the first layer, and each of its numbers changes many features. "
                "The factor changes how far a face is from the average one.",
            ),
            Choice(
                "For both only noise, because the generator has learned vectors of length 10 alone.",
                "A network is a continuous function and does not stop at the lengths that it has seen. For $z = 0$ "
                "it draws one average face; a detector finds it. Faces dissolve gradually as vectors become longer.",
            ),
        ),
    ),
)
