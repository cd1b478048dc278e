def load(path: Path, seed: int) -> Data:
    with np.load(path, allow_pickle=False) as arrays:
        absent = [name for name in (INPUTS, TARGET) if name not in arrays]
        if absent:
            raise SystemExit(f"{path}: no array is named {', '.join(absent)}")
        inputs, target = arrays[INPUTS], arrays[TARGET]
    unknown = sorted(set(target.tolist()) - set(CLASSES))  #? classes
    if unknown:  #? classes
        raise SystemExit(f"{path}: classes that are not in CLASSES: {unknown}")  #? classes
    target = np.searchsorted(CLASSES, target)  #? classes
    inputs = inputs[:, np.newaxis]  #? absent
    inputs = inputs.transpose(0, 3, 1, 2)  #? last
    inputs = np.ascontiguousarray(inputs, dtype=np.float32)
    parts = split([example.tobytes() for example in inputs], target.tolist(), seed)  #? classes
    parts = split([example.tobytes() for example in inputs], seed)  #? !classes
    examples = Examples((torch.from_numpy(inputs),), torch.from_numpy(target).long())  #? classes
    examples = Examples((torch.from_numpy(inputs),), torch.from_numpy(target).float())  #? !classes
    return Data(*(examples.take(rows) for rows in parts))
