def load(path: Path, seed: int) -> Data:
    columns = read_columns(path)
    for name in CATEGORIES:  #? unnamed
        # What is missing is a category of its own.  #? unnamed
        columns[name] = ["" if text.lower() in MISSING else text for text in columns[name]]  #? unnamed
    label = {name: index for index, name in enumerate(CLASSES)}  #? classes
    unknown = sorted(set(columns[TARGET]) - set(CLASSES))  #? classes
    if unknown:  #? classes
        raise SystemExit(f"{path}: classes that are not in CLASSES: {', '.join(unknown)}")  #? classes
    target = torch.tensor([label[text] for text in columns[TARGET]])  #? classes
    target = torch.tensor([float(text) for text in columns[TARGET]])  #? !classes
    keys = list(zip(*(columns[name] for name in COLUMNS[1:])))
    parts = split(keys, target.tolist(), seed)  #? classes
    parts = split(keys, seed)  #? !classes
    read = dict.fromkeys(DATES, days)  #? dates
    numbers = torch.tensor([[{{read}}(text) for text in columns[name]] for name in NUMERIC]).T  #? numeric&!dates
    numbers = torch.tensor(  #? numeric&dates
        [[read.get(name, {{read}})(text) for text in columns[name]] for name in NUMERIC]  #? numeric&dates
    ).T  #? numeric&dates
    vocabulary = {  #? categories
        name: sorted({columns[name][row] for row in parts[0].tolist()}) for name in CATEGORIES  #? categories
    }  #? categories
    indices = {  #? categories
        name: {word: index for index, word in enumerate(words, start=1)}  #? categories
        for name, words in vocabulary.items()  #? categories
    }  #? categories
    codes = torch.tensor(  #? categories
        [[indices[name].get(text, 0) for text in columns[name]] for name in CATEGORIES]  #? categories
    ).T  #? categories
    examples = Examples({{inputs}}, target)
    train, validation, test = (examples.take(rows) for rows in parts)
    return Data(train, validation, test, vocabulary)  #? categories
    return Data(train, validation, test)  #? !categories
