def split(keys: list[Hashable], classes: list[int], seed: int) -> tuple[Tensor, Tensor, Tensor]:  #? classes
def split(keys: list[Hashable], seed: int) -> tuple[Tensor, Tensor, Tensor]:  #? !classes
    """Rows for training, validation and test.

    Each class is in each part as often as in the whole, and rows with the same key  #? classes
    are in one part: what a model is tested on it has not seen.  #? classes
    Rows with the same key are in one part: what a model is tested on it has not seen.  #? !classes
    """
    members: dict[Hashable, list[int]] = {}
    for row, key in enumerate(keys):
        members.setdefault(key, []).append(row)
    strata: dict[int, list[list[int]]] = {}  #? classes
    for rows in members.values():  #? classes
        strata.setdefault(classes[rows[0]], []).append(rows)  #? classes
    shuffle = random.Random(seed).shuffle
    train, validation, test = [], [], []
    for groups in strata.values():  #? classes
        shuffle(groups)  #? classes
        held_out = max(1, round(HELD_OUT * sum(len(rows) for rows in groups)))  #? classes
        for part in (test, validation):  #? classes
            wanted = len(part) + held_out  #? classes
            while len(groups) > 1 and len(part) < wanted:  #? classes
                part += groups.pop()  #? classes
        train += [row for rows in groups for row in rows]  #? classes
    groups = list(members.values())  #? !classes
    shuffle(groups)  #? !classes
    for part in (test, validation):  #? !classes
        while len(groups) > 1 and len(part) < HELD_OUT * len(keys):  #? !classes
            part += groups.pop()  #? !classes
    train += [row for rows in groups for row in rows]  #? !classes
    if not (train and validation and test):
        raise SystemExit("the examples that differ are too few for three parts")
    return torch.tensor(train), torch.tensor(validation), torch.tensor(test)
