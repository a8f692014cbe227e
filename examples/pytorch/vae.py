import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader
from torchvision.datasets import FashionMNIST
from torchvision.transforms import ToTensor

torch.manual_seed(1)


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 400)
        self.mean = nn.Linear(400, 20)
        self.log_var = nn.Linear(400, 20)
        self.decoder = nn.Sequential(nn.Linear(20, 400), nn.ReLU(), nn.Linear(400, 784))

    def forward(self, x):
        h = F.relu(self.hidden(x))
        mean, log_var = self.mean(h), self.log_var(h)
        z = mean + torch.exp(log_var / 2) * torch.randn_like(mean)
        return self.decoder(z), mean, log_var


def loss_function(logits, x, mean, log_var):
    distortion = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
    kl = 0.5 * (log_var.exp() + mean**2 - 1 - log_var).sum()
    return (distortion + kl) / len(x)


model = VAE()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
images = FashionMNIST("data", train=True, download=True, transform=ToTensor())
for epoch in range(10):
    for x, _ in DataLoader(images, batch_size=128, shuffle=True, drop_last=True):
        x = x.flatten(1)
        optimizer.zero_grad()
        logits, mean, log_var = model(x)
        loss = loss_function(logits, x, mean, log_var)
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())

samples = torch.sigmoid(model.decoder(torch.randn(16, 20))).view(16, 28, 28)
torch.save(model.state_dict(), "vae.pt")
