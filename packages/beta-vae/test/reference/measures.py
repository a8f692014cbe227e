"""Computes measures of disentanglement with scikit-learn on codes and factors that it draws, for measures.golden.test.ts.

    python3 -m venv v && v/bin/pip install scikit-learn && v/bin/python measures.py

writes measures.json beside itself. Definitions are written out from the papers and from scikit-learn's estimators; nothing of
another library of measures is used.
"""
import json
import os

import numpy as np
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
}
with open(os.path.join(here, "measures.json"), "w") as file:
    json.dump(result, file, separators=(",", ":"))
    file.write("\n")
