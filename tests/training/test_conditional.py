"""Networks that are told classes, and objectives in which the discriminator reads them."""

import math

import pytest
import torch
import torch.nn.functional as F
from conftest import image_set, small
from torch import nn

from gan_hw.data.images import ImageSet, to_float
from gan_hw.inference.sampling import generate, sample_z
from gan_hw.inference.weights import load_generator
from gan_hw.loss_wrappers import AuxiliaryClassifier
from gan_hw.losses import Standard
from gan_hw.networks.conditional import STORED_ROWS, LabelBoundDiscriminator
from gan_hw.recipes import ICLEVR, RECIPES
from gan_hw.recipes.build import build_discriminator, build_generator, build_objective
from gan_hw.training.batches import Batches
from gan_hw.training.ema import ema_decay
from gan_hw.training.trainer import Trainer

CPU = torch.device("cpu")
WAYS = {
    "plane": {"d_condition": "plane"},
    "projection": {"d_condition": "projection"},
    "read": {"auxiliary_weight": 1.0},
    "projection and read": {"d_condition": "projection", "auxiliary_weight": 0.5},
}


def labelled(n=24, classes=3):
    """Noise, of which each image shows one of three classes: a third of its rows are bright."""
    images = image_set(n).images.clone()
    chosen = torch.arange(n) % classes
    for image, k in zip(images, chosen, strict=True):
        image[:, 21 * k : 21 * (k + 1)] = 255
    return ImageSet(images, "noise", "noise", "0" * 8, F.one_hot(chosen, classes).byte(), ("a x", "b x", "c x"))


def conditional(name, way, **fields):
    return small(name, conditional=True, **WAYS[way], **fields)


def asked(way, name="wgan_gp", n=6):
    """A discriminator asked of n images' labels, and these images."""
    images = labelled(n)
    discriminator = build_discriminator(conditional(name, way, classes=3))
    return LabelBoundDiscriminator(discriminator, images.labels), to_float(images.images)


@pytest.mark.parametrize("way", WAYS)
def test_one_pass_over_two_batches_is_two_passes(way):
    discriminator, images = asked(way)
    together = discriminator(torch.cat([images, images.flip(3)]))
    torch.testing.assert_close(together, torch.cat([discriminator(images), discriminator(images.flip(3))]))


@pytest.mark.parametrize("way", ["plane", "projection"])
def test_the_logit_depends_on_what_is_asked_and_only_where_d_is_told(way):
    discriminator, images = asked(way)
    other = LabelBoundDiscriminator(discriminator.discriminator, discriminator.labels.flip(1))
    changed = (discriminator(images) - other(images)).abs() > 1e-6
    assert torch.equal(changed, (discriminator.labels != other.labels).any(1))
    reader, images = asked("read")
    torch.testing.assert_close(
        reader(images), LabelBoundDiscriminator(reader.discriminator, reader.labels.flip(1))(images)
    )


def test_projection_by_hand():
    """Miyato & Koyama 2018, equation 3: the logit is linear in the features, and so is the labels' part."""
    discriminator, images = asked("projection")
    network = discriminator.discriminator
    features = network.body.features(images)
    by_hand = network.body.logits(features) + (network.embed.weight.T[[0, 1, 2, 0, 1, 2]] * features.flatten(1)).sum(1)
    torch.testing.assert_close(discriminator(images), by_hand)


def test_several_classes_at_once_add_up_in_the_projection():
    discriminator, images = asked("projection")
    network = discriminator.discriminator
    none, first, both = (network(images, torch.tensor([row] * 6)) for row in ([0, 0, 0], [1, 0, 0], [1, 1, 0]))
    second = network(images, torch.tensor([[0, 1, 0]] * 6))
    torch.testing.assert_close(both - none, (first - none) + (second - none))


class Fixed:
    """A discriminator that says 2 of every image, and reads the logits 3, -1 off each."""

    per_image = False

    def __call__(self, images, labels=None):
        return torch.full((len(images),), 2.0)

    def classify(self, images):
        return torch.tensor([[3.0, -1.0]]).repeat(len(images), 1)


def test_auxiliary_losses_by_hand():
    """log(1 + e^-l) where a class is there, log(1 + e^l) where not; mean over classes and images."""
    right = (math.log1p(math.exp(-3)) + math.log1p(math.exp(-1))) / 2  # the label is 1, 0
    wrong = (math.log1p(math.exp(3)) + math.log1p(math.exp(1))) / 2  # 0, 1
    discriminator = LabelBoundDiscriminator(Fixed(), torch.tensor([[1, 0], [0, 1]]))
    images, base = torch.zeros(2, 3, 8, 8), Standard()
    objective = AuxiliaryClassifier(base, weight=0.5)
    misread = 0.5 * (right + wrong) / 2
    found = objective.discriminator_loss(discriminator, images, images)
    assert found.item() == pytest.approx(base.discriminator_loss(discriminator, images, images).item() + misread)
    found = objective.generator_loss(discriminator, images, images)
    assert found.item() == pytest.approx(base.generator_loss(discriminator, images, images).item() + misread)


def test_generated_images_are_read_by_d_only_if_so_said():
    class Reader(Fixed):
        read_images = 0

        def classify(self, images):
            Reader.read_images += len(images)
            return super().classify(images)

    images = torch.zeros(2, 3, 8, 8)
    discriminator = LabelBoundDiscriminator(Reader(), torch.tensor([[1, 0], [0, 1]]))
    AuxiliaryClassifier(Standard(), on_fakes=False).discriminator_loss(discriminator, images, images)
    assert Reader.read_images == 2
    AuxiliaryClassifier(Standard(), on_fakes=True).discriminator_loss(discriminator, images, images)
    assert Reader.read_images == 6


def test_label_smoothing_by_hand():
    """Real images should read 0.9: -0.9 log s(2) - 0.1 log s(-2); fakes 0: -log s(-2)."""
    real, fake = math.log1p(math.exp(-2)), math.log1p(math.exp(2))
    loss = Standard(0.1).discriminator_loss(Fixed(), torch.zeros(2, 3, 8, 8), torch.zeros(2, 3, 8, 8))
    assert loss.item() == pytest.approx((0.9 * real + 0.1 * fake + fake) / 2)


def test_a_z_has_labels_of_its_own_that_its_neighbours_do_not_change():
    generator = build_generator(conditional("gan", "read", classes=3))
    rows = torch.zeros(10, 3, dtype=torch.uint8)
    rows[:9, 0] = 1
    rows[9:, 2] = 1
    generator.store_labels(rows, seed=0)
    z = sample_z(4000, 100)
    own = generator.labels_for(z)
    assert torch.equal(own[:7], generator.labels_for(z[:7]))
    assert own.float().mean(0).tolist() == pytest.approx(generator.rows.float().mean(0).tolist(), abs=0.02)
    assert abs(torch.corrcoef(torch.stack([z[:, 0], own[:, 2].float()]))[0, 1]) < 0.05
    images = generate(generator, z[:6])
    assert torch.equal(images, generate(generator, z[:6], own[:6]))
    other = generate(generator, z[:6], own[:6].flip(1))
    assert (images != other).flatten(1).any(1).all()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["gan", "wgan", "wgan_gp"])
def test_every_objective_trains_every_way_and_resumes_exactly(name, way, tmp_path):
    recipe, images = conditional(name, way), labelled()
    whole = Trainer(recipe, images, tmp_path / "whole", device="cpu", precision="fp32", quiet=True)
    whole.train(steps=6)
    Trainer(recipe, images, tmp_path / "parts", device="cpu", precision="fp32", quiet=True).train(steps=3)
    parts = Trainer(recipe, images, tmp_path / "parts", device="cpu", precision="fp32", quiet=True)
    parts.train(steps=6)
    for network in ("generator", "discriminator", "ema"):
        for value, other in zip(*(getattr(t, network).state_dict().values() for t in (whole, parts)), strict=True):
            assert torch.equal(value, other)
    loaded, kept = load_generator(tmp_path / "whole")
    assert kept.classes == 3 and kept.conditional
    z, labels = sample_z(4, 100), images.labels[:4]
    assert torch.equal(generate(loaded, z, labels), generate(whole.ema, z, labels))


def test_d_learns_to_read_what_g_is_then_asked_for(tmp_path):
    images = labelled(48)
    recipe = conditional("gan_quick", "read", lr_d=2e-3)
    trainer = Trainer(recipe, images, tmp_path, device="cpu", precision="fp32", quiet=True)
    trainer.train(steps=60)
    discriminator = trainer.discriminator.eval()
    with torch.no_grad():
        read = discriminator.classify(to_float(images.images)).argmax(1)
    assert (read == images.labels.argmax(1)).float().mean() > 0.9


@pytest.mark.parametrize("way", WAYS)
def test_clipping_holds_what_judges_images_and_leaves_what_sees_labels_alone(way):
    recipe = conditional("wgan", way, classes=3)
    discriminator = build_discriminator(recipe)
    build_objective(recipe).after_discriminator_step(discriminator)
    free = {name for name, weight in discriminator.named_parameters() if weight.abs().max() > 0.0101}
    assert {name.split(".")[0] for name in free} <= {"plane", "reader"}
    assert bool(free) == (way != "projection")
    assert max(weight.abs().max() for weight in discriminator.body.parameters()) <= 0.0101


def test_a_loop_body_may_ask_for_any_number_of_images(tmp_path):
    trainer = Trainer(conditional("gan", "read"), labelled(), tmp_path, device="cpu", quiet=True)
    for n in (2, 8, 13):
        assert trainer.gan.sample(n).shape[0] == n
    assert isinstance(trainer.gan.objective.bound(trainer.discriminator), LabelBoundDiscriminator)


def test_the_average_s_half_life_is_in_images_however_often_a_batch_is_used():
    once, often = (RECIPES["gan"].replace(repeats=repeats) for repeats in (1, 4))
    assert ema_decay(often, 10**6) ** 4 == pytest.approx(ema_decay(once, 10**6))


def test_the_same_batch_several_steps_in_a_row():
    images = labelled(24)
    once = Batches(images.images, small("gan", batch_size=4), 3, CPU, images.labels)
    thrice = Batches(images.images, small("gan", batch_size=4, repeats=3), 3, CPU, images.labels)
    assert (len(once), len(thrice)) == (6, 18)
    for step in (0, 1, 2, 3, 17, 18, 35):
        assert torch.equal(thrice[step], once[step // 3])
        assert torch.equal(thrice.labels_of(step), once.labels_of(step // 3))


def test_labels_stay_with_their_images():
    images = labelled(24)
    batches = Batches(images.images, small("gan", batch_size=4), 3, CPU, images.labels)
    for step in range(12):
        bright = [int((image.mean((0, 2)) > 0.9).nonzero()[0]) // 21 for image in batches[step]]
        assert batches.labels_of(step).argmax(1).tolist() == bright


def test_images_seen_are_counted_once_however_often_a_batch_is_used(tmp_path):
    trainer = Trainer(conditional("gan", "read", repeats=4), labelled(), tmp_path, device="cpu", quiet=True)
    trainer.train(epochs=2)
    assert trainer.step == 2 * 3 * 4 and trainer.seen == 2 * 24


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"d_condition": "plane"}, "has no meaning unless conditional is True"),
        ({"auxiliary_weight": 1}, "has no meaning unless conditional is True"),
        ({"conditional": True}, "nothing teaches G the classes"),
        (
            {"conditional": True, "d_condition": "plane", "auxiliary_weight": 1},
            "D would read the classes off the plane",
        ),
        ({"conditional": True, "d_condition": "sideways"}, "choose one of none, plane, projection"),
        ({"conditional": True, "auxiliary_weight": -1}, "must not be negative"),
        ({"label_smoothing": 0.6}, "must be below 0.5"),
        ({"repeats": 0}, "repeats=0 must be greater than 0"),
    ],
)
def test_impossible_recipes_are_refused_by_name(fields, words):
    with pytest.raises(ValueError, match=words):
        RECIPES["gan"].replace(**fields)


def test_smoothing_belongs_to_the_standard_objective():
    with pytest.raises(ValueError, match="and 0 in a Wasserstein GAN"):
        RECIPES["wgan"].replace(label_smoothing=0.1)


def test_a_conditional_recipe_needs_labels(tmp_path):
    with pytest.raises(
        ValueError, match=r"is conditional, and 'noise' has no labels; name a table of them: noise\?lab"
    ):
        Trainer(conditional("gan", "read"), image_set(), tmp_path, device="cpu")


def test_rows_remembered_are_as_many_for_any_data_set():
    assert build_generator(conditional("gan", "read", classes=5)).rows.shape == (STORED_ROWS, 5)


def test_every_row_of_the_conditional_lab_trains(tmp_path):
    images = labelled()
    for recipe in ICLEVR:
        recipe = recipe.replace(feature_dim=4, batch_size=8)
        looks = nn.Sequential(nn.Flatten(), nn.Linear(3 * 64 * 64, 2)) if recipe.content != "none" else None
        trainer = Trainer(recipe, images, tmp_path / recipe.name, device="cpu", feature_extractor=looks, quiet=True)
        trainer.train(steps=4)
        assert all(math.isfinite(trainer.history[-1][name]) for name in ("loss_d", "loss_g"))
        faces = generate(trainer.ema, sample_z(2, 100), images.labels[:2])
        again, _ = load_generator(tmp_path / recipe.name)
        assert torch.equal(faces, generate(again, sample_z(2, 100), images.labels[:2]))


def test_a_content_loss_without_a_network_to_look_with_is_refused(tmp_path):
    recipe = RECIPES["iclevr_acgan_content"].replace(feature_dim=4, batch_size=8)
    with pytest.raises(ValueError, match="content='resnet' needs the network of its features"):
        Trainer(recipe, labelled(), tmp_path, device="cpu", quiet=True)
    with pytest.raises(ValueError, match="content='resnet' has no meaning unless conditional is True"):
        RECIPES["gan"].replace(content="resnet")
