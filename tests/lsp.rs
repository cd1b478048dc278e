//! `lsp`: a client speaks the protocol with the server over standard input and output, as an editor does.

use std::io::BufReader;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use lsp_server::{Message, Notification, Request, RequestId};
use serde_json::{Value, json};

const URI: &str = "file:///somewhere/model.py";
const TEXT: &str = "import torch\n\ndef f(x: torch.Tensor, path):\n    é = '𝄞'; y = torch.log(torch.softmax(x, dim=-1))\n    z = torch.tensor(x * 2)\n    return y, z, torch.load(path)\n";

struct Client {
    server: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    requests: i32,
    /// Diagnostics that came while an answer was waited for.
    published: Vec<Value>,
}

impl Client {
    /// A server that has been greeted.
    fn new(encodings: &[&str]) -> Client {
        let mut server = Command::new(env!("CARGO_BIN_EXE_cargo-wright"))
            .args(["wright", "lsp"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let (input, output) = (server.stdin.take().unwrap(), BufReader::new(server.stdout.take().unwrap()));
        let mut client = Client { server, input, output, requests: 0, published: Vec::new() };
        let answer = client.ask("initialize", json!({ "capabilities": { "general": { "positionEncodings": encodings } } }));
        assert_eq!(answer["serverInfo"]["name"], "cargo-wright");
        let agreed = if encodings.contains(&"utf-8") { "utf-8" } else { "utf-16" };
        assert_eq!(answer["capabilities"]["positionEncoding"], agreed);
        client.tell("initialized", json!({}));
        client
    }

    fn tell(&mut self, method: &str, parameters: Value) {
        Message::Notification(Notification::new(method.to_owned(), parameters)).write(&mut self.input).expect("the server listens");
    }

    fn ask(&mut self, method: &str, parameters: Value) -> Value {
        self.requests += 1;
        let id = RequestId::from(self.requests);
        Message::Request(Request::new(id.clone(), method.to_owned(), parameters)).write(&mut self.input).expect("the server listens");
        loop {
            match self.next() {
                Message::Response(response) if response.id == id => {
                    return match response.error {
                        Some(error) => json!({ "error": error.message }),
                        None => response.result.unwrap_or_default(),
                    };
                }
                Message::Notification(notification) => self.published.push(notification.params),
                other => panic!("{other:?}"),
            }
        }
    }

    /// The next diagnostics of a version of the document.
    fn diagnostics(&mut self, version: i32) -> Vec<Value> {
        loop {
            let published = if self.published.is_empty() {
                match self.next() {
                    Message::Notification(notification) => notification.params,
                    other => panic!("{other:?}"),
                }
            } else {
                self.published.remove(0)
            };
            if published["version"] == version {
                return published["diagnostics"].as_array().cloned().expect("a list");
            }
        }
    }

    fn next(&mut self) -> Message {
        Message::read(&mut self.output).expect("a message").expect("the server is there")
    }

    fn open(&mut self, text: &str) {
        self.tell("textDocument/didOpen", json!({ "textDocument": { "uri": URI, "languageId": "python", "version": 1, "text": text } }));
    }

    fn end(mut self) {
        self.ask("shutdown", Value::Null);
        self.tell("exit", Value::Null);
        assert!(self.server.wait().expect("it ends").success());
    }
}

fn rules(diagnostics: &[Value]) -> Vec<&str> {
    diagnostics.iter().map(|diagnostic| diagnostic["code"].as_str().expect("a rule")).collect()
}

/// A text with edits of the protocol made, positions in UTF-16.
fn edited(text: &str, edits: &Value) -> String {
    let byte = |place: &Value| {
        let start: usize = text.split_inclusive('\n').take(place["line"].as_u64().unwrap() as usize).map(str::len).sum();
        let mut units = place["character"].as_u64().unwrap() as usize;
        let mut at = start;
        for c in text[start..].chars() {
            if units == 0 {
                break;
            }
            units -= c.len_utf16();
            at += c.len_utf8();
        }
        at
    };
    let mut edits: Vec<(usize, usize, &str)> = edits
        .as_array()
        .expect("edits")
        .iter()
        .map(|edit| (byte(&edit["range"]["start"]), byte(&edit["range"]["end"]), edit["newText"].as_str().unwrap()))
        .collect();
    edits.sort();
    let mut text = text.to_owned();
    for (start, end, new) in edits.into_iter().rev() {
        text.replace_range(start..end, new);
    }
    text
}

#[test]
fn diagnostics_follow_what_is_typed() {
    let mut client = Client::new(&["utf-16"]);
    client.open(TEXT);
    let found = client.diagnostics(1);
    assert_eq!(rules(&found), ["log-of-softmax", "tensor-of-tensor", "load-without-weights-only"]);
    assert_eq!(found[0]["range"]["start"], json!({ "line": 3, "character": 18 }));
    assert_eq!(found[2]["severity"], 2, "an unsafe fix is a warning");

    let range = json!({ "start": { "line": 4, "character": 8 }, "end": { "line": 4, "character": 27 } });
    let change = json!({ "textDocument": { "uri": URI, "version": 2 }, "contentChanges": [{ "range": range, "text": "1" }] });
    client.tell("textDocument/didChange", change);
    assert_eq!(rules(&client.diagnostics(2)), ["log-of-softmax", "load-without-weights-only"]);

    let broken = json!({ "textDocument": { "uri": URI, "version": 3 }, "contentChanges": [{ "text": "def f(:\n  torch.load(x" }] });
    client.tell("textDocument/didChange", broken);
    assert!(client.diagnostics(3).is_empty(), "half a line is no error to tell of");
    client.end();
}

#[test]
fn actions_change_the_text_and_hover_says_why() {
    let mut client = Client::new(&["utf-16"]);
    client.open(TEXT);
    client.diagnostics(1);
    let place = json!({ "line": 3, "character": 30 });
    let document = json!({ "uri": URI });
    let actions = client.ask(
        "textDocument/codeAction",
        json!({ "textDocument": document, "range": { "start": place, "end": place }, "context": { "diagnostics": [] } }),
    );
    let actions = actions.as_array().expect("actions");
    assert_eq!(actions.iter().map(|action| action["kind"].as_str().unwrap()).collect::<Vec<_>>(), ["quickfix", "source.fixAll"]);
    let after = edited(TEXT, &actions[0]["edit"]["changes"][URI]);
    assert_eq!(after, TEXT.replace("torch.log(torch.softmax(x, dim=-1))", "torch.log_softmax(x, dim=-1)"));
    let all = edited(TEXT, &actions[1]["edit"]["changes"][URI]);
    assert_eq!(all, after.replace("torch.tensor(x * 2)", "(x * 2).detach().clone()"), "what is unsafe is left alone");

    let hover = client.ask("textDocument/hover", json!({ "textDocument": document, "position": place }));
    let text = hover["contents"]["value"].as_str().expect("markdown");
    assert!(text.contains("## Proof") && text.contains("torch.log_softmax"), "{text}");
    let nothing = client.ask("textDocument/hover", json!({ "textDocument": document, "position": { "line": 0, "character": 0 } }));
    assert!(nothing.is_null());
    client.end();
}

#[test]
fn bytes_are_counted_if_the_client_can_and_what_is_unknown_is_refused() {
    let mut client = Client::new(&["utf-8", "utf-16"]);
    client.open(TEXT);
    assert_eq!(client.diagnostics(1)[0]["range"]["start"]["character"], 21);
    assert!(client.ask("textDocument/rename", json!({}))["error"].as_str().is_some_and(|error| error.contains("rename")));
    assert!(client.ask("textDocument/hover", json!({ "position": 3 }))["error"].is_string());
    client.tell("textDocument/didClose", json!({ "textDocument": { "uri": URI } }));
    client.tell("textDocument/didChange", json!({ "textDocument": 7 }));
    client.end();
}

const NOTEBOOK: &str = "file:///somewhere/a.ipynb";
const IMPORTS: &str = "vscode-notebook-cell:/somewhere/a.ipynb#imports";
const MODEL: &str = "vscode-notebook-cell:/somewhere/a.ipynb#model";
const CELL: &str = "limit = np.Inf\n!ls data\nnames = np.product([1, 2])\n\ndef f(x: torch.Tensor):\n    return torch.tensor(x * 2)";

impl Client {
    /// A notebook of a title, imports and a model.
    fn open_notebook(&mut self) {
        let item = |uri: &str, language: &str, text: &str| json!({ "uri": uri, "languageId": language, "version": 1, "text": text });
        let title = "vscode-notebook-cell:/somewhere/a.ipynb#title";
        let cells = [(1, title), (2, IMPORTS), (2, MODEL)].map(|(kind, document)| json!({ "kind": kind, "document": document }));
        let notebook = json!({ "uri": NOTEBOOK, "notebookType": "jupyter-notebook", "version": 1, "cells": cells });
        let texts = [
            item(title, "markdown", "# np.Inf"),
            item(IMPORTS, "python", "%matplotlib inline\nimport torch\nimport numpy as np"),
            item(MODEL, "python", CELL),
        ];
        self.tell("notebookDocument/didOpen", json!({ "notebookDocument": notebook, "cellTextDocuments": texts }));
    }

    fn change_notebook(&mut self, cells: &Value) {
        let notebook = json!({ "uri": NOTEBOOK, "version": 2 });
        self.tell("notebookDocument/didChange", json!({ "notebookDocument": notebook, "change": { "cells": cells } }));
    }

    /// The next diagnostics of a cell.
    fn diagnostics_of(&mut self, cell: &str) -> Vec<Value> {
        loop {
            let at = self.published.iter().position(|published| published["uri"] == cell);
            if let Some(at) = at {
                return self.published.remove(at)["diagnostics"].as_array().cloned().expect("a list");
            }
            match self.next() {
                Message::Notification(notification) => self.published.push(notification.params),
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn cells_of_a_notebook_are_one_program() {
    let mut client = Client::new(&["utf-16"]);
    client.open_notebook();
    let found = client.diagnostics_of(MODEL);
    assert_eq!(rules(&found), ["renamed-in-numpy-2", "renamed-in-numpy-2", "tensor-of-tensor"]);
    let lines: Vec<&Value> = found.iter().map(|one| &one["range"]["start"]["line"]).collect();
    assert_eq!(lines, [0, 2, 5], "lines are those of the cell, counted from 0");
    assert!(client.diagnostics_of(IMPORTS).is_empty());

    let range = json!({ "start": { "line": 0, "character": 8 }, "end": { "line": 0, "character": 14 } });
    let document = json!({ "uri": MODEL, "version": 2 });
    client.change_notebook(&json!({ "textContent": [{ "document": document, "changes": [{ "range": range, "text": "7" }] }] }));
    assert_eq!(rules(&client.diagnostics_of(MODEL)), ["renamed-in-numpy-2", "tensor-of-tensor"]);

    client.change_notebook(&json!({ "structure": { "array": { "start": 1, "deleteCount": 1 }, "didClose": [{ "uri": IMPORTS }] } }));
    assert!(client.diagnostics_of(MODEL).is_empty(), "without its import `np` is nothing that is known");
    client.tell("notebookDocument/didClose", json!({ "notebookDocument": { "uri": NOTEBOOK }, "cellTextDocuments": [] }));
    client.end();
}

#[test]
fn a_quick_fix_in_a_cell_changes_the_cell() {
    let mut client = Client::new(&["utf-16"]);
    client.open_notebook();
    client.diagnostics_of(MODEL);
    let place = json!({ "line": 2, "character": 12 });
    let document = json!({ "uri": MODEL });
    let range = json!({ "start": place, "end": place });
    let actions =
        client.ask("textDocument/codeAction", json!({ "textDocument": document, "range": range, "context": { "diagnostics": [] } }));
    let actions = actions.as_array().expect("actions");
    assert_eq!(actions[0]["diagnostics"][0]["range"]["start"]["line"], 2);
    let changes = &actions[0]["edit"]["changes"];
    assert_eq!(changes.as_object().expect("changes").keys().collect::<Vec<_>>(), [MODEL]);
    assert_eq!(edited(CELL, &changes[MODEL]), CELL.replace("np.product", "np.prod"));
    let all = edited(CELL, &actions[1]["edit"]["changes"][MODEL]);
    let mended =
        CELL.replace("np.product", "np.prod").replace("np.Inf", "np.inf").replace("torch.tensor(x * 2)", "(x * 2).detach().clone()");
    assert_eq!(all, mended, "what is no Python stays where it is");

    let hover = client.ask("textDocument/hover", json!({ "textDocument": document, "position": place }));
    assert!(hover["contents"]["value"].as_str().is_some_and(|page| page.contains("renamed-in-numpy-2")), "{hover}");
    assert_eq!(hover["range"]["start"]["line"], 2);
    client.end();
}
