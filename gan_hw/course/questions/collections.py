"""Questions of notebook 8: other pictures, small collections, and distances instead of a face detector."""

from gan_hw.course.question import Choice, Question

QUESTIONS = (
    Question(
        name="batchnorm_and_penalty",
        notebook="08",
        before="recipes-text",
        text="Several published recipes use BatchNorm in a critic with a gradient penalty. The kit accepts that only "
        "with `as_published=True`. What speaks against it?",
        choices=(
            Choice(
                "BatchNorm has no second derivative, so the penalty can't be trained.",
                "It has one, and these recipes do train. The kit's runs with BatchNorm and a penalty gave faces: AFD "
                "0.752 after four minutes, against 0.776 with InstanceNorm.",
            ),
            Choice(
                "BatchNorm already limits the slope, so the penalty has nothing to do.",
                "A norm rescales the features, but it sets no bound on how steep the critic is in the image: the "
                "last layer can have weights of any size.",
            ),
            Choice(
                "BatchNorm needs large batches, and with a penalty these do not fit into memory.",
                "The published recipes use batches of 512, so memory was no obstacle there. The reason lies in what "
                "the penalty asks for.",
            ),
            Choice(
                "The penalty is about each image's own gradient, and with BatchNorm each image's score depends on "
                "the other images of the batch.",
                "The penalty asks for a norm of 1 for the gradient of a critic that maps *one* image to one score. "
                "With BatchNorm there is no such function: the score depends on the batch, and so the gradient mixes "
                "the images. InstanceNorm and LayerNorm look at one image at a time.",
                right=True,
            ),
        ),
    ),
    Question(
        name="loss_and_distance",
        notebook="08",
        before="curves-text",
        text="The curves below show the critic's loss, the generator's loss and the distance of the generated "
        "pictures from the real ones. Which of them tells that the pictures get better?",
        choices=(
            Choice(
                "The critic's loss: the nearer it comes to 0, the better the pictures, and its scale is always the "
                "same.",
                "Minus the critic's loss does estimate a distance (notebook 4), and after the first minute it shrinks "
                "here too. But the critic learns as well, the penalty is in the curve, and the estimate is noisy: its "
                "height can't be compared between runs, or with real pictures.",
            ),
            Choice(
                "The distance: it falls quickly at first, then slowly (after a rise at the very beginning).",
                "The next cell shows it. The network in whose features it is measured does not change during the "
                "training, so the scale stays the same. In the stored curves it rises to about 16 and then falls to "
                "0.3, while the losses go up and down.",
                right=True,
            ),
            Choice(
                "The generator's loss: it falls as the pictures get better.",
                "It is minus the mean score that the critic gives, and the critic's scale and zero are not fixed. In "
                "the stored curves it falls, rises and falls again, while the distance gets smaller.",
            ),
            Choice(
                "None: a GAN's quality can only be judged by eye.",
                "The eye judges single pictures well, but it easily misses that a thousand of them have too little "
                "variety. The distance to real pictures in the features of a fixed network rises with either fault.",
            ),
        ),
    ),
    Question(
        name="real_against_real",
        notebook="08",
        before="distance-text",
        text="The line `real` compares real pictures with *other* real pictures. `kernel`, called `face_kernel` above, "
        "is an unbiased estimate of a squared distance, and `frechet` compares estimated means and covariances. What "
        "will they be?",
        choices=(
            Choice(
                "`kernel` is near 0, perhaps slightly below, and `frechet` clearly above 0.",
                "The next cell shows it. An unbiased estimate of 0 must sometimes be negative. A covariance estimated "
                "from few pictures is never exact, and every error makes the Fréchet distance larger. With half as "
                "many pictures it would be larger still: compare only values of the same number of pictures.",
                right=True,
            ),
            Choice(
                "Both are exactly 0: the pictures come from the same collection.",
                "The *distributions* are the same, the pictures are not. What is measured is a distance of two "
                "samples, and two samples differ by chance.",
            ),
            Choice(
                "Both are near 0, and never below, since a distance can't be negative.",
                "The true distance can't, but an unbiased *estimate* of it can: the values of different samples lie "
                "on both sides of the truth, and the truth is 0 here.",
            ),
            Choice(
                "`frechet` is near 0, and `kernel` clearly above it: it compares all pairs of pictures.",
                "All pairs are what makes the kernel distance unbiased: pairs of a picture with itself are left out. "
                "The Fréchet distance is the one that comes out too large from few pictures.",
            ),
        ),
    ),
    Question(
        name="recall_of_the_last",
        notebook="08",
        before="distance",
        text="`precision` is the share of generated pictures that lie among real ones, `recall` the share of real "
        "pictures that lie among generated ones. After a few minutes of training, how will `recall` of `last` "
        "compare with that of `real`?",
        choices=(
            Choice(
                "About the same: the critic has seen all real pictures.",
                "It has seen them, but the generator never does. It only learns what the critic's gradient "
                "tells it, and rare kinds of pictures contribute little to that.",
            ),
            Choice(
                "Higher: a young generator's pictures are blurred, and so they lie near to many real ones.",
                "Blur moves a picture away in these features: real faces blurred by one pixel have a recall of 0.035. "
                "To be near many real pictures, the generated ones must be as varied as they are, and as sharp.",
            ),
            Choice(
                "Lower: some real pictures have no generated one nearby.",
                "The next cell shows it. Even after 15 minutes, a run on real faces had precision 0.905 but recall "
                "0.754, and held-out real faces 0.876 and 0.878. A precision above the real one is no contradiction: "
                "typical pictures lie among the real ones, rare ones are missing.",
                right=True,
            ),
        ),
    ),
    Question(
        name="disturbed_pictures",
        notebook="08",
        before="facts-text",
        text="With `augment=True` (DiffAugment) the critic sees every picture shifted, with other colours and with a "
        "part cut out. What do the pictures look like that the *finished* generator draws?",
        choices=(
            Choice(
                "They are shifted and have grey squares, as all pictures that the critic accepted.",
                "That happens when only the *real* pictures are disturbed: then $G$ has to imitate the disturbance. "
                "Here generated pictures are disturbed too, after $G$, so $G$ need not do it.",
            ),
            Choice(
                "They are ordinary pictures, without any disturbance.",
                "The next cell shows it. Real and generated pictures pass through the same kind of random disturbance "
                "before the critic, and $G$'s gradient passes through it as well. $G$ matches the disturbed real "
                "pictures by drawing undisturbed ones.",
                right=True,
            ),
            Choice(
                "They are grey in the middle, because the critic often could not see that part.",
                "The square is at a random place each time. Over many steps every pixel is seen, so all of them get "
                "a gradient.",
            ),
            Choice(
                "They are blurred: the mean of all shifts and colours.",
                "A mean would be the answer to a squared error between pictures. The critic judges each picture "
                "by itself, and a blurred one is still easy to tell from a sharp one when both are shifted.",
            ),
        ),
    ),
    Question(
        name="brightness_in_hsi",
        notebook="08",
        before="facts-hsi",
        text=r"With `d_input=hsi` the critic sees hue (two numbers), saturation and intensity, each in $[-1, 1]$. "
        "A dark grey pixel becomes light grey. What changes?",
        choices=(
            Choice(
                "Three of the four numbers, because red, green and blue all change",
                "That is so in RGB, where all three numbers change. Hue and saturation depend on the *ratios* of red, "
                "green and blue, and in every grey these are equal.",
            ),
            Choice(
                "Saturation and intensity: a lighter colour is less saturated.",
                "A colour that is mixed with white is. Grey has no saturation to lose: it is the lowest value, -1 on "
                "this scale, for every grey.",
            ),
            Choice(
                "Intensity alone",
                "The next cell shows it: the intensity goes from -0.5 to 0.5, and the saturation stays at -1, which "
                "stands for none. (The cell prints two of the four; grey has no hue either.) So a generator that only "
                "turns up the light changes one number of four here, and all three in RGB.",
                right=True,
            ),
        ),
    ),
    Question(
        name="three_hundred_faces",
        notebook="08",
        before="experiment-text",
        text="A GAN learns from 300 faces for eight minutes, without any augmentation. All the while its distance to "
        "*other* faces of the same kind is measured. What does the curve look like?",
        choices=(
            Choice(
                "It falls to the end: more training is always better, if slower and slower.",
                "For 12,000 faces that is nearly true. But 300 faces can be learned by heart by the critic, and then "
                "it no longer asks what faces look like in general.",
            ),
            Choice(
                "It does not fall at all: 300 pictures are too few to begin with.",
                "The first minutes are spent on what all faces have in common: outlines, places, colours. "
                "300 pictures show enough of that.",
            ),
            Choice(
                "It falls for a few minutes, then it rises.",
                "In the kit's run it fell for 3.1 minutes to 0.257 and rose to 0.363, because the critic had memorised "
                "the 300 faces. With mirrored and disturbed pictures it was 0.125 at the end. AFD does not show it: "
                'without augmentation it was the highest, 0.906. `experiment = "augmentation"` repeats this, with '
                '`data = "faces.zip?take=300"` and `beside = "faces.zip"`.',
                right=True,
            ),
            Choice(
                "It falls to the value of real faces, because the generator draws copies of the 300.",
                "No run of the kit drew a near copy of one of the 300. Copies would indeed have a small distance: 500 "
                "real faces over and over have 0.0017, held-out real faces 0.0013. So `near_copies` looks for them.",
            ),
        ),
    ),
    Question(
        name="longer_z",
        notebook="08",
        before="experiment",
        text="What do you expect when $z$ has 512 numbers instead of 100, and everything else stays?",
        choices=(
            Choice(
                "Much more varied pictures: five times as many numbers describe five times as many pictures.",
                "100 normal numbers already allow far more different pictures than any collection has. What limits "
                "variety is what $G$ has learned, not the number of its inputs.",
            ),
            Choice(
                "No clear gain",
                'In the kit\'s run (`experiment = "z"`) diversity was 0.965 against 0.959, and the distance at the '
                "end 0.283 against 0.245. That is one run each, so such differences say nothing. The source of the "
                "512 gained nothing with it either.",
                right=True,
            ),
            Choice(
                "Sharper pictures, because $z$ carries the details",
                "Details are made by the convolutions from the feature maps. $z$ only enters the first layer, which "
                "makes maps of 4×4 pixels.",
            ),
            Choice(
                "An error: the generator needs a $z$ of the size that its first layer has.",
                "A *trained* generator does, and a $z$ of another length would be an error there. Here `z_dim` is a "
                "field of the recipe, so a new first layer of that size is built and trained.",
            ),
        ),
    ),
)
