use super::super::File;
use super::super::native::Native;
use super::super::walk::Found;
use crate::syntax::{Edit, Node};

pub(super) const PASSES: &[Native] = &[Native {
    name: "pretrained_is_weights",
    words: &[&["pretrained", "pretrained_backbone", "(True)", "(False)", "(True,", "(False,"]],
    around: &["torchvision"],
    whole: false,
    run,
}];

/// Models of torchvision by the module that they are reached through, and the weights that `pretrained=True` stood for.
const WEIGHTS: [(&str, &str, &str); 7] = [
    (
        "",
        "IMAGENET1K_V1",
        "alexnet convnext_tiny convnext_small convnext_base convnext_large densenet121 densenet161 densenet169 densenet201 efficientnet_b0 \
        efficientnet_b1 efficientnet_b2 efficientnet_b3 efficientnet_b4 efficientnet_b5 efficientnet_b6 efficientnet_b7 \
        efficientnet_v2_s efficientnet_v2_m efficientnet_v2_l googlenet inception_v3 maxvit_t mnasnet0_5 mnasnet0_75 mnasnet1_0 \
        mnasnet1_3 mobilenet_v2 mobilenet_v3_large mobilenet_v3_small regnet_x_400mf regnet_x_800mf regnet_x_1_6gf regnet_x_3_2gf \
        regnet_x_8gf regnet_x_16gf regnet_x_32gf regnet_y_400mf regnet_y_800mf regnet_y_1_6gf regnet_y_3_2gf regnet_y_8gf \
        regnet_y_16gf regnet_y_32gf resnet18 resnet34 resnet50 resnet101 resnet152 resnext50_32x4d resnext101_32x8d \
        resnext101_64x4d shufflenet_v2_x0_5 shufflenet_v2_x1_0 shufflenet_v2_x1_5 shufflenet_v2_x2_0 squeezenet1_0 squeezenet1_1 \
        swin_t swin_s swin_b swin_v2_t swin_v2_s swin_v2_b vgg11 vgg11_bn vgg13 vgg13_bn vgg16 vgg16_bn vgg19 vgg19_bn vit_b_16 \
        vit_b_32 vit_l_16 vit_l_32 wide_resnet50_2 wide_resnet101_2",
    ),
    // Without weights of that time.
    ("", "", "regnet_y_128gf vit_h_14"),
    (
        "detection",
        "COCO_V1",
        "fasterrcnn_resnet50_fpn fasterrcnn_resnet50_fpn_v2 fasterrcnn_mobilenet_v3_large_fpn fasterrcnn_mobilenet_v3_large_320_fpn \
        fcos_resnet50_fpn keypointrcnn_resnet50_fpn maskrcnn_resnet50_fpn maskrcnn_resnet50_fpn_v2 retinanet_resnet50_fpn \
        retinanet_resnet50_fpn_v2 ssd300_vgg16 ssdlite320_mobilenet_v3_large",
    ),
    (
        "segmentation",
        "COCO_WITH_VOC_LABELS_V1",
        "deeplabv3_resnet50 deeplabv3_resnet101 deeplabv3_mobilenet_v3_large fcn_resnet50 fcn_resnet101 lraspp_mobilenet_v3_large",
    ),
    ("video", "KINETICS400_V1", "mc3_18 mvit_v1_b mvit_v2_s r2plus1d_18 r3d_18 s3d swin3d_t swin3d_s swin3d_b"),
    ("optical_flow", "C_T_SKHT_V2", "raft_large"),
    ("optical_flow", "C_T_V2", "raft_small"),
];

/// `pretrained` and `pretrained_backbone` as `weights` and `weights_backbone`.
fn run(file: File<'_, '_>) -> Vec<Found> {
    let calls = file.tree.root().descendants().filter(|node| node.kind() == "call");
    calls.flat_map(|call| in_call(file, call)).collect()
}

fn in_call(file: File<'_, '_>, call: Node<'_>) -> Vec<Found> {
    let function = call.field("function").filter(|function| matches!(function.kind(), "identifier" | "attribute"));
    let Some(path) = function.and_then(|function| file.resolve(function)) else { return Vec::new() };
    let Some((model, weights)) = weights_of(&path) else { return Vec::new() };
    let arguments = call.field("arguments").into_iter().flat_map(Node::named_children).filter(|argument| !argument.is_comment());
    arguments.enumerate().filter_map(|(position, argument)| mended(model, weights, position, argument)).collect()
}

/// The model that a path names, and its weights.
fn weights_of(path: &str) -> Option<(&str, &'static str)> {
    let inner = path.strip_prefix("torchvision.models.")?;
    let (modules, model) = inner.rsplit_once('.').unwrap_or(("", inner));
    let group = WEIGHTS.iter().filter(|(module, ..)| module.is_empty() || modules.split('.').next() == Some(module));
    let mut known = group.filter(|(_, _, models)| models.split_whitespace().any(|known| known == model));
    known.next().map(|(_, weights, _)| (model, *weights))
}

fn mended(model: &str, weights: &str, position: usize, argument: Node<'_>) -> Option<Found> {
    let keyword = argument.field("name").filter(|_| argument.kind() == "keyword_argument").map(Node::text);
    let value = if keyword.is_some() { argument.field("value")? } else { argument };
    let says = matches!(value.kind(), "true" | "false");
    let (old, new, weights) = match keyword {
        Some("pretrained") => ("pretrained", "weights", weights),
        Some("pretrained_backbone") if model == "ssd300_vgg16" => ("pretrained_backbone", "weights_backbone", "IMAGENET1K_FEATURES"),
        Some("pretrained_backbone") => ("pretrained_backbone", "weights_backbone", "IMAGENET1K_V1"),
        None if position == 0 && says => ("pretrained", "weights", weights),
        _ => return None,
    };
    let chosen = match value.kind() {
        "false" | "none" => Some("None".to_owned()),
        _ if weights.is_empty() => None,
        "true" => Some(format!("\"{weights}\"")),
        "identifier" | "attribute" | "subscript" | "call" => Some(format!("\"{weights}\" if {} else None", value.text())),
        _ => Some(format!("\"{weights}\" if ({}) else None", value.text())),
    };
    let edits = chosen.map(|chosen| Edit { span: argument.span(), text: format!("{new}={chosen}") });
    let message = format!("`{old}` is deprecated: `{new}` says which weights");
    Some(Found::new(argument.span(), message, edits.into_iter().collect()))
}
