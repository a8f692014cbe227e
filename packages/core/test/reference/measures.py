"""Computes measures of arrays with scikit-learn and SciPy on inputs that it draws, for measures.golden.test.ts.

    python3 -m venv v && v/bin/pip install scikit-learn scipy && v/bin/python measures.py

writes measures.json beside itself. Inputs are rounded to four decimals; both sides compute from those.
"""
import json
import os

import numpy as np
from scipy import linalg, signal, stats
from scipy.optimize import minimize_scalar
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import average_precision_score, r2_score, roc_auc_score
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors
from sklearn.preprocessing import StandardScaler

here = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(11)


def rounded(x):
    return np.round(x, 4)


# Two sets of features, correlated, of different size; the second of lower rank.
mix = rng.normal(size=(6, 6))
a = rounded(rng.normal(size=(80, 6)) @ mix)
b = rounded(rng.normal(size=(60, 4)) @ rng.normal(size=(4, 6)) + 0.5)


def frechet(a, b):
    sa, sb = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = linalg.sqrtm(sa @ sb)
    return float(np.sum((a.mean(0) - b.mean(0)) ** 2) + np.trace(sa + sb - 2 * np.real(root)))


def prdc(real, fake, k):
    """Naeem et al. 2020 and Kynkaanniemi et al. 2019, written out."""
    radius = lambda x: NearestNeighbors(n_neighbors=k + 1).fit(x).kneighbors(x)[0][:, -1]
    rr, rf = radius(real), radius(fake)
    d = np.sqrt(((real[:, None] - fake[None]) ** 2).sum(-1))
    near = d <= rr[:, None]
    return [
        float(near.any(0).mean()),
        float((d <= rf[None]).any(1).mean()),
        float(near.sum(0).mean() / k),
        float(near.any(1).mean()),
    ]


# Scores with ties.
scores = np.round(rng.normal(size=120), 1)
positive = (scores + rng.normal(size=120) > 0.5).astype(int)


def delong(scores, positive):
    """DeLong et al. 1988 by the full table of pairs."""
    x, y = scores[positive == 1], scores[positive == 0]
    psi = (x[:, None] > y[None]) + 0.5 * (x[:, None] == y[None])
    return float(np.sqrt(psi.mean(1).var(ddof=1) / len(x) + psi.mean(0).var(ddof=1) / len(y)))


# Logits of a classifier that is too sure.
logits = rounded(3 * rng.normal(size=(150, 4)))
labels = np.array([rng.choice(4, p=np.exp(l / 3) / np.exp(l / 3).sum()) for l in logits])
nll = lambda s: -np.mean([l[y] * s - np.log(np.exp(l * s).sum()) for l, y in zip(logits, labels)])
inverse = minimize_scalar(nll, bounds=(0.01, 10), method="bounded", options={"xatol": 1e-10}).x

# A probe: features of unlike scale.
scale = np.array([1, 10, 0.1, 3, 1])
centers = rng.normal(size=(3, 5))
classes = rng.integers(0, 3, 200)
features = rounded((centers[classes] + rng.normal(size=(200, 5))) * scale)
targets = rounded(features @ rng.normal(size=5) + rng.normal(size=200))
train, test = slice(0, 140), slice(140, 200)
scaler = StandardScaler().fit(features[train])
z = scaler.transform(features)
linear = LogisticRegression(C=1.0, max_iter=5000, tol=1e-10).fit(z[train], classes[train])
knn = KNeighborsClassifier(5).fit(features[train], classes[train])
ridge = Ridge(alpha=1e-6 * 140).fit(z[train], targets[train])

# Images.
images = rng.integers(0, 256, size=(3, 16, 14, 2))
others = np.clip(images + rng.integers(-40, 41, size=images.shape), 0, 255)


def ssim(x, y, peak=255.0):
    """Wang et al. 2004, equation 13, where the 11x11 window fits."""
    g = np.exp(-((np.arange(11) - 5) ** 2) / (2 * 1.5**2))
    w = np.outer(g, g) / g.sum() ** 2
    f = lambda p: signal.convolve2d(p, w, mode="valid")
    c1, c2 = (0.01 * peak) ** 2, (0.03 * peak) ** 2
    mx, my = f(x), f(y)
    vx, vy, cov = f(x * x) - mx**2, f(y * y) - my**2, f(x * y) - mx * my
    return float(
        np.mean((2 * mx * my + c1) * (2 * cov + c2) / ((mx**2 + my**2 + c1) * (vx + vy + c2)))
    )


pairs = [rounded(rng.normal(size=7)), rounded(rng.normal(size=7) + 0.4)]
t_values = [(0.0, 3), (0.5, 1), (1.0, 2), (2.1, 4), (2.776, 4), (3.5, 9), (12.0, 30), (0.1, 200)]
symmetric = rng.normal(size=(7, 7))
symmetric = rounded(symmetric + symmetric.T)

reference = {
    "a": a.tolist(),
    "b": b.tolist(),
    "frechet": frechet(a, b),
    "frechetSelf": frechet(a, rounded(a + 0.25)),
    "prdc": prdc(a, b, 3),
    "scores": scores.tolist(),
    "positive": positive.tolist(),
    "auroc": float(roc_auc_score(positive, scores)),
    "delong": delong(scores, positive),
    "averagePrecision": float(average_precision_score(positive, scores)),
    "logits": logits.tolist(),
    "labels": labels.tolist(),
    "temperature": float(1 / inverse),
    "features": features.tolist(),
    "classes": classes.tolist(),
    "targets": targets.tolist(),
    "linear": float(linear.score(z[test], classes[test])),
    "logProbabilities": linear.predict_log_proba(z[test][:4]).tolist(),
    "knn": float(knn.score(features[test], classes[test])),
    "r2": float(r2_score(targets[test], ridge.predict(z[test]))),
    "images": images.tolist(),
    "others": others.tolist(),
    "ssim": [
        float(np.mean([ssim(x[..., c].astype(float), y[..., c].astype(float)) for c in range(2)]))
        for x, y in zip(images, others)
    ],
    "pairs": [p.tolist() for p in pairs],
    "paired": [float(v) for v in stats.ttest_rel(*pairs)],
    "t": [[t, n, float(2 * stats.t.sf(t, n))] for t, n in t_values],
    "symmetric": symmetric.tolist(),
    "eigenvalues": sorted(np.linalg.eigvalsh(symmetric).tolist(), reverse=True),
}
with open(os.path.join(here, "measures.json"), "w") as file:
    json.dump(reference, file)
    file.write("\n")
