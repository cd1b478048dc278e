"""Data sets for the tests and benchmarks of tasks: `data.py FOLDER [NAME...]` writes those named, or all, and prints their paths.

Those of scikit-learn are in its package; the others are made here, the same each time. The text is Python's own documentation: the topics of
`help()` and the docstrings of the standard library.
"""

import ast
import csv
import datetime
import pathlib
import random
import sys
import sysconfig

import numpy as np
from sklearn import datasets

# The size of the usual Shakespeare file.
CHARACTERS = 1_115_394


def write(path, header, rows, delimiter=","):
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, delimiter=delimiter)
        table.writerow(header)
        table.writerows(rows)


def packaged(name, load):
    def make(folder):
        bunch = load()
        header = [str(feature) for feature in bunch.feature_names]
        label = bunch.target_names if "target_names" in bunch else None
        target = [float(t) if label is None else label[t] for t in bunch.target]
        rows = [[*map(float, x), y] for x, y in zip(bunch.data, target)]
        write(folder / f"{name}.csv", [*header, "target"], rows)

    return make


def houses(folder):
    """Twenty thousand districts like those of the California data, which is not in the package: prices by income, crowding and the coast."""
    rng = np.random.default_rng(0)
    n = 20_000
    income, age = rng.lognormal(1.2, 0.45, n), rng.integers(1, 52, n)
    rooms, people, crowd = rng.lognormal(1.6, 0.25, n), rng.lognormal(7, 0.7, n), rng.lognormal(1.05, 0.2, n)
    latitude = rng.uniform(32, 42, n)
    inland = rng.uniform(0, 3, n)
    coast = np.exp(-inland)
    price = 0.45 * income + 0.3 * np.log(rooms) - 0.6 * np.log(crowd) + 0.004 * age
    price += coast * (1.2 + 0.09 * income + 0.25 * np.sin(3 * latitude)) + rng.normal(0, 0.35, n)
    columns = [income, age, rooms, people, crowd, latitude, -124 + 0.9 * (42 - latitude) + inland, np.clip(price, 0.15, 5)]
    header = ["income", "age", "rooms", "population", "occupancy", "latitude", "longitude", "price"]
    write(folder / "houses.csv", header, [[f"{value:.5f}" for value in row] for row in zip(*columns)])


def flats(folder):
    """A table with all that real ones have: semicolons, gaps, categories, dates, a skewed column, some of no use."""
    rng = np.random.default_rng(1)
    rows = []
    cities = ["Bonn", "Essen", "Gera", "Köln", 'Ulm "am See"']
    for i in range(3_000):
        city, area, built = int(rng.integers(5)), rng.uniform(20, 200), int(rng.integers(1900, 2020))
        price = area * (1_000 + 500 * city) * (1 + (built - 1960) / 500) + rng.normal(0, 9_000)
        rows.append([
            i + 1,
            "" if rng.random() < 0.1 else f"{area:.1f}",
            "NA" if rng.random() < 0.05 else cities[city],
            "" if rng.random() < 0.03 else built,
            datetime.date(2020, 1, 1) + datetime.timedelta(int(rng.integers(900))),
            f"{rng.lognormal(2, 2):.3f}",
            7,
            f"note {i}",
            "" if rng.random() < 0.01 else f"{price:.0f}",
        ])
    write(folder / "flats.csv", ["id", "area", "city", "built", "sold on", "views", "floor", "note", "price"], rows, ";")


def flats_parquet(folder):
    import pyarrow.csv
    import pyarrow.parquet

    flats(folder)
    options = pyarrow.csv.ParseOptions(delimiter=";")
    pyarrow.parquet.write_table(pyarrow.csv.read_csv(folder / "flats.csv", parse_options=options), folder / "flats.parquet")


def power(folder):
    """Four years of days: the load of a grid, by temperature and by the day of the week."""
    rng = np.random.default_rng(2)
    day = np.arange(1_500)
    warmth = 10 + 10 * np.sin(2 * np.pi * day / 365) + 0.3 * np.cumsum(rng.normal(0, 0.3, 1_500)) + rng.normal(0, 1, 1_500)
    load = 50 - 1.2 * warmth + 8 * np.sin(2 * np.pi * day / 7) + rng.normal(0, 1.2, 1_500)
    dates = [datetime.date(2020, 1, 1) + datetime.timedelta(int(d)) for d in day]
    rows = zip(dates, (f"{w:.3f}" for w in warmth), (f"{x:.3f}" for x in load))
    write(folder / "power.csv", ["date", "temperature", "load"], rows)


def waves(folder):
    """Noisy waves of three frequencies with any phase, beside noise."""
    rng = np.random.default_rng(3)
    label = rng.integers(0, 3, 2_000)
    place = np.arange(30) / 30
    wave = np.sin(2 * np.pi * ((label[:, None] + 1) * place + rng.random((2_000, 1)))) + rng.normal(0, 0.7, (2_000, 30))
    x = np.stack([wave, rng.normal(0, 1, (2_000, 30))], axis=2).astype(np.float32)
    np.savez(folder / "waves.npz", X=x, y=label)


def digit_images(folder):
    bunch = datasets.load_digits()
    np.savez_compressed(folder / "digits.npz", images=bunch.images.astype(np.uint8), target=bunch.target)


def pictures(folder):
    """The digits 0 to 3 as PNG files."""
    from PIL import Image

    bunch = datasets.load_digits()
    for i, (image, label) in enumerate(zip(bunch.images, bunch.target)):
        if label < 4:
            path = folder / "pictures" / f"digit {label}" / f"{i}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray((image * 15).astype(np.uint8)).resize((16, 16)).save(path)


def documentation():
    import pydoc_data.topics

    parts = [pydoc_data.topics.topics[name] for name in sorted(pydoc_data.topics.topics)]
    for path in sorted(pathlib.Path(sysconfig.get_paths()["stdlib"]).glob("*.py")):
        tree = ast.parse(path.read_bytes())
        documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
        parts += filter(None, (ast.get_docstring(node) for node in ast.walk(tree) if isinstance(node, documented)))
    random.Random(0).shuffle(parts)
    return "".join(c for c in "\n\n".join(parts) if c == "\n" or " " <= c <= "~")


def text(name, characters):
    def make(folder):
        (folder / f"{name}.txt").write_text(documentation()[:characters], encoding="utf-8")

    return make


# Each file or folder, and what makes it.
SETS = {
    "iris.csv": packaged("iris", datasets.load_iris),
    "wine.csv": packaged("wine", datasets.load_wine),
    "cancer.csv": packaged("cancer", datasets.load_breast_cancer),
    "digits.csv": packaged("digits", datasets.load_digits),
    "diabetes.csv": packaged("diabetes", lambda: datasets.load_diabetes(scaled=False)),
    "houses.csv": houses,
    "flats.csv": flats,
    "flats.parquet": flats_parquet,
    "power.csv": power,
    "waves.npz": waves,
    "digits.npz": digit_images,
    "pictures": pictures,
    "python.txt": text("python", CHARACTERS),
    "short.txt": text("short", 150_000),
}

if __name__ == "__main__":
    target = pathlib.Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[2:] or SETS:
        SETS[name](target)
        print(target / name)
