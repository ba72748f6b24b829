"""Directions of z: on generators whose directions are known, and on the one that ships."""

import pytest
import torch
from torch import nn

from gan_hw.course import latent
from gan_hw.course.latent import explore, label_directions, mix, move, principal_directions, sliders, stills
from gan_hw.inference.sampling import generate, sample_z
from gan_hw.networks.base import GeneratorBody
from gan_hw.networks.dcgan import Generator


class Scaled(GeneratorBody):
    """A generator whose first layer multiplies the numbers of z by known factors, and whose image shows the first."""

    def __init__(self, factors):
        super().__init__()
        self.z_dim = len(factors)
        layer = nn.Linear(self.z_dim, self.z_dim, bias=False)
        layer.weight.data = torch.diag(torch.tensor(factors))
        self.stem = nn.Sequential(layer, nn.Unflatten(1, (self.z_dim, 1, 1)))
        self.blocks = nn.Sequential()
        self.head = nn.Sequential(nn.Conv2d(self.z_dim, 3, 1), nn.Upsample(scale_factor=8), nn.Tanh())
        nn.init.zeros_(self.head[0].weight)
        nn.init.zeros_(self.head[0].bias)
        self.head[0].weight.data[:, 0] = 0.3  # all colours follow the first number


def cosine(one, other):
    return torch.cosine_similarity(one, other, dim=0).item()


class TestPrincipalDirections:
    def test_they_are_those_that_the_first_layer_stretches_most(self):
        directions = principal_directions(Scaled([1.0, 5.0, 0.1, 3.0]), count=3)
        for direction, number in zip(directions, (1, 3, 0), strict=True):
            assert cosine(direction, torch.eye(4)[number]) > 0.99

    def test_they_have_length_one_and_repeat_with_a_seed(self):
        generator = Generator(z_dim=20, feature_dim=4)
        before = torch.random.get_rng_state()
        directions = principal_directions(generator, count=4, seed=1)
        assert torch.equal(before, torch.random.get_rng_state())
        torch.testing.assert_close(directions.norm(dim=1), torch.ones(4))
        assert torch.equal(directions, principal_directions(generator, count=4, seed=1))
        assert generator.training

    def test_a_component_changes_the_shipped_generators_faces_more_than_a_random_direction(self, shipped):
        z = sample_z(50, shipped.z_dim)
        random = nn.functional.normalize(sample_z(1, shipped.z_dim, seed=1)[0], dim=0)
        faces = generate(shipped, z).float()

        def change(direction):
            return (generate(shipped, z + direction).float() - faces).square().mean().item()

        assert change(principal_directions(shipped, count=1)[0]) > 3 * change(random)


@pytest.fixture(scope="module")
def shipped():
    from gan_hw.inference.weights import load_generator

    return load_generator("shipped:drawn")[0]


class TestLabelDirections:
    def test_the_direction_of_bright_images_is_the_number_that_makes_them_bright(self):
        generator = Scaled([1.0, 5.0, 0.1, 3.0])

        def is_bright(images):
            bright = images.float().mean((1, 2, 3)) - 127.5
            return torch.stack([bright, -bright, torch.full_like(bright, -1.0)], 1)

        found = label_directions(generator, is_bright, ["bright", "dark", "never seen"])
        assert list(found) == ["bright", "dark"]
        assert cosine(found["bright"], torch.eye(4)[0]) > 0.99
        torch.testing.assert_close(found["bright"], -found["dark"])

    def test_faces_of_the_shipped_generator_turn_pink(self, shipped):
        from gan_hw.data.drawn_faces import class_names
        from gan_hw.metrics.classifier import Evaluator, load_drawn_classifier

        names = class_names()
        evaluator = Evaluator(load_drawn_classifier(names), names, "drawn")
        direction = label_directions(shipped, evaluator.logits, names)["pink hair"]
        z, pink = sample_z(100, shipped.z_dim, seed=5), names.index("pink hair")

        def share(z):
            return (evaluator.logits(generate(shipped, z))[:, pink] > 0).float().mean().item()

        assert share(z + 3 * direction) > share(z) + 0.4


class TestParts:
    def test_moving_changes_the_coordinate_along_the_direction_alone(self):
        z, direction = sample_z(3, 5), nn.functional.normalize(sample_z(1, 5, seed=1)[0], dim=0)
        moved = move(z, direction, [-1.0, 0.0, 2.0])
        assert moved.shape == (3, 3, 5)
        torch.testing.assert_close(moved[:, 1], z)
        torch.testing.assert_close((moved - z[:, None]) @ direction, torch.tensor([-1.0, 0.0, 2.0]).expand(3, 3))
        rest = z - (z @ direction)[:, None] * direction
        torch.testing.assert_close(moved[:, 2] - (moved[:, 2] @ direction)[:, None] * direction, rest)

    def test_a_mixture_has_the_coordinates_of_both(self):
        coarse, fine, directions = sample_z(4, 10), sample_z(4, 10, seed=1), sample_z(3, 10, seed=2)
        mixed = mix(coarse, fine, directions)
        torch.testing.assert_close(mixed @ directions.T, coarse @ directions.T)
        rest = torch.linalg.svd(directions)[2][3:]  # orthogonal to all three
        torch.testing.assert_close(mixed @ rest.T, fine @ rest.T)
        torch.testing.assert_close(mix(coarse, fine, torch.eye(10)), coarse)
        torch.testing.assert_close(mix(coarse, coarse, directions), coarse)


class TestExplore:
    def test_where_nobody_can_move_a_slider_there_are_stills(self, monkeypatch):
        shown = []
        monkeypatch.setattr("IPython.display.display", shown.append)
        explore(Scaled([1.0, 2.0]), {"first": torch.eye(2)[0], "second": torch.eye(2)[1]})
        (figure,) = shown
        assert [axis.get_title(loc="left") for axis in figure.axes] == ["first", "second"]

    def test_a_slider_moves_the_faces_and_the_button_brings_them_back(self):
        panel = sliders(Scaled([1.0, 2.0]), {"first": torch.eye(2)[0], "second": torch.eye(2)[1]})
        picture, first, second, back = panel.children
        before = picture.value
        second.value = 2.0
        assert picture.value == before  # the image shows the first number alone
        first.value = 2.0
        assert picture.value != before
        back.click()
        assert picture.value == before and first.value == second.value == 0

    def test_a_row_of_stills_goes_from_one_side_to_the_other(self):
        generator, z = Scaled([1.0, 2.0]), torch.zeros(2)
        stills(generator, z, {"first": torch.eye(2)[0]}, count=5)
        amounts = torch.linspace(-latent.REACH, latent.REACH, 5).tolist()
        faces = generate(generator, move(z[None], torch.eye(2)[0], amounts)[0])
        brightness = faces.float().mean((1, 2, 3))
        assert (brightness.diff() > 0).all()
