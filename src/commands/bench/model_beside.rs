//! A model, ONNX Runtime and others by turns on the same inputs, all from Rust, or the first result of ONNX Runtime alone.

mod inputs;
mod peers;
mod runtime;

use std::time::{Duration, Instant};

use ort::session::Session;

/// Seconds for which the two are measured.
const SECONDS: f64 = 4.0;
/// Threads that wait for work stay awake for a while after a call, and take the processor from the next one's; so long each waits.
const PAUSE: Duration = Duration::from_millis(100);
/// Calls in a row take at least so many seconds, for the clock has its own cost.
const LEAST: f64 = 2e-4;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, library, path, threads, mode] = &arguments[..] else { return Err("expected a library, a model, threads and a mode".into()) };
    let threads: usize = threads.parse()?;
    let environment = ort::init_from(library)?.build()?;
    let mut session = Session::builder(&environment)?.with_intra_threads(threads)?.with_inter_threads(1)?.commit_from_file(path)?;
    let inputs = inputs::Inputs::new();
    let theirs = runtime::floats(&session.run(&runtime::values(&inputs)?[..])?)?;
    if mode == "first" {
        println!("{}", peak());
        return Ok(());
    }
    let model = inputs::Model::new()?;
    let ours = inputs::floats(&model, &inputs)?;
    let difference = largest_difference(&ours, &theirs);
    let values = runtime::values(&inputs)?;
    let shared = codewright::Threads::new(threads)?;
    let mut own = || shared.run(|| inputs::run(&model, &inputs)).map(|results| drop(std::hint::black_box(results)));
    let mut other = || session.run(&values[..]).map(|results| drop(std::hint::black_box(results)));
    let mut peers = peers::all(path, &inputs, threads);
    let (n, m) = (calls(&mut own)?, calls(&mut other)?);
    let mut of_peers = Vec::new();
    for (_, run) in &mut peers {
        of_peers.push(run.as_mut().map_or(Ok(1), calls)?);
    }
    let mut rounds = Vec::new();
    let start = Instant::now();
    while start.elapsed().as_secs_f64() < SECONDS || rounds.len() < 5 {
        let mut round = vec![after_others(&mut own, n, threads)?, after_others(&mut other, m, threads)?];
        for ((_, run), n) in peers.iter_mut().zip(&of_peers) {
            round.push(run.as_mut().map_or(Ok(f64::NAN), |run| after_others(run, *n, threads))?);
        }
        rounds.push(round);
    }
    let seconds = |i: usize| median(rounds.iter().map(|round| round[i]));
    let ratio = |i: usize| median(rounds.iter().map(|round| round[i] / round[1]));
    let peers: Vec<String> = peers.iter().enumerate().map(|(i, (name, run))| match run {
        Ok(_) => format!("{{\"name\": \"{name}\", \"seconds\": {:e}, \"ratio\": {:e}}}", seconds(i + 2), ratio(i + 2)),
        Err(error) => format!("{{\"name\": \"{name}\", \"error\": {error:?}}}"),
    }).collect();
    println!(
        "{{\"ours\": {:e}, \"theirs\": {:e}, \"ratio\": {:e}, \"difference\": {difference:e}, \"peers\": [{}]}}",
        seconds(0), seconds(1), ratio(0), peers.join(", ")
    );
    Ok(())
}

/// How many calls make up one measurement.
fn calls<E>(f: &mut impl FnMut() -> Result<(), E>) -> Result<usize, E> {
    f()?;
    let mut n = 1;
    while seconds(f, n)? * (n as f64) < LEAST {
        n *= 2;
    }
    Ok(n)
}

/// As [`seconds`], when the threads of others are asleep and a first call has woken its own.
fn after_others<E>(f: &mut impl FnMut() -> Result<(), E>, n: usize, threads: usize) -> Result<f64, E> {
    if threads > 1 {
        std::thread::sleep(PAUSE);
        f()?;
    }
    seconds(f, n)
}

/// Seconds of one of `n` calls.
fn seconds<E>(f: &mut impl FnMut() -> Result<(), E>, n: usize) -> Result<f64, E> {
    let start = Instant::now();
    for _ in 0..n {
        f()?;
    }
    Ok(start.elapsed().as_secs_f64() / n as f64)
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Relative to the largest result.
fn largest_difference(a: &[f64], b: &[f64]) -> f64 {
    if a.len() != b.len() {
        return f64::INFINITY;
    }
    let largest = b.iter().fold(f64::MIN_POSITIVE, |m, x| m.max(x.abs()));
    a.iter().zip(b).map(|(x, y)| if x == y { 0.0 } else { (x - y).abs() / largest }).fold(0.0, f64::max)
}

/// The most memory that the process had, in bytes; 0 where the system does not say.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()).unwrap_or(0) * 1024
}
