"""Writes the breast cancer table of scikit-learn (569 tumours, 30 measurements) as CSV, the diagnosis last.

    python3 -m venv v && v/bin/pip install scikit-learn && v/bin/python breastCancer.py breast-cancer.csv
"""
import csv
import sys

from sklearn.datasets import load_breast_cancer

data = load_breast_cancer()
with open(sys.argv[1], "w", newline="") as file:
    writer = csv.writer(file)
    writer.writerow([*(name.replace(" ", "_") for name in data.feature_names), "diagnosis"])
    for row, target in zip(data.data, data.target):
        writer.writerow([*row, data.target_names[target]])
