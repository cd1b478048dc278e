def read_columns(path: Path) -> dict[str, list[str]]:
    """The columns that are used, as text; without the rows that have no target."""  #? target_missing
    """The columns that are used, as text."""  #? !target_missing
    with path.open(encoding="utf-8-sig", newline="") as file:  #? csv
        rows = csv.reader(file, delimiter={{delimiter}})  #? csv
        header = [name.strip() for name in next(rows, [])]  #? csv
        check_names(path, header)  #? csv
        places = {name: header.index(name) for name in COLUMNS}  #? csv
        columns: dict[str, list[str]] = {name: [] for name in COLUMNS}  #? csv
        for row in filter(None, rows):  #? csv
            if len(row) != len(header):  #? csv
                raise SystemExit(  #? csv
                    f"{path}:{rows.line_num}: {len(row)} fields; the header has {len(header)}"  #? csv
                )  #? csv
            if row[places[TARGET]].strip().lower() in MISSING:  #? csv&target_missing
                continue  #? csv&target_missing
            for name, place in places.items():  #? csv
                columns[name].append(row[place].strip())  #? csv
    return columns  #? csv
    check_names(path, pyarrow.parquet.read_schema(path).names)  #? parquet
    table = pyarrow.parquet.read_table(path, columns=COLUMNS).to_pydict()  #? parquet
    columns = {  #? parquet
        name: ["" if value is None else str(value).strip() for value in values]  #? parquet
        for name, values in table.items()  #? parquet
    }  #? parquet
    kept = [i for i, text in enumerate(columns[TARGET]) if text.lower() not in MISSING]  #? parquet&target_missing
    return {name: [texts[i] for i in kept] for name, texts in columns.items()}  #? parquet&target_missing
    return columns  #? parquet&!target_missing


def check_names(path: Path, names: list[str]) -> None:
    absent = [name for name in COLUMNS if name not in names]
    if absent:
        raise SystemExit(f"{path}: no column is named {', '.join(absent)}")


def number(text: str) -> float:  #? missing
    return math.nan if text.lower() in MISSING else float(text)  #? missing
  #? missing
  #? missing
def days(text: str) -> float:  #? dates
    """Days since 1970."""  #? dates
    if text.lower() in MISSING:  #? dates&missing
        return math.nan  #? dates&missing
    moment = datetime.fromisoformat(text)  #? dates
    return moment.replace(tzinfo=moment.tzinfo or timezone.utc).timestamp() / 86_400  #? dates
