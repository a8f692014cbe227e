"""Files of torch.save for decodePytorch.test.ts, in pytorch/ beside this script, and what they hold. `python3 pytorchFiles.py` (needs torch)."""
import collections
import json
import os
import pathlib
import torch
from torch import nn

here = pathlib.Path(__file__).parent / "pytorch"
torch.manual_seed(1)
net = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
net(torch.rand(8, 3))
kinds = {"half": torch.tensor([1.5, -2.25, 65504, 6e-8]).half(), "brain": torch.tensor([1.5, -3e38, 1e-38]).bfloat16(), "double": torch.tensor([torch.pi], dtype=torch.float64),
         "short": torch.tensor([-300], dtype=torch.int16), "bytes": torch.tensor([0, 255], dtype=torch.uint8), "signs": torch.tensor([-128, 127], dtype=torch.int8),
         "flags": torch.tensor([True, False]), "empty": torch.zeros(0, 4), "number": torch.tensor(2.5), "infinite": torch.tensor([float("inf"), float("nan")])}
grid = torch.arange(24.0).reshape(2, 3, 4)
views = {"turned": grid.permute(2, 0, 1), "part": grid[1, 1:, ::2], "whole": grid, "tied": grid}
checkpoint = {"state_dict": net.state_dict(), "epoch": 3, "best": 0.5, "name": "run", "optimizer": torch.optim.Adam(net.parameters()).state_dict(),
              "parameter": nn.Parameter(torch.ones(2)), "list": [1, 2]}
for name, value in {"layers": net.state_dict(), "kinds": kinds, "views": views, "checkpoint": checkpoint}.items():
    torch.save(value, here / f"{name}.pt")
    torch.save(value, here / f"{name}-old.pt", _use_new_zipfile_serialization=False)
torch.save({"wide": torch.tensor([2**40])}, here / "wide.pt")
torch.save(net, here / "module.pt")


class Attack:
    def __reduce__(self):
        return os.system, ("echo attacked",)


torch.save({"a": Attack()}, here / "attack.pt")


def flat(value, prefix=""):
    if isinstance(value, torch.Tensor):
        yield prefix, {"shape": list(value.shape), "data": [str(v) for v in value.detach().flatten().double().tolist()]}
    elif isinstance(value, collections.abc.Mapping):
        for key, entry in value.items():
            yield from flat(entry, f"{prefix}.{key}" if prefix else str(key))


expected = {name: dict(flat(value)) for name, value in {"layers": net.state_dict(), "kinds": kinds, "views": views, "checkpoint": checkpoint}.items()}
(here / "expected.json").write_text(json.dumps({"torch": torch.__version__.split("+")[0], **expected}) + "\n")
