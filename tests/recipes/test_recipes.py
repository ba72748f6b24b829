"""The course's recipes are exactly the published ones, and impossible ones are refused by name."""

import json

import pytest

from gan_hw.recipes import GAN, RECIPES, WGAN, WGAN_GP, Recipe, differences, get_recipe
from gan_hw.training.ema import ema_decay

COURSE = {  # name: objective, d_norm, optimiser, lr, betas, n_critic, clip, gp, epochs
    "gan": ("standard", "batch", "adam", 1e-4, (0.5, 0.999), 1, None, None, 1),
    "gan_longer": ("standard", "batch", "adam", 1e-4, (0.5, 0.999), 2, None, None, 50),
    "wgan": ("wasserstein", "batch", "rmsprop", 5e-5, None, 5, 0.01, None, 50),
    "wgan_gp": ("wasserstein_gp", "instance", "adam", 1e-4, (0.0, 0.9), 5, None, 10.0, 50),
}


@pytest.mark.parametrize("name", COURSE)
def test_published_recipes(name):
    r = RECIPES[name]
    objective, d_norm, optimiser, lr, betas, n_critic, clip, gp, epochs = COURSE[name]
    assert (r.objective, r.d_norm, r.optimiser, r.lr_g, r.lr_d) == (objective, d_norm, optimiser, lr, lr)
    assert betas is None or r.betas == betas
    assert (r.n_critic, r.clip_value, r.gp_weight, r.epochs) == (n_critic, clip, gp, epochs)
    assert (r.g_up, r.g_norm) == ("transposed", "batch")
    assert (r.batch_size, r.z_dim, r.size, r.feature_dim, r.flip) == (64, 100, 64, 64, False)


def test_a_recipe_survives_json():
    for recipe in RECIPES.values():
        assert Recipe(**json.loads(json.dumps(recipe.as_dict()))) == recipe


def test_replace_makes_a_new_recipe_and_differences_name_the_change():
    changed = GAN.replace(n_critic=2)
    assert (GAN.n_critic, changed.n_critic) == (1, 2)
    assert differences(GAN, changed) == {"n_critic": (1, 2)}


def test_text_values_become_what_the_field_holds():
    changed = WGAN.replace(lr_g="3e-4", n_critic="2", flip="True", betas="0.0,0.9")
    assert (changed.lr_g, changed.n_critic, changed.flip, changed.betas) == (3e-4, 2, True, (0.0, 0.9))
    assert WGAN_GP.replace(clip_value="None").clip_value is None


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"n_critics": 2}, "'n_critics' is not a field"),
        ({"objective": "hinge"}, "objective='hinge' is unknown"),
        ({"optimiser": "sgd"}, "optimiser='sgd' is unknown"),
        ({"d_norm": "group"}, "d_norm='group' is unknown"),
        ({"n_critic": 0}, "n_critic=0 must be greater than 0"),
        ({"n_critic": 1.5}, "n_critic=1.5 is not a value of type int"),
        ({"n_critic": "two"}, "n_critic='two' is not a value of type int"),
        ({"drift_weight": 0.1}, "drift_weight=0.1 must be 0, or with a Wasserstein objective positive"),
        ({"lr_g": -1e-4}, "lr_g=-0.0001 must be greater than 0"),
        ({"lr_d": float("nan")}, "lr_d=nan is not a value of type float"),
        ({"flip": 1}, "flip=1 is not a value of type bool"),
        ({"betas": (0.5,)}, "betas=.* is not a value of type"),
        ({"betas": (0.5, 1.0)}, "betas=.* must lie in"),
        ({"batch_size": 1}, "batch_size=1 must be at least 2"),
        ({"size": 65}, "size=65"),
        ({"clip_value": 0.01}, "clip_value=0.01 has no meaning with objective='standard'"),
        ({"objective": "wasserstein"}, "needs clip_value"),
        ({"objective": "wasserstein_gp", "gp_weight": 10, "d_norm": "batch"}, "as_published=True"),
        (
            {"objective": "wasserstein_gp", "gp_weight": 10, "d_norm": "none", "clip_value": 0.1},
            "clip_value=0.1 has no",
        ),
    ],
)
def test_impossible_recipes_are_refused_by_name(fields, words):
    with pytest.raises(ValueError, match=words):
        GAN.replace(**fields)


def test_batch_norm_with_a_penalty_only_as_published_and_with_a_warning():
    with pytest.warns(UserWarning, match="BatchNorm mixes images"):
        WGAN_GP.replace(d_norm="batch", as_published=True)


def test_unknown_recipe_names_those_there_are():
    with pytest.raises(ValueError, match=r"'wgan-gp' is unknown.*wgan_gp"):
        get_recipe("wgan-gp")


def test_moving_average_halves_in_its_half_life_and_forgets_the_start_sooner():
    steps = GAN.ema_images / (GAN.batch_size * GAN.n_critic)
    late = ema_decay(GAN, 10**9)
    assert late**steps == pytest.approx(0.5)
    assert ema_decay(GAN, 1000) < ema_decay(GAN, 10_000) < late
