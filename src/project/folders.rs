use std::path::PathBuf;

/// Where the user's own configuration of the program is; `None` if the system names no place.
pub fn config_folder() -> Option<PathBuf> {
    let named = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = || Some(named("HOME")?.join(".config"));
    Some(named("XDG_CONFIG_HOME").or_else(|| named("APPDATA")).or_else(home)?.join("codewright"))
}
