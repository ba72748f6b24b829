"""Questions of notebook 1: the device, the precision, pixels and numbers, seeds."""

from gan_hw.course.question import Choice, Question

QUESTIONS = (
    Question(
        name="device_tried",
        notebook="01",
        before="device-text",
        text="`torch.cuda.is_available()` returns `True`. Is it certain that a network can be trained on this card?",
        choices=(
            Choice(
                "Yes. PyTorch has found the card and its driver, and needs nothing else.",
                "It needs one thing more: kernels, the programs that run on the card. A build of PyTorch holds them "
                "for some generations of cards only, and may have none for an old or a very new one.",
            ),
            Choice(
                "It can also be `True` on a machine that has no card, if CUDA is installed.",
                "Without a card it is `False`: PyTorch asks the driver how many cards there are. The doubt is another "
                "one: whether PyTorch can compute on the card that was found.",
            ),
            Choice(
                "This build of PyTorch may have no kernels for this card, so a computation has to be tried.",
                "The next cell shows it: it runs a convolution forward and backward on every kind of device, "
                "and prints `[OK]` or the error.",
                right=True,
            ),
        ),
    ),
    Question(
        name="precision_auto",
        notebook="01",
        before="chosen",
        text='With `precision = "auto"`, training uses the 16-bit format bf16 on some CPUs and fp32 on the others. '
        "Why not bf16 on every CPU?",
        choices=(
            Choice(
                "A CPU without instructions for bf16 can compute with it, but far more slowly than with fp32.",
                "The kit asks the processor what it can do. The next cell shows the result: it prints the "
                "device and the precision that were chosen on this machine.",
                right=True,
            ),
            Choice(
                "The largest number in bf16 is about 65,000, so that losses overflow on some CPUs.",
                "That is the limit of fp16, the other 16-bit format. bf16 has the range of fp32 and fewer digits. "
                "Both formats have the same limits on every processor.",
            ),
            Choice(
                "PyTorch supports bf16 only on GPUs and on the newest CPUs; elsewhere it raises an error.",
                "PyTorch computes in bf16 on any CPU. Where the processor has no instructions for it, the numbers are "
                "converted back and forth, which costs time, but it works.",
            ),
        ),
    ),
    Question(
        name="why_minus_one",
        notebook="01",
        before="pixels-text",
        text="Pixels are stored as whole numbers from 0 to 255. The networks of this course see real pictures scaled "
        "to $[-1, 1]$. Why to this range?",
        choices=(
            Choice(
                "A convolution can only learn from inputs whose mean is exactly 0.",
                "A mean near 0 helps an optimiser, but is no condition: a bias can make up for any other mean. And the "
                "mean of these pictures is not 0 after the scaling, because most of them are rather bright.",
            ),
            Choice(
                "The generator ends in a $\\tanh$, whose values lie in $[-1, 1]$; real and generated pictures must "
                "have the same range.",
                "With two different ranges the discriminator could tell the pictures apart by their range "
                "alone. The next cell shows the range: it prints the smallest and the largest number.",
                right=True,
            ),
            Choice(
                "The noise $z$ has values from $-1$ to $1$, and a network keeps the range of its input.",
                "$z$ is drawn from a normal distribution, so that about a third of its values lie outside $[-1, 1]$. "
                "And a network does not keep a range: here the last layer alone decides it.",
            ),
            Choice(
                "float32 has more digits between $-1$ and $1$ than between $0$ and $255$.",
                "float32 has about 7 significant digits at every size. Both ranges hold 256 different pixel values "
                "without any loss.",
            ),
        ),
    ),
    Question(
        name="round_trip",
        notebook="01",
        before="pixels",
        text="The next cell turns each of the 256 pixel values into a number in $[-1, 1]$ and back. How many of them "
        "are the same afterwards?",
        choices=(
            Choice(
                "255, because 127 and 128 both become 0.",
                "No pixel becomes 0: it would have to be 127.5. 127 becomes $-0.0039$ and 128 becomes $+0.0039$.",
            ),
            Choice(
                "About three quarters, because the digits after the decimal point are cut off on the way back.",
                "This happens to code that cuts them off: `((x + 1) * 127.5).to(torch.uint8)` gets 193 of the 256 "
                "right. The kit rounds to the nearest whole number first.",
            ),
            Choice(
                "None, because float32 can't represent most of these fractions exactly.",
                "It can't, but its error is below 0.0000001, and neighbouring pixel values are $1/127.5 \\approx "
                "0.008$ apart. Rounding removes so small an error.",
            ),
            Choice(
                "All 256.",
                "Neighbouring values are 0.008 apart, the error of float32 is far smaller, and rounding gives "
                "the nearest whole number. The next cell shows it: its second line ends in `True`.",
                right=True,
            ),
        ),
    ),
    Question(
        name="shown_unscaled",
        notebook="01",
        before="seeds-text",
        text="You give matplotlib a picture with values in $[-1, 1]$ and forget to scale it. matplotlib shows 0 as "
        "black and 1 as white, and cuts off what lies outside. One pixel was stored as 191. How bright does it look?",
        choices=(
            Choice(
                "As bright as a pixel of 191: matplotlib finds the range by itself.",
                "For colour pictures it does not: floats must lie in $[0, 1]$, and others are cut off, with a warning. "
                "Only arrays with a single channel are scaled from their own minimum to their maximum.",
            ),
            Choice(
                "As bright as a pixel of 127.",
                "$191 / 127.5 - 1 \\approx 0.5$, and 0.5 of 255 is about 127. Everything is too dark, and all "
                "pixels below 128 are negative numbers, so they are black.",
                right=True,
            ),
            Choice(
                "Black.",
                "This happens to pixels below 128, whose numbers are negative. 191 becomes about 0.5, and stays "
                "visible.",
            ),
        ),
    ),
    Question(
        name="same_seed",
        notebook="01",
        before="seeds",
        text="The next cell calls `sample_z(3, 100, seed=1)` twice and compares the results. What does it find?",
        choices=(
            Choice(
                "They differ: a random generator goes on, so the second call gets the next numbers.",
                "So it is with one generator that both calls share, such as that of `torch.randn`. `sample_z` makes a "
                "new generator from its seed in every call, which begins again at the first number.",
            ),
            Choice(
                "They are nearly the same: equal up to rounding.",
                "No rounding is involved. The same operations on the same whole numbers give the same bits, and the "
                "cell compares with `torch.equal`, which accepts no difference.",
            ),
            Choice(
                "They are the same, and so are those of `seed=2`: all are standard normal.",
                "They have the same distribution, but not the same values. Another seed is another starting point: the "
                "cell's last line compares seeds 1 and 2.",
            ),
            Choice(
                "They are the same, number by number.",
                "All values follow from the seed. The next cell shows it: `True` for the same seed, and `True` "
                "in the last line, which asks whether another seed gives other values.",
                right=True,
            ),
        ),
    ),
    Question(
        name="same_z_later",
        notebook="01",
        before="next",
        text="Looking ahead to notebook 4: you like one generated face and keep its $z$. You train the generator on, "
        "for another epoch, and draw the same $z$ again. What do you see?",
        choices=(
            Choice(
                "A face that may have changed, because the generator has.",
                "A picture is $G(z)$: it follows from $z$ *and* from the weights. Notebook 4 draws the same 40 "
                "vectors again and again, and so shows how training changes the pictures.",
                right=True,
            ),
            Choice(
                "Exactly the same face, because $z$ decides the picture.",
                "$z$ decides it for one set of weights. Training changes the weights. To show somebody exactly this "
                "face, you need the seed and the file of the generator.",
            ),
            Choice(
                "A face that has nothing to do with the first one, because each $z$ gets a new meaning in each epoch.",
                "Nothing gives out new meanings. The weights change a little in each step, and the pictures with them: "
                "early in a training a face may change much, later less and less.",
            ),
        ),
    ),
)
