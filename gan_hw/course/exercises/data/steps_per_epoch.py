"""Exercise `steps_per_epoch` of notebook 4: How many steps are in an epoch?."""

from gan_hw.course.exercise import Case, Exercise
from gan_hw.course.exercises.shared import whole_numbers


def _epoch_case(image_count: int, batch_size: int, n_critic: int) -> Case:
    words = f"{image_count} images in batches of {batch_size}, with n_critic {n_critic}"
    return Case(words, lambda: (image_count, batch_size, n_critic))


STEPS_PER_EPOCH = Exercise(
    name="steps_per_epoch",
    notebook="04",
    points=1,
    title="How many steps are in an epoch?",
    task="""An epoch is one pass over the data set in full batches; the images of a last, incomplete batch are left out.
Every full batch is used for one step of D. Together with every `n_critic`-th of these steps (counted from 1) there is
one step of G: a WGAN's critic learns several times before G may learn from it. Write `steps_per_epoch`, for the first
epoch of a training.""",
    hints=(
        "How many full batches fit into the data set? Python's `//` divides and rounds down.",
        "With 13 steps of D and `n_critic` 5, G makes its steps with the 5th and the 10th. How do you get 2 from 13 "
        "and 5?",
        "`d_steps = image_count // batch_size`, and G makes `d_steps // n_critic` steps.",
    ),
    cases=[
        _epoch_case(71_314, 64, 5),
        _epoch_case(1000, 100, 1),
        _epoch_case(645, 64, 2),
        _epoch_case(50, 16, 4),
        _epoch_case(50, 64, 1),
    ],
    observe=whole_numbers,
    tolerance=1e-9,
)


@STEPS_PER_EPOCH.solution
def steps_per_epoch(image_count, batch_size, n_critic):
    """Number of images, images in a batch, steps of D for each of G -> (steps of D, steps of G) in the first epoch."""
    d_steps = image_count // batch_size
    return d_steps, d_steps // n_critic


@STEPS_PER_EPOCH.right
def _by_counting(image_count, batch_size, n_critic):
    d_steps = len(range(batch_size, image_count + 1, batch_size))
    return d_steps, sum(step % n_critic == 0 for step in range(1, d_steps + 1))


@STEPS_PER_EPOCH.right
def _by_larger_batches(image_count, batch_size, n_critic):
    return image_count // batch_size, image_count // (batch_size * n_critic)


@STEPS_PER_EPOCH.right
def _by_remainders(image_count, batch_size, n_critic):
    d_steps = (image_count - image_count % batch_size) / batch_size
    return int(d_steps), int((d_steps - d_steps % n_critic) / n_critic)


@STEPS_PER_EPOCH.right
def _as_a_training(image_count, batch_size, n_critic):
    d_steps = g_steps = 0
    while image_count >= batch_size:
        image_count -= batch_size
        d_steps += 1
        if d_steps % n_critic == 0:
            g_steps += 1
    return [d_steps, g_steps]


@STEPS_PER_EPOCH.wrong("the last, incomplete batch is counted: only full batches make a step")
def _incomplete_batch(image_count, batch_size, n_critic):
    d_steps = -(-image_count // batch_size)
    return d_steps, d_steps // n_critic


@STEPS_PER_EPOCH.wrong("G's steps are rounded up: it makes its step with the n_critic-th of D's steps, not before")
def _g_rounded_up(image_count, batch_size, n_critic):
    d_steps = image_count // batch_size
    return d_steps, -(-d_steps // n_critic)


@STEPS_PER_EPOCH.wrong("where the images fill no batch there is no step: {got} instead of {expected} for {case}")
def _one_step_at_least(image_count, batch_size, n_critic):
    d_steps = max(1, image_count // batch_size)
    return d_steps, d_steps // n_critic


@STEPS_PER_EPOCH.wrong("the numbers are right, but they are floats: steps are counted in integers, and // gives them")
def _as_floats(image_count, batch_size, n_critic):
    return tuple(map(float, steps_per_epoch(image_count, batch_size, n_critic)))


@STEPS_PER_EPOCH.wrong("steps come whole: round both numbers down")
def _fractions(image_count, batch_size, n_critic):
    return image_count / batch_size, image_count / batch_size / n_critic


@STEPS_PER_EPOCH.wrong("n_critic works the wrong way round: D makes n_critic steps for each of G, so G makes fewer")
def _more_for_g(image_count, batch_size, n_critic):
    d_steps = image_count // batch_size
    return d_steps, d_steps * n_critic


@STEPS_PER_EPOCH.wrong("each of D's steps uses a batch of its own: n_critic makes G's steps fewer, and not D's more")
def _more_for_d(image_count, batch_size, n_critic):
    d_steps = image_count // batch_size
    return d_steps * n_critic, d_steps


@STEPS_PER_EPOCH.wrong("the two results are exchanged: D's steps come first")
def _g_first(image_count, batch_size, n_critic):
    return steps_per_epoch(image_count, batch_size, n_critic)[::-1]


@STEPS_PER_EPOCH.wrong("n_critic is not used: G makes a step only with every n_critic-th of D's")
def _g_every_time(image_count, batch_size, *_):
    return image_count // batch_size, image_count // batch_size


@STEPS_PER_EPOCH.wrong("D makes a step with every batch, also with those with which G makes one")
def _g_in_place_of_d(image_count, batch_size, n_critic):
    d_steps, g_steps = steps_per_epoch(image_count, batch_size, n_critic)
    return d_steps - g_steps, g_steps


@STEPS_PER_EPOCH.wrong("a step takes a whole batch, not one image")
def _image_by_image_steps(image_count, _, n_critic):
    return image_count, image_count // n_critic
