"""Homework 6's sample loop, faithfully plain: what the kit's engine is measured and checked against.

A DataLoader with two workers decodes and resizes every picture in every epoch; single precision, NCHW; the generator's
graph is built in the discriminator's step too; two plain forward passes; losses as the papers write them. Written anew
from the course's description, in its GAN, WGAN and WGAN-GP forms, on networks of the same shapes as the kit's.
"""

from pathlib import Path

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms
from torchvision.io import read_image

WORKERS = 2


class FaceFiles(Dataset):
    """Every picture of a folder, decoded when it is asked for."""

    def __init__(self, folder, size=64):
        self.files = sorted(Path(folder).rglob("*.jpg"))
        self.transform = transforms.Compose(
            [
                transforms.ToPILImage(),
                transforms.Resize((size, size)),
                transforms.ToTensor(),
                transforms.Normalize(mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5)),
            ]
        )

    def __len__(self):
        return len(self.files)

    def __getitem__(self, index):
        return self.transform(read_image(str(self.files[index])))


def loader(folder, batch_size=64):
    """Shuffled batches of a folder's pictures, float (N, 3, 64, 64) in [-1, 1]."""
    return DataLoader(FaceFiles(folder), batch_size, shuffle=True, num_workers=WORKERS, drop_last=True)


def generator(f=64, z_dim=100):
    """z (N, z_dim) -> images (N, 3, 64, 64)."""

    def doubled(wide, narrow):
        layer = nn.ConvTranspose2d(wide, narrow, 5, stride=2, padding=2, output_padding=1, bias=False)
        return [layer, nn.BatchNorm2d(narrow), nn.ReLU()]

    return nn.Sequential(
        nn.Linear(z_dim, f * 8 * 4 * 4, bias=False),
        nn.BatchNorm1d(f * 8 * 4 * 4),
        nn.ReLU(),
        nn.Unflatten(1, (f * 8, 4, 4)),
        *doubled(f * 8, f * 4),
        *doubled(f * 4, f * 2),
        *doubled(f * 2, f),
        nn.ConvTranspose2d(f, 3, 5, stride=2, padding=2, output_padding=1),
        nn.Tanh(),
    )


def discriminator(f=64, norm=nn.BatchNorm2d, sigmoid=True):
    """Images (N, 3, 64, 64) -> probabilities (N,) or, without sigmoid, scores."""

    def halved(narrow, wide):
        return [nn.Conv2d(narrow, wide, 4, 2, 1), norm(wide), nn.LeakyReLU(0.2)]

    return nn.Sequential(
        nn.Conv2d(3, f, 4, 2, 1),
        nn.LeakyReLU(0.2),
        *halved(f, f * 2),
        *halved(f * 2, f * 4),
        *halved(f * 4, f * 8),
        nn.Conv2d(f * 8, 1, 4),
        *([nn.Sigmoid()] if sigmoid else []),
        nn.Flatten(0),
    )


class Reference:
    """One of "gan", "wgan", "wgan_gp" with homework 6's settings, one batch at a time.

    n_critic and lr: in place of the form's own. Networks are made here; `like` copies a kit's weights into them.
    """

    def __init__(self, form, f=64, n_critic=None, lr=None, dtype=torch.float32, device="cpu"):
        self.form, self.dtype, self.device, self.step = form, dtype, device, 0
        norm = nn.InstanceNorm2d if form == "wgan_gp" else nn.BatchNorm2d
        self.generator = generator(f).to(device, dtype)
        self.discriminator = discriminator(f, norm, sigmoid=form == "gan").to(device, dtype)
        for network in (self.generator, self.discriminator):
            network.apply(_initialise)
        self.n_critic = n_critic or {"gan": 1, "wgan": 5, "wgan_gp": 5}[form]
        networks = (self.generator, self.discriminator)
        if form == "wgan":
            self.opt_g, self.opt_d = (torch.optim.RMSprop(n.parameters(), lr or 5e-5, foreach=False) for n in networks)
        else:
            betas = (0.5, 0.999) if form == "gan" else (0.0, 0.9)
            self.opt_g, self.opt_d = (
                torch.optim.Adam(n.parameters(), lr or 1e-4, betas=betas, foreach=False, fused=False) for n in networks
            )
        self.loss = nn.BCELoss()

    def like(self, kit_generator, kit_discriminator):
        """Take over the weights of the kit's networks, whose layers come in the same order."""
        for mine, theirs in ((self.generator, kit_generator), (self.discriminator, kit_discriminator)):
            values = list(theirs.state_dict().values())
            mine.load_state_dict(dict(zip(mine.state_dict(), values, strict=True)))
        return self

    def sample(self, n):
        """n generated images, always with the generator's graph."""
        return self.generator(torch.randn(n, 100, device=self.device).to(self.dtype))

    def train_on(self, real):
        """One discriminator step and, every n_critic-th time, one generator step. Returns both losses.

        real: (N, 3, 64, 64) in [-1, 1], of the networks' type and on their device.
        """
        self.step += 1
        ones, zeros = real.new_ones(len(real)), real.new_zeros(len(real))
        fake = self.sample(len(real))
        of_real, of_fake = self.discriminator(real), self.discriminator(fake)
        if self.form == "gan":
            loss_d = (self.loss(of_real, ones) + self.loss(of_fake, zeros)) / 2
        else:
            loss_d = -of_real.mean() + of_fake.mean()
        if self.form == "wgan_gp":
            loss_d = loss_d + 10 * self.penalty(real, fake)
        self.discriminator.zero_grad()
        loss_d.backward()
        self.opt_d.step()
        if self.form == "wgan":
            for weight in self.discriminator.parameters():
                weight.data.clamp_(-0.01, 0.01)
        if self.step % self.n_critic:
            return loss_d, None
        scores = self.discriminator(self.sample(len(real)))
        loss_g = self.loss(scores, ones) if self.form == "gan" else -scores.mean()
        self.generator.zero_grad()
        loss_g.backward()
        self.opt_g.step()
        return loss_d, loss_g

    def penalty(self, real, fake):
        """E (|grad D| - 1)^2 on lines between real and fake images."""
        alpha = torch.rand(len(real), 1, 1, 1, dtype=self.dtype, device=self.device)
        mixed = alpha * real + (1 - alpha) * fake
        gradient = torch.autograd.grad(self.discriminator(mixed).sum(), mixed, create_graph=True)[0]
        return (((gradient**2).sum((1, 2, 3)).sqrt() - 1) ** 2).mean()


def _initialise(module):
    if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
        nn.init.normal_(module.weight, 0.0, 0.02)
    elif isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
        nn.init.normal_(module.weight, 1.0, 0.02)
