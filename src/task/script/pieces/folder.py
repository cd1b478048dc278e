def load(path: Path, seed: int) -> Data:
    images, target = [], []
    for label, name in enumerate(CLASSES):
        for file in sorted((path / name).iterdir()):
            if file.suffix.lower() in EXTENSIONS:
                with Image.open(file) as image:
                    scaled = image.convert({{mode}}).resize((SIZE, SIZE), Image.Resampling.BILINEAR)
                images.append(np.asarray(scaled))
                target.append(label)
    pixels = torch.from_numpy(np.stack(images)).unsqueeze(1)  #? gray
    pixels = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2)  #? !gray
    parts = split([image.tobytes() for image in images], target, seed)
    examples = Examples((pixels,), torch.tensor(target))
    return Data(*(examples.take(rows) for rows in parts))
