"""The VAE: its bound against PyTorch's distributions, training that goes on bit for bit, and both VAEs' shapes."""

import math

import pytest
import torch
from torch.distributions import Independent, Normal, kl_divergence

from gan_hw.course.laboratory import POINT_SETS
from gan_hw.course.vae import (
    VAE,
    Training,
    face_batches,
    face_vae,
    gaussian_log_likelihood,
    kl_to_standard_normal,
    point_vae,
)
from gan_hw.course.vae.pictures import bound_curves, plane
from gan_hw.data.images import ImageSet
from gan_hw.inference.sampling import generate, sample_z


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


class TestBound:
    def test_kl_is_that_of_pytorchs_normal_distributions(self):
        mean, log_variance = normal(5, 7), normal(5, 7, seed=1)
        posterior = Independent(Normal(mean, (0.5 * log_variance).exp()), 1)
        prior = Independent(Normal(torch.zeros(5, 7), 1.0), 1)
        torch.testing.assert_close(kl_to_standard_normal(mean, log_variance), kl_divergence(posterior, prior))

    def test_kl_is_zero_for_the_standard_normal_distribution_alone(self):
        zeros = torch.zeros(1, 4)
        assert kl_to_standard_normal(zeros, zeros).item() == 0
        for mean, log_variance in ((0.1, 0.0), (0.0, 0.1), (0.0, -0.1), (-0.1, 0.0)):
            assert kl_to_standard_normal(zeros + mean, zeros + log_variance).item() > 0

    @pytest.mark.parametrize("sigma", [0.1, 1.0, 3.0])
    def test_the_log_likelihood_is_that_of_pytorchs_normal_distribution(self, sigma):
        images, decoded = normal(4, 3, 5, 5), normal(4, 3, 5, 5, seed=1)
        expected = Independent(Normal(decoded, sigma), 3).log_prob(images)
        torch.testing.assert_close(gaussian_log_likelihood(images, decoded, torch.tensor(math.log(sigma))), expected)

    def test_the_best_sigma_is_the_root_mean_square_difference(self):
        images, decoded = normal(6, 2, 4, 4), normal(6, 2, 4, 4, seed=1)
        best = (images - decoded).square().mean().sqrt().log()

        def at(log_sigma):
            return gaussian_log_likelihood(images, decoded, log_sigma).sum()

        assert at(best) > at(best - 0.05) and at(best) > at(best + 0.05)

    def test_the_elbo_is_a_lower_bound_and_exact_where_the_encoder_knows_the_posterior(self):
        """x = 2 z + noise in one dimension: log p(x) and the posterior have closed forms."""
        slope, sigma = 2.0, 0.5
        variance = 1 / (1 + slope**2 / sigma**2)  # of p(z | x), whose mean is variance * slope * x / sigma²

        def vae(error):
            class Encoder(torch.nn.Module):
                def forward(self, x):
                    mean = variance * slope * x / sigma**2 + error
                    return torch.cat([mean, torch.full_like(mean, math.log(variance))], 1)

            decoder = torch.nn.Linear(1, 1, bias=False)
            torch.nn.init.constant_(decoder.weight, slope)
            return VAE(Encoder(), decoder, sigma)

        x = normal(1, 1, seed=3)
        evidence = Normal(0.0, math.sqrt(slope**2 + sigma**2)).log_prob(x).item()
        torch.manual_seed(0)
        many = x.expand(100_000, 1)
        assert vae(0.0).bound(many).elbo.mean().item() == pytest.approx(evidence, abs=0.02)
        gap = 0.3**2 / (2 * variance)  # KL(q || p(z | x)), for a mean that is 0.3 wrong
        assert vae(0.3).bound(many).elbo.mean().item() == pytest.approx(evidence - gap, abs=0.02)

    def test_both_terms_reach_the_encoder_and_the_first_one_alone_the_decoder(self):
        torch.manual_seed(0)
        vae = point_vae(width=8)
        bound = vae.bound(normal(16, 2, 1, 1))
        encoder, decoder = next(vae.encoder.parameters()), next(vae.decoder.parameters())
        for term, reaches_decoder in ((bound.log_likelihood, True), (bound.kl, False)):
            to_encoder, to_decoder = torch.autograd.grad(
                term.sum(), [encoder, decoder], retain_graph=True, allow_unused=True
            )
            assert to_encoder.abs().sum() > 0
            assert (to_decoder is not None) == reaches_decoder


class TestNetworks:
    @pytest.mark.parametrize(("size", "z_dim"), [(64, 100), (32, 10)])
    def test_a_face_vae_keeps_the_shape_and_its_decoder_generates(self, size, z_dim):
        vae = face_vae(z_dim, 4, size).eval()
        images = normal(3, 3, size, size).clamp(-1, 1)
        mean, log_variance = vae.encode(images)
        assert mean.shape == log_variance.shape == (3, z_dim)
        assert vae.reconstruct(images).shape == images.shape
        assert generate(vae.decoder, sample_z(3, z_dim)).shape == (3, 3, size, size)


def points_of(step):
    return POINT_SETS["ring"].sample(64, torch.Generator().manual_seed(step))[:, :, None, None]


def in_the_plane(file=None, seed=0, sigma=0.1, **options):
    build = lambda: point_vae(width=32, sigma=sigma)  # noqa: E731
    return Training(
        build, points_of, seed=seed, file=file, device="cpu", precision="fp32", one_thread=True, quiet=True, **options
    )


def weights(training):
    return torch.cat([value.flatten() for value in training.vae.state_dict().values()])


class TestTraining:
    def test_it_raises_the_bound_and_finds_every_mode_of_the_ring(self):
        from gan_hw.course.laboratory.measures import modes_found

        training = in_the_plane()
        training.train(steps=1000)
        rows = training.history
        assert [row["step"] for row in rows] == list(range(50, 1001, 50))
        assert rows[-1]["log_likelihood"] - rows[-1]["kl"] > rows[0]["log_likelihood"] - rows[0]["kl"] + 1
        generated = generate_points(training, 500)
        assert modes_found(generated, POINT_SETS["ring"]) == 8

    def test_a_large_sigma_at_the_start_ends_in_posterior_collapse(self):
        training = in_the_plane(sigma=1.0)
        training.train(steps=600)
        assert training.history[-1]["kl"] < 0.05
        assert generate_points(training, 100).std(0).max() < 0.1

    def test_a_training_that_was_stopped_goes_on_bit_for_bit(self, tmp_path):
        whole = in_the_plane()
        whole.train(steps=130)
        part = in_the_plane(tmp_path / "vae.pt")
        part.train(steps=70)
        rest = in_the_plane(tmp_path / "vae.pt")
        assert (rest.step, rest.seen) == (70, 70 * 64)
        rest.train(steps=130)
        assert torch.equal(weights(whole), weights(rest))
        strip = [{name: value for name, value in row.items() if name != "seconds"} for row in rest.history]
        assert strip == [{name: value for name, value in row.items() if name != "seconds"} for row in whole.history]

    def test_ctrl_c_stops_after_a_step_and_keeps_it(self, tmp_path):
        import os
        import signal

        def batch(step):
            if step == 20:
                os.kill(os.getpid(), signal.SIGINT)
            return points_of(step)

        training = Training(point_vae, batch, file=tmp_path / "vae.pt", device="cpu", quiet=True)
        with pytest.raises(KeyboardInterrupt):
            training.train(steps=100)
        assert Training(point_vae, points_of, file=tmp_path / "vae.pt", device="cpu", quiet=True).step == 21

    def test_minutes_are_those_of_training_in_all(self, tmp_path):
        training = in_the_plane(tmp_path / "vae.pt")
        training.train(minutes=1 / 60)
        steps = training.step
        assert steps > 0 and 1 <= training.seconds < 3
        again = in_the_plane(tmp_path / "vae.pt")
        again.train(minutes=1 / 60)
        assert again.step == steps

    def test_another_seed_or_another_vae_does_not_go_on_from_a_file(self, tmp_path):
        training = in_the_plane(tmp_path / "vae.pt")
        training.train(steps=1)
        with pytest.raises(ValueError, match="is of seed 0, not 1; name another file"):
            in_the_plane(tmp_path / "vae.pt", seed=1)
        with pytest.raises(ValueError, match="belongs to another VAE"):
            Training(face_vae, points_of, file=tmp_path / "vae.pt", device="cpu", quiet=True)

    @pytest.mark.parametrize("given", [{}, {"steps": 1, "minutes": 1.0}])
    def test_it_wants_steps_or_minutes(self, given):
        with pytest.raises(ValueError, match="give either steps or minutes"):
            in_the_plane().train(**given)

    def test_faces_come_in_the_batches_of_the_gans(self):
        images = torch.randint(0, 256, (40, 3, 64, 64), dtype=torch.uint8)
        faces = ImageSet(images, "made up", "made_up", "0" * 8)
        batch = face_batches(faces)(0)
        assert batch.shape == (32, 3, 64, 64) and -1 <= batch.min() < batch.max() <= 1


def generate_points(training, count):
    with torch.no_grad():
        return training.vae.decoder(sample_z(count, 2)).flatten(1)


def test_pictures_have_one_panel_for_each_thing():
    training = in_the_plane()
    training.train(steps=100)
    assert [axis.get_title(loc="left") for axis in bound_curves(training.history).axes] == [
        "log-likelihood, nats",
        "KL term, nats",
        "sigma of the pixels",
    ]
    points = points_of(0).flatten(1)
    assert len(plane(training.vae, points, sample_z(20, 2)).axes) == 4
