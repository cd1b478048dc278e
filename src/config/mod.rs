//! What a project asks for: the configuration in its files, the width of its lines, comments that silence a rule.

mod file;
mod generate;
mod suppress;
mod widths;

pub use file::{Config, ConfigError, PROJECT_RULES, UnknownMath, config_names};
pub use generate::Generate;
pub use suppress::Suppressions;
pub use widths::line_widths;
