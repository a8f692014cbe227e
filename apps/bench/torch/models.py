"""The benchmark's works in PyTorch, as its users write them. Weights come in TF.js's layout, and by TF.js's names."""

import torch
from torch import nn
from torch.nn import functional as F


class Vae(nn.Module):
    """A Gaussian VAE with a Bernoulli likelihood; the loss is in nats per image."""

    beta = 1.0

    def posterior(self, x):
        return self.encode(x).chunk(2, dim=1)

    def loss(self, x, noise):
        mu, log_var = self.posterior(x)
        logits = self.logits(mu + noise * torch.exp(0.5 * log_var))
        distortion = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
        rate = 0.5 * (mu.square() + log_var.exp() - log_var - 1).sum()
        return (distortion + self.beta * rate) / x.shape[0]

    def probe(self, x, noise):
        mu, log_var = self.posterior(x)
        return self.images(mu + noise * torch.exp(0.5 * log_var))

    def means(self, x):
        return self.posterior(x)[0]

    def images(self, z):
        return torch.sigmoid(self.logits(z))


class MlpVae(Vae):
    def __init__(self):
        super().__init__()
        self.encoder = nn.ModuleDict({"hidden": nn.Linear(784, 400), "output": nn.Linear(400, 40)})
        self.decoder = nn.ModuleDict({"hidden": nn.Linear(20, 400), "output": nn.Linear(400, 784)})

    def encode(self, x):
        return self.encoder["output"](F.relu(self.encoder["hidden"](x)))

    def logits(self, z):
        return self.decoder["output"](F.relu(self.decoder["hidden"](z)))

    def weight(self, name, array):
        return array.t() if array.dim() == 2 else array


class ConvVae(Vae):
    beta = 4.0

    def __init__(self, down):
        super().__init__()
        self.layers, up = len(down) - 1, down[::-1]
        self.encoder = nn.ModuleDict({"hidden": nn.Linear(1024, 256), "output": nn.Linear(256, 20)})
        self.decoder = nn.ModuleDict({"hidden": nn.Linear(10, 256), "grid": nn.Linear(256, 1024)})
        for i in range(self.layers):
            self.encoder[f"conv{i}"] = nn.Conv2d(down[i], down[i + 1], 4, stride=2, padding=1)
            self.decoder[f"conv{i}"] = nn.ConvTranspose2d(up[i], up[i + 1], 4, stride=2, padding=1)

    def encode(self, x):
        for i in range(self.layers):
            x = F.relu(self.encoder[f"conv{i}"](x))
        return self.encoder["output"](F.relu(self.encoder["hidden"](x.flatten(1))))

    def logits(self, z):
        y = F.relu(self.decoder["grid"](F.relu(self.decoder["hidden"](z)))).view(-1, 64, 4, 4)
        for i in range(self.layers - 1):
            y = F.relu(self.decoder[f"conv{i}"](y))
        return self.decoder[f"conv{self.layers - 1}"](y)

    def weight(self, name, array):
        # The grid between convolutions and dense layers is [4, 4, 64] there and [64, 4, 4] here.
        if name == "encoder.hidden.kernel":
            return array.view(4, 4, 64, 256).permute(3, 2, 0, 1).reshape(256, 1024)
        if name == "decoder.grid.kernel":
            return array.view(256, 4, 4, 64).permute(3, 1, 2, 0).reshape(1024, 256)
        if name == "decoder.grid.bias":
            return array.view(4, 4, 64).permute(2, 0, 1).reshape(1024)
        if array.dim() == 4:
            return array.permute(3, 2, 0, 1)
        return array.t() if array.dim() == 2 else array


def residual_block():
    return nn.ModuleDict({"a": nn.Conv2d(128, 32, 3, padding=1), "b": nn.Conv2d(32, 128, 1)})


class VqVae(nn.Module):
    """A VQ-VAE with an EMA codebook; the loss is a mean squared error plus the commitment."""

    decay, laplace, commitment = 0.99, 1e-5, 0.25

    def __init__(self):
        super().__init__()
        self.encoder = nn.ModuleDict(
            {
                "conv0": nn.Conv2d(3, 64, 4, stride=2, padding=1),
                "conv1": nn.Conv2d(64, 128, 4, stride=2, padding=1),
                "conv2": nn.Conv2d(128, 128, 3, padding=1),
                "block0": residual_block(),
                "block1": residual_block(),
                "output": nn.Conv2d(128, 64, 1),
            }
        )
        self.decoder = nn.ModuleDict(
            {
                "input": nn.Conv2d(64, 128, 3, padding=1),
                "block0": residual_block(),
                "block1": residual_block(),
                "conv0": nn.ConvTranspose2d(128, 64, 4, stride=2, padding=1),
                "conv1": nn.ConvTranspose2d(64, 3, 4, stride=2, padding=1),
            }
        )
        self.register_buffer("book", torch.zeros(512, 64))
        self.register_buffer("counts", torch.ones(512))
        self.register_buffer("sums", torch.zeros(512, 64))

    @staticmethod
    def residual(part, h):
        for i in range(2):
            block = part[f"block{i}"]
            h = h + block["b"](F.relu(block["a"](F.relu(h))))
        return F.relu(h)

    def encode(self, x):
        y = F.relu(self.encoder["conv1"](F.relu(self.encoder["conv0"](x))))
        return self.encoder["output"](self.residual(self.encoder, self.encoder["conv2"](y)))

    def decode(self, q):
        y = self.residual(self.decoder, self.decoder["input"](q))
        return self.decoder["conv1"](F.relu(self.decoder["conv0"](y)))

    def quantize(self, z):
        tokens = z.permute(0, 2, 3, 1)  # [B, 8, 8, D]
        flat = tokens.detach().reshape(-1, 64)
        half_squares = 0.5 * self.book.square().sum(1)
        indices = torch.addmm(half_squares, flat, self.book.t(), alpha=-1).argmin(1)
        q = F.embedding(indices, self.book).view(tokens.shape).permute(0, 3, 1, 2)
        return flat, indices, q

    def loss(self, x):
        z = self.encode(x)
        flat, indices, q = self.quantize(z)
        decoded = self.decode(z + (q - z).detach())
        total = F.mse_loss(decoded, x) + self.commitment * F.mse_loss(z, q)
        self.move_codes(flat, indices)
        return total

    @torch.no_grad()
    def move_codes(self, flat, indices):
        counts = torch.zeros_like(self.counts).index_add_(0, indices, flat.new_ones(len(indices)))
        sums = torch.zeros_like(self.sums).index_add_(0, indices, flat)
        self.counts.mul_(self.decay).add_(counts, alpha=1 - self.decay)
        self.sums.mul_(self.decay).add_(sums, alpha=1 - self.decay)
        total = self.counts.sum()
        smooth = (self.counts + self.laplace) / (total + 512 * self.laplace) * total
        self.book.copy_(self.sums / smooth.unsqueeze(1))

    def probe(self, x):
        return self.decode(self.quantize(self.encode(x))[2])

    def weight(self, name, array):
        return array.permute(3, 2, 0, 1) if array.dim() == 4 else array


models = {
    "mlp": MlpVae,
    "conv": lambda: ConvVae([1, 32, 32, 64, 64]),
    "photo": lambda: ConvVae([3, 32, 32, 64, 64, 64]),
    "vq": VqVae,
}


def parameter_name(name):
    """TF.js's name of a weight, as `state_dict` has it."""
    return name.replace(".kernel", ".weight")
