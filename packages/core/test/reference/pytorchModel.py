"""Weights and outputs of a small VAE of PyTorch, for pytorchModel.test.ts: convolutions, batch normalization with statistics
that it has learned, a flattened encoder. `python3 pytorchModel.py > pytorchModel.json` (needs torch)."""
import json
import torch
from torch import nn

torch.manual_seed(1)
encoder = nn.ModuleDict({"conv": nn.Conv2d(2, 4, 4, stride=2, padding=1), "norm": nn.BatchNorm2d(4), "normFlat": nn.BatchNorm1d(48),
                         "hidden": nn.Linear(48, 5), "normHidden": nn.BatchNorm1d(5), "features": nn.Linear(5, 6)})
decoder = nn.ModuleDict({"hidden": nn.Linear(3, 48), "normFlat": nn.BatchNorm1d(48), "norm": nn.BatchNorm2d(4), "up": nn.ConvTranspose2d(4, 2, 4, stride=2, padding=1)})


def encode(x):
    h = encoder["norm"](encoder["conv"](x)).relu().flatten(1)
    return encoder["features"](encoder["normHidden"](encoder["hidden"](encoder["normFlat"](h))).relu())


def decode(z):
    return decoder["up"](decoder["norm"](decoder["normFlat"](decoder["hidden"](z)).relu().view(-1, 4, 3, 4)).relu())


optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=0.02)
for _ in range(30):  # so that no weight, scale or running statistic is what it began with
    x = torch.rand(16, 2, 6, 8)
    optimizer.zero_grad()
    mean, log_var = encode(x).chunk(2, 1)
    z = mean + (log_var / 2).exp() * torch.randn_like(mean)
    ((decode(z) - x) ** 2).sum().backward()
    optimizer.step()
encoder.eval(), decoder.eval()
x = torch.rand(3, 2, 6, 8)
with torch.no_grad():
    mean, log_var = encode(x).chunk(2, 1)
    result = {"x": x, "mean": mean, "logVar": log_var, "reconstruction": decode(mean)}
plain = lambda t: {"shape": list(t.shape), "data": [float(f"{v:.8g}") for v in t.flatten().tolist()]}
weights = {f"{name}.{key}": plain(value) for name, module in (("encoder", encoder), ("decoder", decoder))
           for key, value in module.state_dict().items() if not key.endswith("num_batches_tracked")}
print(json.dumps({"torch": torch.__version__.split("+")[0], "weights": weights, **{key: plain(value) for key, value in result.items()}}))
