//! Plots as SVG.

use std::fmt::Write as _;

const SIDE: f64 = 480.0;
const MARGIN: f64 = 56.0;
const COLORS: [&str; 4] = ["#999999", "#1f6fb2", "#c2571a", "#3a8f3a"];

/// Series of points on two logarithmic axes of the same range, with the diagonal on which both are equal.
pub fn scatter(x: &str, y: &str, series: &[(&str, Vec<(f64, f64)>)]) -> String {
    let all = || series.iter().flat_map(|(_, points)| points).flat_map(|&(x, y)| [x, y]).filter(|v| *v > 0.0 && v.is_finite());
    let low = all().fold(f64::INFINITY, f64::min).log10().floor();
    let high = all().fold(0.0, f64::max).log10().ceil();
    let (low, high) = if low.is_finite() && high > low { (low, high) } else { (-6.0, 0.0) };
    let along = |value: f64| MARGIN + (value.log10() - low) / (high - low) * (SIDE - 2.0 * MARGIN);
    let across = |value: f64| SIDE - along(value);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {SIDE} {SIDE}\" font-family=\"sans-serif\" font-size=\"11\">\n\
         <rect width=\"{SIDE}\" height=\"{SIDE}\" fill=\"white\"/>\n"
    );
    for power in low as i32..=high as i32 {
        let (at, up) = (along(10f64.powi(power)), across(10f64.powi(power)));
        let (near, far) = (MARGIN, SIDE - MARGIN);
        let _ = writeln!(svg, "<path d=\"M{at:.1} {near} V{far} M{near} {up:.1} H{far}\" stroke=\"#dddddd\"/>");
        let _ = writeln!(svg, "<text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">1e{power}</text>", far + 16.0);
        let _ = writeln!(svg, "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">1e{power}</text>", near - 6.0, up + 4.0);
    }
    let (near, far) = (MARGIN, SIDE - MARGIN);
    let _ = writeln!(svg, "<path d=\"M{near} {far} L{far} {near}\" stroke=\"#555555\"/>");
    for ((name, points), (color, i)) in series.iter().zip(COLORS.iter().cycle().zip(0..)) {
        for &(x, y) in points.iter().filter(|(x, y)| *x > 0.0 && *y > 0.0 && x.is_finite() && y.is_finite()) {
            let _ =
                writeln!(svg, "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"2.5\" fill=\"{color}\" fill-opacity=\"0.7\"/>", along(x), across(y));
        }
        let top = MARGIN + 14.0 + 16.0 * f64::from(i);
        let _ = writeln!(svg, "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"4\" fill=\"{color}\"/>", MARGIN + 12.0, top - 4.0);
        let _ = writeln!(svg, "<text x=\"{:.1}\" y=\"{top:.1}\">{name}</text>", MARGIN + 22.0);
    }
    let middle = SIDE / 2.0;
    let _ = writeln!(svg, "<text x=\"{middle}\" y=\"{:.1}\" text-anchor=\"middle\">{x}</text>", SIDE - 14.0);
    let _ = writeln!(svg, "<text x=\"14\" y=\"{middle}\" text-anchor=\"middle\" transform=\"rotate(-90 14 {middle})\">{y}</text>\n</svg>");
    svg
}
