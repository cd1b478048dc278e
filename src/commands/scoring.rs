//! Which scorer ranks: the built-in network, another file by ONNX Runtime, or a sum that needs no learning.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::bail;
use clap::{Args, ValueEnum};

use super::tune::correction;
use crate::config::Config;
use crate::score::{Analytic, Device, Neural, OnnxRuntime, Scorer, Simple, Tuned};

/// What predicts run times. What is not said on the command line comes from the configuration.
#[derive(Debug, Args)]
pub(super) struct ScorerArguments {
    /// Rank by the network in an ONNX file, or by `analytic`, `roofline`, `flops` or `size` [default: the built-in network]
    #[arg(long, value_name = "FILE", help_heading = "Scorer")]
    scorer: Option<String>,
    /// What a network in a file runs on [default: cpu]
    #[arg(long, value_enum, help_heading = "Scorer")]
    device: Option<DeviceName>,
    /// The library of ONNX Runtime; that of the Python package `onnxruntime` if it is not given
    #[arg(long, value_name = "PATH", help_heading = "Scorer")]
    pub(super) onnxruntime: Option<PathBuf>,
}

/// What a network runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DeviceName {
    Cpu,
    Cuda,
}

/// The rankings that need no file.
const RANKINGS: [&str; 4] = ["analytic", "roofline", "flops", "size"];
/// The network that is built in, for a device that it does not run on.
const SHIPPED: &[u8] = include_bytes!("../../models/scorer.onnx");

impl ScorerArguments {
    /// The scorer that is asked for on the command line, in tables.
    pub(super) fn name(&self) -> &str {
        self.scorer.as_deref().unwrap_or("network")
    }

    /// The scorer that is asked for; `None` for the built-in network without a correction.
    ///
    /// # Errors
    /// If its file, the library or the device cannot be used.
    pub(super) fn scorer(&self, config: &Config) -> anyhow::Result<Option<Box<dyn Scorer + Send + Sync>>> {
        let configured = |name: &String| {
            if RANKINGS.contains(&name.as_str()) { name.clone() } else { beside(config, Path::new(name)).to_string_lossy().into_owned() }
        };
        self.named(self.scorer.clone().or_else(|| config.scorer.as_ref().map(configured)).as_deref(), config)
    }

    /// The scorer of a name, as `--scorer` takes it; the built-in network without one.
    ///
    /// # Errors
    /// If its file, the library or the device cannot be used.
    pub(super) fn named(&self, asked: Option<&str>, config: &Config) -> anyhow::Result<Option<Box<dyn Scorer + Send + Sync>>> {
        let library = self.onnxruntime.clone().or_else(|| config.onnxruntime.as_deref().map(|name| beside(config, name)));
        let device = match (self.device, config.device.as_deref()) {
            (Some(DeviceName::Cuda), _) | (None, Some("cuda")) => Device::Cuda,
            (Some(DeviceName::Cpu), _) | (None, None | Some("cpu")) => Device::Cpu,
            (None, Some(other)) => bail!("`{other}` is no device; expected cpu or cuda"),
        };
        let file = match asked {
            None if device == Device::Cpu => {
                return Ok(correction()?.map(|correction| Box::new(Tuned(correction)) as Box<dyn Scorer + Send + Sync>));
            }
            Some(name) if RANKINGS.contains(&name) && device == Device::Cuda => {
                bail!("`{name}` is no network: it runs on the processor")
            }
            Some("analytic") => return Ok(Some(Box::new(Analytic))),
            Some(name) if let Some(simple) = Simple::named(name) => return Ok(Some(Box::new(simple))),
            Some(file) => PathBuf::from(file),
            None => {
                let file = tempfile::Builder::new().suffix(".onnx").tempfile()?;
                std::fs::write(file.path(), SHIPPED)?;
                return Ok(Some(by_onnxruntime(file.path(), library, device)?));
            }
        };
        if !file.is_file() {
            bail!("{}: no such file; --scorer takes an ONNX file, or analytic, roofline, flops or size", file.display());
        }
        Ok(Some(by_onnxruntime(&file, library, device)?))
    }
}

/// A path in a configuration: it lies where the configuration does.
fn beside(config: &Config, name: &Path) -> PathBuf {
    config.path.as_deref().and_then(Path::parent).map_or(name.to_owned(), |folder| folder.join(name))
}

/// The network in a file by a library of ONNX Runtime; without one by that of the Python package.
fn by_onnxruntime(file: &Path, library: Option<PathBuf>, device: Device) -> anyhow::Result<Box<dyn Scorer + Send + Sync>> {
    let library = match library {
        Some(library) if library.is_file() => library,
        Some(library) => bail!("{}: no such file; --onnxruntime takes the library of ONNX Runtime", library.display()),
        None => library_of(Path::new("python3"))?,
    };
    Ok(Box::new(Neural::new(Box::new(OnnxRuntime::open(file, &library, device)?))?))
}

/// The library inside the Python package `onnxruntime`.
///
/// # Errors
/// If Python or the package is not there.
pub(super) fn library_of(python: &Path) -> anyhow::Result<PathBuf> {
    let script = "import glob, os, onnxruntime; print(sorted(glob.glob(os.path.join(os.path.dirname(onnxruntime.__file__), 'capi', 'libonnxruntime.*')))[0])";
    let output = Command::new(python).args(["-c", script]).output();
    match output {
        Ok(output) if output.status.success() => Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim())),
        _ => bail!(
            "no library of ONNX Runtime: `{python} -m pip install onnxruntime` installs one, or --onnxruntime names it",
            python = python.display()
        ),
    }
}
