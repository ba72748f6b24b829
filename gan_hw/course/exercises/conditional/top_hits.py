"""Exercise `top_hits` of notebook 7: Did it draw what was asked for?."""

from torch import Tensor

from gan_hw.course.exercise import Case, Exercise
from gan_hw.course.exercises.conditional.multi_hot import multi_hot
from gan_hw.course.exercises.shared import in_words, random_normal


def _hits_case(count: int, classes: int, most: int, probabilities: bool = False) -> Case:
    def arguments() -> tuple[Tensor, Tensor]:
        outputs = random_normal(count, classes, seed=6)
        rows = [
            row[: most - n % most].tolist() for n, row in enumerate(random_normal(count, classes, seed=7).argsort(1))
        ]
        return outputs.sigmoid() if probabilities else outputs, multi_hot(rows, classes).long()

    what = "probabilities" if probabilities else "logits"
    return Case(f"{what} of {in_words(count)} and {classes} classes, of which up to {most} were asked for", arguments)


TOP_HITS = Exercise(
    name="top_hits",
    notebook="07",
    points=2,
    title="Did it draw what was asked for?",
    task="""A classifier that took no part in the training reads the images. If $k$ classes were asked for in an image,
its $k$ highest outputs for that image count as what it found there; $k$ differs from image to image. The score is the
number of hits in all images, divided by the number of all classes asked for. Write `top_hits`. The outputs may be
logits or probabilities: only their order within an image counts.""",
    hints=(
        "Go through the images one by one. `outputs[n].topk(k).indices` are the classes of the k highest outputs.",
        "`asked[n]` at these indices is 1 for each hit. Add up all hits, and divide once, at the end.",
        "`hits += asked[n][outputs[n].topk(int(asked[n].sum())).indices].sum()`",
    ),
    cases=[
        _hits_case(11, 7, 3),
        _hits_case(9, 6, 4, probabilities=True),
        _hits_case(1, 8, 5),
    ],
)


@TOP_HITS.solution
def top_hits(outputs, asked):
    """outputs, asked (N, K): asked holds 0 and 1, at least one 1 in each row. Returns the score, from 0 to 1."""
    hits = 0
    for image_outputs, image_asked in zip(outputs, asked, strict=True):
        highest = image_outputs.topk(int(image_asked.sum())).indices
        hits += image_asked[highest].sum()
    return hits / asked.sum()


@TOP_HITS.right
def _by_ranks(outputs, asked):
    ranks = outputs.argsort(1, descending=True).argsort(1)
    found = ranks < asked.sum(1, keepdim=True)
    return (found * asked).sum() / asked.sum()


@TOP_HITS.right
def _by_the_lowest_of_the_highest(outputs, asked):
    ordered = outputs.sort(1, descending=True).values
    lowest = ordered.gather(1, asked.sum(1, keepdim=True) - 1)
    return float(((outputs >= lowest) & (asked == 1)).sum()) / float(asked.sum())


@TOP_HITS.right
def _by_counting_higher_outputs(outputs, asked):
    higher = (outputs[:, None, :] > outputs[:, :, None]).sum(2)
    return asked[higher < asked.sum(1)[:, None]].sum() / asked.sum()


@TOP_HITS.right
def _with_lists(outputs, asked):
    hits = total = 0
    for values, flags in zip(outputs.tolist(), asked.tolist(), strict=True):
        wanted = {k for k, flag in enumerate(flags) if flag}
        order = sorted(range(len(values)), key=lambda k: -values[k])
        hits, total = hits + len(wanted & set(order[: len(wanted)])), total + len(wanted)
    return hits / total


@TOP_HITS.wrong("that is the mean over images: add up the hits of all, and divide once by all classes asked for")
def _mean_over_images(outputs, asked):
    return sum(top_hits(outputs[n : n + 1], asked[n : n + 1]) for n in range(len(outputs))) / len(outputs)


@TOP_HITS.wrong("only the highest output of each image is used: as many count as classes were asked for")
def _highest_alone(outputs, asked):
    return asked.gather(1, outputs.argmax(1, keepdim=True)).sum() / asked.sum()


@TOP_HITS.wrong("the outputs are compared with 0.5: what counts is which are the highest of their image")
def _above_a_half(outputs, asked):
    return ((outputs > 0.5) * asked).sum() / asked.sum()


@TOP_HITS.wrong("the outputs are compared with 0: what counts is which are the highest of their image")
def _above_zero(outputs, asked):
    return ((outputs > 0) * asked).sum() / asked.sum()


@TOP_HITS.wrong("the lowest outputs are taken, and not the highest")
def _lowest(outputs, asked):
    return top_hits(-outputs, asked)


@TOP_HITS.wrong("the hits are divided by the number of images: divide by the number of classes asked for")
def _per_image(outputs, asked):
    return top_hits(outputs, asked) * asked.sum() / len(asked)


@TOP_HITS.wrong("the hits are divided by N times K: divide by the number of classes asked for")
def _per_output(outputs, asked):
    return top_hits(outputs, asked) * asked.sum() / asked.numel()


@TOP_HITS.wrong("the largest k of the batch is used for every image: each has its own, how many were asked of it")
def _largest_k_for_all(outputs, asked):
    highest = outputs.topk(int(asked.sum(1).max()), 1).indices
    return asked.gather(1, highest).sum() / asked.sum()


@TOP_HITS.wrong("the highest outputs of the whole batch are taken: each image has its own")
def _over_the_batch(outputs, asked):
    return top_hits(outputs.reshape(1, -1), asked.reshape(1, -1))


@TOP_HITS.wrong("an image counts only where all its classes are hit: each class that is hit counts")
def _whole_images(outputs, asked):
    ranks = outputs.argsort(1, descending=True).argsort(1)
    return ((ranks < asked.sum(1, keepdim=True)) == asked).all(1).float().mean()


@TOP_HITS.wrong("classes that were neither asked for nor found count as hits: count those asked for alone")
def _with_those_not_asked_for(outputs, asked):
    ranks = outputs.argsort(1, descending=True).argsort(1)
    return ((ranks < asked.sum(1, keepdim=True)) == asked).float().mean()
