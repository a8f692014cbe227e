"""Computes measures of disentanglement with scikit-learn on codes and factors that it draws, for measures.golden.test.ts.

    python3 -m venv v && v/bin/pip install scikit-learn && v/bin/python measures.py

writes measures.json beside itself. Definitions are written out from the papers and from scikit-learn's estimators; nothing of
another library of measures is used.
"""
import json
import os

import numpy as np
from scipy.stats import spearmanr
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.feature_selection import mutual_info_classif
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import mutual_info_score, roc_auc_score
from sklearn.svm import LinearSVC

here = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(7)
n = 600
factors = np.stack([rng.integers(0, c, n) for c in (3, 4, 2)], axis=1)
noise = rng.normal(size=(n, 4)) * 0.3
codes = np.stack(
    [
        factors[:, 0] + noise[:, 0],
        factors[:, 1] - 0.7 * factors[:, 0] + noise[:, 1],
        2.0 * factors[:, 2] + noise[:, 2],
        noise[:, 3],
    ],
    axis=1,
)
# Committed with four decimals; both sides compute from those.
codes = np.round(codes, 4)
order = rng.permutation(n)
train, test = order[:400], order[400:]


def bins(column):
    edges = np.linspace(column.min(), column.max(), 21)
    return np.digitize(column, edges[:-1])


discrete = np.stack([bins(codes[:, j]) for j in range(4)], axis=1)
table = np.array([[mutual_info_score(discrete[:, j], factors[:, k]) for k in range(3)] for j in range(4)])
entropies = np.array([mutual_info_score(factors[:, k], factors[:, k]) for k in range(3)])
ranked = -np.sort(-table, axis=0)
mig = float(np.mean((ranked[0] - ranked[1]) / entropies))

svm = np.array(
    [
        [
            LinearSVC(C=0.01, class_weight="balanced", max_iter=1_000_000, tol=1e-10, dual=False)
            .fit(codes[train, j : j + 1], factors[train, k])
            .score(codes[test, j : j + 1], factors[test, k])
            for k in range(3)
        ]
        for j in range(4)
    ]
)

importances, accuracies = [], []
for k in range(3):
    model = GradientBoostingClassifier(random_state=0).fit(codes[train], factors[train, k])
    importances.append(model.feature_importances_.tolist())
    accuracies.append(float(model.score(codes[test], factors[test, k])))

standard = (codes - codes[train].mean(0)) / codes[train].std(0)
regressions, areas = [], []
for k in range(3):
    model = LogisticRegression(max_iter=100_000, tol=1e-12).fit(standard[train], factors[train, k])
    # With two classes scikit-learn trains one score; the softmax of two with half the penalty each is the same model.
    probabilities = model.predict_proba(standard[test])
    regressions.append(np.round(np.log(probabilities[:5]), 8).tolist())
    classes = np.unique(factors[:, k])
    areas.append(float(np.mean([roc_auc_score(factors[test, k] == c, probabilities[:, c]) for c in classes])))

neighbours = [
    [float(mutual_info_classif(codes[:, j : j + 1], factors[:, k], n_neighbors=3, random_state=0)[0]) for k in range(3)]
    for j in range(4)
]



def best_minus_second(scores):
    ordered = -np.sort(-scores, axis=0)
    return float(np.mean(ordered[0] - ordered[1]))


def concentration(rows):
    """Mean over rows of 1 - H(row) / ln width, weighted by the rows' shares."""
    sums = rows.sum(1)
    shares = rows / np.where(sums > 0, sums, 1)[:, None]
    entropy = -(shares * np.log(np.where(shares > 0, shares, 1))).sum(1)
    return float(((1 - entropy / np.log(rows.shape[1])) * sums).sum() / sums.sum())


R = np.array(importances).T
squares = table**2
top = squares.max(1)
modularity = float(np.mean(1 - (squares.sum(1) - top) / (top * (squares.shape[1] - 1))))


def irs():
    weighted = weights = 0.0
    for j in range(codes.shape[1]):
        z = codes[:, j]
        largest = np.abs(z - z.mean()).max()
        scores = []
        for k in range(factors.shape[1]):
            groups = [z[factors[:, k] == c] for c in np.unique(factors[:, k])]
            spread = np.mean([np.percentile(np.abs(g - g.mean()), 99) for g in groups])
            scores.append(1 - spread / largest)
        weighted += largest * max(scores)
        weights += largest
    return float(weighted / weights)


def same_factor(k, first):
    """A point of the same class of factor k."""
    return rng.choice(np.flatnonzero(factors[:, k] == factors[first, k]))


def factor_vae_score(codes, train_votes=4000, test_votes=4000):
    variances = codes.var(0, ddof=1)

    def vote():
        k = rng.integers(factors.shape[1])
        first = rng.integers(n)
        points = rng.choice(np.flatnonzero(factors[:, k] == factors[first, k]), 64)
        return k, int(np.argmin(codes[points].var(0, ddof=1) / variances))

    votes = np.zeros((codes.shape[1], factors.shape[1]))
    for _ in range(train_votes):
        k, j = vote()
        votes[j, k] += 1
    majority = votes.argmax(1)
    return float(np.mean([majority[j] == k for k, j in (vote() for _ in range(test_votes))]))


def beta_vae_score(codes, train_pairs=2000, test_pairs=2000):
    features, labels = [], []
    for _ in range(train_pairs + test_pairs):
        k = rng.integers(factors.shape[1])
        first = rng.integers(n, size=64)
        second = [same_factor(k, i) for i in first]
        features.append(np.abs(codes[first] - codes[second]).mean(0))
        labels.append(k)
    model = LogisticRegression(max_iter=10_000).fit(features[:train_pairs], labels[:train_pairs])
    return float(model.score(features[train_pairs:], labels[train_pairs:]))


def stretched(rows):
    width = rows.shape[1]
    return float((np.mean(rows.max(1) / rows.sum(1)) - 1 / width) / (1 - 1 / width))


information = np.array(neighbours) / entropies
active = information[information.max(1) >= 0.05]
predicted = []
for k in range(3):
    model = LogisticRegression(max_iter=100_000, tol=1e-12).fit(standard[train], factors[train, k])
    probabilities = model.predict_proba(standard[test])
    predicted.append(1 + np.mean(np.log(probabilities[np.arange(len(test)), factors[test, k]])) / entropies[k])

# Chen's gap of posteriors of these means and a deviation of 0.2: entropies of mixtures in one dimension, by quadrature.
deviation = 0.2


def mixture_entropy(means):
    grid = np.linspace(means.min() - 8 * deviation, means.max() + 8 * deviation, 6001)
    density = np.exp(-0.5 * ((grid[:, None] - means) / deviation) ** 2).mean(1) / (deviation * np.sqrt(2 * np.pi))
    return -np.trapezoid(density * np.log(np.where(density > 0, density, 1)), grid)


chen = np.zeros((4, 3))
for j in range(4):
    whole = mixture_entropy(codes[:, j])
    for k in range(3):
        classes, sizes = np.unique(factors[:, k], return_counts=True)
        parts = sum(s / n * mixture_entropy(codes[factors[:, k] == c, j]) for c, s in zip(classes, sizes))
        chen[j, k] = max(0, whole - parts) / np.log(len(classes))

# UDR of three models: the codes, the codes turned around and one of them given up, and a rotation.
turned = np.stack([-codes[:, 1], codes[:, 0], codes[:, 3], codes[:, 2]], axis=1)
rotated = codes @ np.linalg.qr(np.arange(16.0).reshape(4, 4) + np.eye(4) * 7)[0]
models = [(codes, [1, 1, 1, 1]), (turned, [1, 1, 0.001, 1]), (np.round(rotated, 6), [1, 1, 1, 1])]


def udr_pair(a, b):
    informative = [np.flatnonzero(np.array(rates) > 0.01) for _, rates in (a, b)]
    R = np.array([[abs(spearmanr(a[0][:, i], b[0][:, j])[0]) for j in informative[1]] for i in informative[0]])
    share = sum(column.max() ** 2 / column.sum() for column in R.T) + sum(row.max() ** 2 / row.sum() for row in R)
    return share / sum(R.shape)


udr = [float(np.median([udr_pair(a, b) for b in models if b is not a])) for a in models]

covariance = np.cov(codes.T)
diagonal = np.diag(np.diag(covariance))
root = np.sqrt(np.linalg.eigvalsh(np.sqrt(diagonal) @ covariance @ np.sqrt(diagonal))).sum()
gaussian = 0.5 * (np.log(np.diag(covariance)).sum() - np.linalg.slogdet(covariance)[1])

result = {
    "codes": codes.tolist(),
    "factors": factors.tolist(),
    "train": train.tolist(),
    "test": test.tolist(),
    "information": table.tolist(),
    "mig": mig,
    "svm": svm.tolist(),
    "importances": importances,
    "accuracies": accuracies,
    "regressions": regressions,
    "areas": areas,
    "neighbours": neighbours,
    "gaussianTotalCorrelation": float(gaussian),
    "wassersteinCorrelation": float(2 * np.trace(covariance) - 2 * root),
    "meanMutualInformation": float(
        np.mean([mutual_info_score(discrete[:, a], discrete[:, b]) for a in range(4) for b in range(a)])
    ),
    "sap": best_minus_second(svm),
    "sapOfNumbers": best_minus_second(
        np.array([[np.corrcoef(codes[:, j], factors[:, k])[0, 1] ** 2 for k in range(3)] for j in range(4)])
    ),
    "dci": [concentration(R), concentration(R.T), float(np.mean(accuracies))],
    "modularity": modularity,
    "explicitness": float(np.mean(areas)),
    "irs": irs(),
    "factorVaeScores": [factor_vae_score(c) for c, _ in models],
    "betaVaeScores": [beta_vae_score(c) for c, _ in models],
    "infoMec": [stretched(active), stretched(active.T), float(np.mean(np.maximum(predicted, 0)))],
    "chen": best_minus_second(chen),
    "udr": udr,
    "udrModels": [[c.tolist(), rates] for c, rates in models[1:]],
}
with open(os.path.join(here, "measures.json"), "w") as file:
    json.dump(result, file, separators=(",", ":"))
    file.write("\n")
