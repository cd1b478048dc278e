def export(model: Model, data: Data, path: Path) -> None:
    """Writes the trained model as ONNX, for any number of examples at once."""
    model.cpu().eval()
    example = data.test.take(torch.arange(1))
    with warnings.catch_warnings():
        # The exporter that it recommends needs packages beside PyTorch.
        warnings.simplefilter("ignore", DeprecationWarning)
        # It warns of cells without a first state, but here that is made for any number.  #? cells
        warnings.filterwarnings("ignore", "Exporting a model to ONNX with a batch_size")  #? cells
        torch.onnx.export(
            model,
            example.inputs,
            path,
            input_names=INPUT_NAMES,
            output_names=["{{output}}"],
            dynamic_axes={name: {0: "batch"} for name in [*INPUT_NAMES, "{{output}}"]},
            opset_version=17,
            dynamo=False,
        )


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--data", type=Path, default=Path({{source}}), help="default: %(default)s"
    )
    parser.add_argument("--out", type=Path, default=Path({{folder}}), help="where results go")
    parser.add_argument("--model", choices=MODELS, default="{{chosen}}", help="default: %(default)s")  #? tune
    parser.add_argument("--tune", action="store_true", help="train every model, keep the best")  #? tune
    parser.add_argument("--epochs", type=int, default={{epochs}}, help="at most; default: %(default)s")
    parser.add_argument("--patience", type=int, default={{patience}}, help="epochs without progress")
    parser.add_argument("--batch-size", type=int, default={{batch}}, help="default: %(default)s")
    parser.add_argument("--learning-rate", type=float, help="default: what suits the model")  #? tune
    parser.add_argument(  #? !tune&!convex
        "--learning-rate", type=float, default={{learning_rate}}, help="default: %(default)s"  #? !tune&!convex
    )  #? !tune&!convex
    parser.add_argument("--weight-decay", type=float, help="default: what suits the model")  #? tune
    parser.add_argument(  #? !tune
        "--weight-decay", type=float, default={{decay}}, help="default: %(default)s"  #? !tune
    )  #? !tune
    parser.add_argument("--sample", type=int, default=300, help="characters to make up at the end")  #? text
    parser.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    parser.add_argument("--log-every", type=int, default={{log_every}}, metavar="EPOCHS")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint in --out")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    return parser.parse_args()


def main() -> None:
    args = parse_arguments()
    args.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(args.seed)
    data = load(args.data, args.seed)  #? seeded
    data = load(args.data)  #? !seeded
    parts = (data.train, data.validation, data.test)
    print("examples to train, validate and test:", *(len(part) for part in parts))
    best = math.inf  #? tune
    for name in MODELS if args.tune else [args.model]:  #? tune
        candidate = Model({{model_arguments}}name).to(args.device)  #? tune
        candidate.fit_normalization(data.train)  #? tune&fit
        print(f"{name}: {sum(p.numel() for p in candidate.parameters())} parameters")  #? tune
        loss = train(candidate, data, args, name)  #? tune
        print(f"{name}: validation {loss:.4f}")  #? tune
        if loss < best:  #? tune
            best, chosen, model = loss, name, candidate  #? tune
    print(f"test of {chosen}")  #? tune
    model = Model({{model_arguments}})  #? !tune
    model.fit_normalization(data.train)  #? !tune&fit
    model.to(args.device)  #? !tune
    print(f"{sum(p.numel() for p in model.parameters())} parameters")  #? !tune
    train(model, data, args)  #? !tune
    metrics = evaluate(model, data, args)
    for name, values in metrics.items():
        print(f"{name:20}", *(f"{metric} {value:.4f}" for metric, value in values.items()))
    (args.out / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n")
    (args.out / "vocabulary.json").write_text(json.dumps(data.vocabulary, indent=2) + "\n")  #? categories
    (args.out / "alphabet.json").write_text(json.dumps(data.alphabet) + "\n")  #? text
    print(sample(model, data, args))  #? text
    export(model, data, args.out / "model.onnx")


if __name__ == "__main__":
    main()
