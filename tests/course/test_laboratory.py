"""The laboratory in the plane: exact measures, data sets, trainings that can be stepped, pictures and controls."""

import io
import math

import pytest
import torch
from PIL import Image

from gan_hw.course.laboratory import METHODS, POINT_SETS, Laboratory, drawn_by_hand, show
from gan_hw.course.laboratory import controls as controls_module
from gan_hw.course.laboratory.controls import Controls
from gan_hw.course.laboratory.measures import earth_movers_distance, measure, modes_found, share_of_good
from gan_hw.course.laboratory.pictures import carried_grid, film
from gan_hw.course.laboratory.points import lines

SMALL = {"batch_size": 8, "feature_dim": 8}


def small(method="gan", data="ring", seed=0, **fields):
    return Laboratory(method, data, seed, **{**SMALL, **fields})


def made_up(n, seed=0):
    return torch.randn(n, 2, generator=torch.Generator().manual_seed(seed))


def weights(network):
    return torch.cat([weight.detach().flatten() for weight in network.parameters()]).clone()


class TestMeasures:
    @pytest.mark.parametrize("way", [(0.0, 0.0), (0.3, -0.4), (5.0, 12.0)])
    def test_the_distance_of_a_set_from_its_moved_copy_is_the_length_of_the_way(self, way):
        points = made_up(40)
        shuffled = (points + torch.tensor(way))[torch.randperm(40, generator=torch.Generator().manual_seed(1))]
        assert earth_movers_distance(points, shuffled) == pytest.approx(math.hypot(*way), abs=1e-5)

    def test_the_distance_is_symmetric_and_below_that_of_any_other_pairing(self):
        one, other = made_up(30, 1), made_up(30, 2)
        distance = earth_movers_distance(one, other)
        assert distance == pytest.approx(earth_movers_distance(other, one), rel=1e-6)
        assert 0 < distance < (one - other).norm(dim=1).mean()

    def test_the_distance_needs_as_many_points_of_both(self):
        with pytest.raises(ValueError, match="3 points against 4: give as many of both"):
            earth_movers_distance(made_up(3), made_up(4))

    def test_a_mode_is_found_with_a_fifth_of_its_fair_share_of_good_points(self):
        data = POINT_SETS["ring"]
        on_modes = data.modes.repeat_interleave(torch.tensor([73, 20, 2, 3, 2, 0, 0, 0]), 0)  # fair: 12.5, a fifth: 2.5
        assert modes_found(on_modes, data) == 3
        assert modes_found(data.modes, data) == 8
        assert modes_found(1.5 * data.modes, data) == 0

    def test_good_points_lie_within_three_spreads_of_a_mode(self):
        data = POINT_SETS["ring"]
        away = torch.tensor([[0.0, 0.0], [2.9, 0.0], [0.0, 3.1], [20.0, 0.0]]) * data.spread
        assert share_of_good(data.modes[:1] + away, data) == 0.5

    def test_modes_are_counted_only_where_there_are_some(self):
        points = made_up(5)
        assert measure(points, points, POINT_SETS["moons"]) == {"earth_movers_distance": 0}
        assert set(measure(points, points, POINT_SETS["grid"])) > {"modes_found", "share_of_good"}
        with pytest.raises(ValueError, match="'moons' has no separate modes"):
            modes_found(points, POINT_SETS["moons"])


class TestPoints:
    @pytest.mark.parametrize("name", POINT_SETS)
    def test_a_set_gives_points_in_the_plane_that_repeat_with_a_seed(self, name):
        data = POINT_SETS[name]
        one, again, other = (data.sample(600, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
        assert one.shape == (600, 2) and one.dtype == torch.float32 and one.isfinite().all()
        assert one.abs().max() < 1.3
        assert torch.equal(one, again) and not torch.equal(one, other)
        assert data.name == name

    @pytest.mark.parametrize(("name", "modes"), [("gaussian", 1), ("ring", 8), ("grid", 25)])
    def test_its_points_find_all_of_its_modes_and_are_good(self, name, modes):
        data = POINT_SETS[name]
        points = data.sample(2000, torch.Generator().manual_seed(0))
        assert data.modes.shape == (modes, 2)
        assert modes_found(points, data) == modes
        assert share_of_good(points, data) == pytest.approx(1 - math.exp(-4.5), abs=0.01)  # 3 spreads in the plane

    def test_the_lines_are_as_far_apart_as_said(self):
        x = lines(distance=0.6, spread=0.0).sample(100, torch.Generator().manual_seed(0))[:, 0]
        torch.testing.assert_close(x.abs(), torch.full((100,), 0.3))
        assert set(x.sign().tolist()) == {-1, 1}

    def test_points_drawn_by_hand_are_modes(self):
        data = drawn_by_hand([(0, 0), (0.5, 0.5)])
        assert data.modes.tolist() == [[0, 0], [0.5, 0.5]]
        assert small("gan", data).data is data
        for nothing in ([], [1, 2], [[1, 2, 3]]):
            with pytest.raises(ValueError, match=r"give at least one pair \(x, y\)"):
                drawn_by_hand(nothing)


class TestTraining:
    @pytest.mark.parametrize("method", METHODS)
    def test_the_same_seed_gives_the_same_points_and_another_one_others(self, method):
        points = []
        for seed in (3, 3, 4):
            laboratory = small(method, seed=seed)
            laboratory.step(6)
            points.append(laboratory.points(20))
        assert torch.equal(points[0], points[1]) and not torch.equal(points[0], points[2])
        assert points[0].shape == (20, 2) and points[0].isfinite().all()

    def test_reset_begins_again_and_a_copy_goes_on_alone(self):
        laboratory = small()
        start = laboratory.points(9)
        laboratory.step(3)
        later, copy = laboratory.points(9), laboratory.copy()
        copy.step(2)
        assert torch.equal(laboratory.points(9), later) and laboratory.gan.step == 3
        laboratory.step(2)
        assert torch.equal(laboratory.points(9), copy.points(9))
        laboratory.reset()
        assert torch.equal(laboratory.points(9), start) and not laboratory.history
        laboratory.step(3)
        assert torch.equal(laboratory.points(9), later)

    def test_training_leaves_the_global_random_generator_and_the_threads_alone(self):
        state, threads = torch.get_rng_state(), torch.get_num_threads()
        small().step(2)
        assert torch.equal(torch.get_rng_state(), state) and torch.get_num_threads() == threads

    @pytest.mark.parametrize(("step", "waits"), [("discriminator", "generator"), ("generator", "discriminator")])
    def test_a_step_of_one_network_leaves_the_other(self, step, waits):
        laboratory = small()
        before = {name: weights(getattr(laboratory.gan, name)) for name in (step, waits)}
        getattr(laboratory, f"step_{step}")(2)
        assert torch.equal(weights(getattr(laboratory.gan, waits)), before[waits])
        assert not torch.equal(weights(getattr(laboratory.gan, step)), before[step])

    def test_a_step_is_one_of_d_and_then_in_every_nth_one_of_g(self):
        whole, parts = small("wgan", n_critic=3), small("wgan", n_critic=3)
        whole.step(3)
        assert ["loss_g" in row for row in whole.history] == [False, False, True]
        assert all("loss_d" in row for row in whole.history)
        parts.step_discriminator(2)
        untrained = small("wgan").points(5)
        assert torch.equal(parts.points(5), untrained)
        parts.step()
        assert torch.equal(parts.points(5), whole.points(5)) and not torch.equal(parts.points(5), untrained)

    def test_change_changes_both_rates_and_goes_on(self):
        laboratory = small()
        laboratory.step(2)
        points = laboratory.points(5)
        laboratory.change(lr_g=1e-5, lr_d=0.02)
        assert laboratory.gan.optimiser_g.param_groups[0]["lr"] == 1e-5
        assert laboratory.gan.optimiser_d.param_groups[0]["lr"] == 0.02
        assert torch.equal(laboratory.points(5), points) and laboratory.gan.step == 2

    @pytest.mark.parametrize("field", ["z_dim", "feature_dim"])
    def test_change_refuses_the_size_of_a_network(self, field):
        laboratory = small()
        laboratory.change(**{field: getattr(laboratory.recipe, field)})
        with pytest.raises(ValueError, match=f"{field} is the size of a network: begin a new Laboratory"):
            laboratory.change(**{field: 3})

    def test_weights_obey_a_changed_clip(self):
        laboratory = small("wgan")
        laboratory.step(1)
        assert weights(laboratory.gan.discriminator).abs().max() > 0.02
        laboratory.change(clip_value=0.02)
        laboratory.step(1)
        assert weights(laboratory.gan.discriminator).abs().max() <= 0.02

    @pytest.mark.parametrize(
        ("arguments", "fields", "words"),
        [
            (("gam",), {}, "method 'gam' is unknown; choose one of gan, gan_longer, wgan"),
            (("gan", "rings"), {}, "data 'rings' is unknown; choose one of gaussian, ring"),
            (("gan",), {"lr": 1}, "'lr' is not a field of a recipe; choose from"),
            (("wgan_gp",), {"gp_weight": 0}, "needs gp_weight greater than 0"),
        ],
    )
    def test_what_is_unknown_or_impossible_is_named_with_what_to_choose(self, arguments, fields, words):
        with pytest.raises(ValueError, match=words):
            Laboratory(*arguments, **fields)

    def test_a_plain_gan_loses_modes_on_the_ring(self):
        laboratory = Laboratory("gan", "ring", batch_size=64)
        laboratory.step(100)
        assert laboratory.measure()["modes_found"] <= 3


class TestPush:
    @pytest.mark.parametrize("method", METHODS)
    def test_it_is_minus_the_gradient_of_the_generators_loss(self, method):
        laboratory = small(method)
        laboratory.step(5)
        laboratory.gan.discriminator.double()
        laboratory.reference = laboratory.reference.double()
        points, h = made_up(6).double(), 1e-6

        def loss(points):
            real = laboratory.reference[:6, :, None, None]
            d = laboratory.gan.discriminator
            return 6 * laboratory.gan.objective.generator_loss(d, points[:, :, None, None], real).item()

        expected = torch.empty(6, 2)
        for i in range(6):
            for j in range(2):
                step = torch.zeros(6, 2).double()
                step[i, j] = h
                expected[i, j] = -(loss(points + step) - loss(points - step)) / (2 * h)
        torch.testing.assert_close(laboratory.push(points).float(), expected, rtol=1e-3, atol=1e-5)

    def test_against_a_linear_critic_all_points_go_the_same_way(self):
        laboratory = small("wgan")
        direction = torch.tensor([3.0, -4.0])
        laboratory.gan.discriminator = lambda points: points.flatten(1) @ direction
        torch.testing.assert_close(laboratory.push(made_up(7)), direction.expand(7, 2))


class TestPictures:
    def test_a_film_has_as_many_frames_as_asked_for(self):
        laboratory = small()
        picture = Image.open(io.BytesIO(film(laboratory, steps=6, frames=3)))
        assert (picture.format, picture.n_frames, laboratory.gan.step) == ("GIF", 3, 6)

    def test_only_a_plane_of_z_can_be_drawn_as_a_grid(self):
        assert len(carried_grid(small()).axes) == 2
        with pytest.raises(ValueError, match=r"z_dim=1: only a plane of z \(z_dim=2\)"):
            carried_grid(small(z_dim=1))

    def test_where_nobody_can_press_anything_there_is_a_picture_and_a_film(self, monkeypatch):
        import IPython.display

        shown = []
        monkeypatch.setattr(IPython.display, "display", lambda *things: shown.extend(things))
        monkeypatch.setattr(controls_module, "film", lambda laboratory, steps, frames: film(laboratory, 2, 2))
        show("gan", "moons", seed=1)
        assert [type(thing).__name__ for thing in shown] == ["Figure", "Image"]


class TestControls:
    def test_buttons_train_and_draw(self):
        controls = Controls(small())
        before = controls.plane.value
        assert before[:4] == b"\x89PNG"
        (step, d_alone, g_alone, reset) = controls.panel.children[0].children[1:]
        for button in (step, d_alone, g_alone):
            button.click()
        assert controls.laboratory.gan.step == 3 and controls.plane.value != before
        assert [sorted(set(row) - {"step"}) for row in controls.laboratory.history] == [
            ["loss_d", "loss_g"], ["loss_d"], ["loss_g"],
        ]  # fmt: skip
        reset.click()
        assert controls.laboratory.gan.step == 0

    def test_a_slider_changes_the_training_that_runs(self):
        controls = Controls(small("wgan"))
        controls.act(lambda laboratory: laboratory.step(2))
        controls.changed["lr_d"].value = 1e-2
        controls.changed["n_critic"].value = 2
        controls.changed["constraint"].value = 0.01
        recipe = controls.laboratory.recipe
        assert (recipe.lr_d, recipe.n_critic, recipe.clip_value) == pytest.approx((1e-2, 2, 0.01))
        assert controls.laboratory.gan.step == 2

    def test_points_that_are_set_by_hand_become_the_data(self):
        controls = Controls(small("gan_r1"))
        hand = controls.by_hand
        assert hand.undo.disabled
        for x, y in ((-0.5, 0.25), (0.75, 0.0)):
            hand.x.value, hand.y.value = x, y
            hand.add.click()
        hand.spread.value = 0.1
        data = controls.laboratory.data
        assert (data.name, data.spread, controls.laboratory.method) == ("drawn by hand", 0.1, "gan_r1")
        assert data.modes.tolist() == [[-0.5, 0.25], [0.75, 0.0]]
        hand.undo.click()
        assert controls.laboratory.data.modes.tolist() == [[-0.5, 0.25]]
        assert hand.undo.disabled
        controls.chosen["data"].value = POINT_SETS["ring"]
        assert controls.laboratory.data.name == "ring"

    def test_another_method_or_data_set_begins_a_new_training(self):
        controls = Controls(small())
        controls.act(lambda laboratory: laboratory.step(2))
        assert controls.changed["constraint"].disabled
        controls.chosen["method"].value = "gan_r1"
        controls.chosen["data"].value = POINT_SETS["moons"]
        laboratory = controls.laboratory
        assert (laboratory.method, laboratory.data.name, laboratory.gan.step) == ("gan_r1", "moons", 0)
        assert controls.changed["constraint"].description == "r1_weight" and not controls.changed["constraint"].disabled
        assert controls.changed["constraint"].value == laboratory.recipe.r1_weight
