use std::io::{self, Write};

use super::Reported;

pub(super) fn print(files: &[Reported], out: &mut dyn Write) -> io::Result<()> {
    for (file, finding) in files.iter().flat_map(|file| file.findings.iter().map(move |finding| (file, finding))) {
        let (start, end) = (file.document.place(finding.start), file.document.place(finding.end).position);
        let cell = start.cell.map_or(String::new(), |cell| format!("cell {cell}: "));
        let start = start.position;
        writeln!(
            out,
            "::warning file={},line={},col={},endLine={},endColumn={},title=wright({})::{cell}{}",
            property(&finding.path.to_string_lossy()),
            start.line,
            start.column,
            end.line,
            end.column,
            property(&finding.rule),
            message(&finding.full_message()),
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
