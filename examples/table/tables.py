"""Writes wine.csv and breast-cancer.csv from the tables that scikit-learn ships (`pip install scikit-learn`).

Wine: M. Forina et al., PARVUS (1988); breast cancer: W. Wolberg, O. Mangasarian, N. Street, W. Street, Diagnostic Wisconsin (1993);
both of the UCI Machine Learning Repository, CC BY 4.0.
"""

import csv
from pathlib import Path

from sklearn.datasets import load_breast_cancer, load_wine


def write(name, table, label):
    with open(Path(__file__).parent / name, "w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow([*table.feature_names, label])
        for values, target in zip(table.data, table.target):
            rows.writerow([*(f"{value:.6g}" for value in values), table.target_names[target]])


write("wine.csv", load_wine(), "cultivar")
write("breast-cancer.csv", load_breast_cancer(), "diagnosis")
