"""Questions of notebook 2: pixels in memory, mirroring, colours, the mean face, the range of the numbers."""

from gan_hw.course.question import Choice, Question

QUESTIONS = (
    Question(
        name="memory_of_faces",
        notebook="02",
        before="load",
        text="The next cell reads 6,000 drawn faces of $64 \\times 64$ pixels in three colours, and keeps them as "
        "`uint8`. How much memory do their pixels take?",
        choices=(
            Choice(
                "24.6 MB",
                "This is $6000 \\cdot 64 \\cdot 64$ bytes, one byte for each pixel. A pixel has three values: red, "
                "green and blue.",
            ),
            Choice(
                "73.7 MB",
                "$6000 \\cdot 3 \\cdot 64 \\cdot 64$ values of one byte each. The next cell shows it, in its "
                "first line.",
                right=True,
            ),
            Choice(
                "294.9 MB",
                "This would be float32, which takes four bytes for each value. Therefore the pictures stay `uint8`, "
                "and only a batch at a time becomes float32.",
            ),
            Choice(
                "About 12 MB, as the files of such pictures do",
                "Files are compressed. To take any batch from the set at once, the pixels have to lie unpacked in "
                "memory, and then each value takes its byte, whatever the picture shows.",
            ),
        ),
    ),
    Question(
        name="flip_axis",
        notebook="02",
        before="mirror",
        text="The images have the shape `(N, 3, H, W)`. What does `images.flip(3)` do?",
        choices=(
            Choice(
                "It turns each face upside down.",
                "Rows of pixels lie along axis 2, the height. To reverse their order, and so turn a face upside down, "
                "write `flip(2)`.",
            ),
            Choice(
                "It exchanges red and blue.",
                "Colours lie along axis 1: `flip(1)` makes blue, green, red of red, green, blue. Hair and eyes would "
                "get other colours, and skin would look blue.",
            ),
            Choice(
                "It exchanges left and right.",
                "Axes are counted from 0, so axis 3 is the width, and reversing it mirrors each row of pixels. "
                "The next cell shows it, in its second row.",
                right=True,
            ),
            Choice(
                "It gives the images in reverse order.",
                "Images lie along axis 0: that is `flip(0)`. It changes no picture, only its place in the tensor.",
            ),
        ),
    ),
    Question(
        name="flip_epoch",
        notebook="02",
        before="colours-text",
        text="A recipe with `flip=True` mirrors each picture with probability ½, anew in each epoch. The set has 6,000 "
        "faces, and a batch has 32. How many steps has an epoch?",
        choices=(
            Choice(
                "375, because an epoch now has 12,000 faces.",
                "No copies are made. A picture is shown once in an epoch, either as it is or mirrored. The number of "
                "*different* pictures doubles, but it takes many epochs to see them.",
            ),
            Choice(
                "About 94, because only half of the pictures are mirrored.",
                "The other half is used too, as it is. Each of the pictures of an epoch is shown in one of its two "
                "forms.",
            ),
            Choice(
                "187, as many as without mirroring.",
                "Right: $6000 / 32 = 187.5$, and only full batches count. Mirroring changes what is shown, not how "
                "much. Notebook 4 prints this number.",
                right=True,
            ),
        ),
    ),
    Question(
        name="histogram_peak",
        notebook="02",
        before="colours",
        text="The next cell draws how often each value from 0 to 255 occurs in the red, green and blue of 1,000 faces. "
        "Where is the highest peak for the drawn faces?",
        choices=(
            Choice(
                "At 255, and in red: skin and other light, warm colours have full red.",
                "Nearly 6 % of all red values are 255, and a few times fewer of green and blue: few of these "
                "pixels are white. The next cell shows it, at the right edge of the plot.",
                right=True,
            ),
            Choice(
                "At 0, in all three colours: the outlines are black.",
                "Outlines are thin, so that they have few pixels, and in the drawn faces they are dark, not quite "
                "black: in these 1,000 faces no value is exactly 0.",
            ),
            Choice(
                "Near 127, in all three colours: that is the middle of the range.",
                "The middle is where an *untrained* generator starts: its $\\tanh$ gives about 0, which is grey. Real "
                "pictures need not be there, and drawn faces are mostly bright.",
            ),
            Choice(
                "Nowhere: so many colours are used that each value is about equally frequent.",
                "Hair and clothes do have many colours. But every face has skin, skin has few colours, and light skin "
                "has full red.",
            ),
        ),
    ),
    Question(
        name="mean_face",
        notebook="02",
        before="mean-text",
        text="You add up 5,000 faces, pixel by pixel, and divide by 5,000. What does the result look like?",
        choices=(
            Choice(
                "An even grey: the differences between the faces cancel.",
                "Differences cancel only where the faces have nothing in common. These all have their eyes, mouth and "
                "hair at nearly the same place, and that stays.",
            ),
            Choice(
                "A sharp face with the most frequent hair and eyes.",
                "The most frequent value would be the mode. The mean mixes all values: of a pixel that is blue in one "
                "face and pink in another it makes something between.",
            ),
            Choice(
                "A face, but a blurred one, with pale colours.",
                "What all faces share stays, and what differs is averaged. The next cell shows it, on the left. "
                "A network that minimises the squared distance of pixels draws such averages where it is uncertain.",
                right=True,
            ),
        ),
    ),
    Question(
        name="spread_where",
        notebook="02",
        before="mean",
        text="Beside the mean, the next cell shows how much each pixel varies from face to face: bright where it "
        "varies much. Where is this picture *darkest* for the drawn faces?",
        choices=(
            Choice(
                "In the corners, where there is only background.",
                "A background is simple in one picture, but it is another one in each. So its pixels vary much.",
            ),
            Choice(
                "At the eyes, because each face has them at the same place.",
                "The place is the same, but colours differ, and a pixel is now white, now coloured, now dark. The eyes "
                "are two brighter spots here.",
            ),
            Choice(
                "In the hair, because it covers the largest area.",
                "The size of an area says nothing about its spread. Hair has a dozen colours here, so its pixels "
                "vary much.",
            ),
            Choice(
                "On the cheeks, in the lower half of the face.",
                "Skin is there in nearly every picture, and skin has few colours. The next cell shows it, on "
                "the right. A generator learns such parts first: one answer fits nearly every face.",
                right=True,
            ),
        ),
    ),
    Question(
        name="other_range",
        notebook="02",
        before="batch-text",
        text="Suppose the generator ended in a sigmoid, with values in $(0, 1)$, and the real pictures stayed in "
        "$[-1, 1]$. What would happen?",
        choices=(
            Choice(
                "Nothing special: the discriminator's first layer learns to scale the one range to the other.",
                "The discriminator has no reason to make them alike. It is rewarded for every difference that it "
                "finds, and gets real and generated pictures through the same weights.",
            ),
            Choice(
                "The generator could never draw a pixel darker than middle grey, and the discriminator would know it "
                "by that.",
                "A pixel is $127.5\\,x + 127.5$, so $x > 0$ is the brighter half. The generator can't repair "
                "this by learning. The next cell shows the range of the real ones: that of a $\\tanh$.",
                right=True,
            ),
            Choice(
                "Training would stop with an error, because the two ranges do not fit.",
                "PyTorch compares shapes and types, never ranges. Such a mistake raises no error, which makes it hard "
                "to find. Print the smallest and the largest value of both batches.",
            ),
            Choice(
                "Only the contrast would be lower, which can be corrected when the pictures are saved.",
                "After such a correction they may look right. But during training the discriminator sees the pictures "
                "without it, and can always tell dark real pixels from generated ones.",
            ),
        ),
    ),
    Question(
        name="no_picture_opened",
        notebook="02",
        before="cache",
        text="The next cell replaces `PIL.Image.open` by a function that always raises an error, and then asks for the "
        "faces a second time. What happens?",
        choices=(
            Choice(
                "It gets the same faces: they are read from the tensor that was stored the first time.",
                "The stored file's name holds a fingerprint of the source, so it is found again as long as the "
                "source is the same. The next cell shows it: it prints `True`.",
                right=True,
            ),
            Choice(
                'It stops with "a picture was opened", because a data loader opens pictures when they are needed.',
                "Many data loaders do so, in every epoch anew, and decoding then takes a good part of the time. Here "
                "all pictures are decoded once, and kept as one tensor.",
            ),
            Choice(
                "It gets faces, but in another order, and prints `False`.",
                "Reading does not shuffle: the stored tensor has one fixed order. The order changes during training, "
                "where each epoch has its own.",
            ),
        ),
    ),
)
