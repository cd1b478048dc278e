use std::io::{self, Write};

use super::Reported;

pub(super) fn print(files: &[Reported], out: &mut dyn Write) -> io::Result<()> {
    for finding in files.iter().flat_map(|file| &file.findings) {
        writeln!(
            out,
            "::warning file={},line={},col={},endLine={},endColumn={},title=wright({})::{}",
            property(&finding.path.to_string_lossy()),
            finding.start.line,
            finding.start.column,
            finding.end.line,
            finding.end.column,
            property(&finding.rule),
            message(&finding.message),
        )?;
    }
    Ok(())
}

fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}
