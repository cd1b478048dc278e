//! `cargo wright lsp`: the findings in an editor, as one types.

mod convert;
mod document;
mod notebook;

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use anyhow::Context;
use lsp_server::{Connection, ErrorCode, ExtractError, Message, Notification, Request, RequestId, Response};
use lsp_types::notification::{DidChangeTextDocument, DidCloseTextDocument, DidOpenTextDocument, Notification as _, PublishDiagnostics};
use lsp_types::request::{CodeActionRequest, HoverRequest, Request as _};
use lsp_types::{
    CodeActionKind, CodeActionOptions, CodeActionProviderCapability, HoverProviderCapability, InitializeParams, InitializeResult,
    PositionEncodingKind, PublishDiagnosticsParams, ServerCapabilities, ServerInfo, TextDocumentSyncCapability, TextDocumentSyncKind, Url,
};

use self::convert::Encoding;
use self::document::Document;
use self::notebook::OpenNotebook;
use super::CLEAN;
use super::rewriting::RuleArguments;
use super::scoring::ScorerArguments;
use crate::optimize::Options;
use crate::rules::Pass;

/// How the server is run.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    rules: RuleArguments,
    #[command(flatten)]
    scoring: ScorerArguments,
}

/// Speaks the protocol on standard input and output until the client says that it is over.
pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let options = arguments.rules.options(&[Pass::Optimize, Pass::Fix], &arguments.scoring)?;
    let (connection, threads) = Connection::stdio();
    serve(&connection, &options)?;
    drop(connection);
    threads.join().context("the client went away")?;
    Ok(ExitCode::from(CLEAN))
}

fn serve(connection: &Connection, options: &Options) -> anyhow::Result<()> {
    let (id, parameters) = connection.initialize_start().context("expected an `initialize` request")?;
    let parameters: InitializeParams = serde_json::from_value(parameters).context("the parameters of `initialize`")?;
    let encoding = Encoding::agreed(&parameters);
    let result = InitializeResult {
        capabilities: capabilities(encoding),
        server_info: Some(ServerInfo { name: "cargo-wright".to_owned(), version: Some(env!("CARGO_PKG_VERSION").to_owned()) }),
    };
    let mut result = serde_json::to_value(result)?;
    result["capabilities"]["notebookDocumentSync"] = notebook::capability();
    connection.initialize_finish(id, result)?;
    let mut server =
        Server { connection, options, encoding, documents: BTreeMap::new(), notebooks: BTreeMap::new(), stale: BTreeSet::new() };
    server.run()
}

fn capabilities(encoding: Encoding) -> ServerCapabilities {
    let kinds = vec![CodeActionKind::QUICKFIX, CodeActionKind::SOURCE_FIX_ALL];
    ServerCapabilities {
        position_encoding: Some(match encoding {
            Encoding::Utf8 => PositionEncodingKind::UTF8,
            Encoding::Utf16 => PositionEncodingKind::UTF16,
        }),
        text_document_sync: Some(TextDocumentSyncCapability::Kind(TextDocumentSyncKind::INCREMENTAL)),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(kinds),
            ..CodeActionOptions::default()
        })),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        ..ServerCapabilities::default()
    }
}

struct Server<'a> {
    connection: &'a Connection,
    options: &'a Options,
    encoding: Encoding,
    documents: BTreeMap<Url, Document>,
    notebooks: BTreeMap<Url, OpenNotebook>,
    /// Documents and notebooks that changed since they were looked at.
    stale: BTreeSet<Url>,
}

impl Server<'_> {
    fn run(&mut self) -> anyhow::Result<()> {
        loop {
            // All that has come is read before anything is looked at: of ten key strokes the last one counts.
            let message = match self.connection.receiver.try_recv() {
                Ok(message) => message,
                Err(_) => {
                    self.look_at_stale()?;
                    match self.connection.receiver.recv() {
                        Ok(message) => message,
                        Err(_) => return Ok(()),
                    }
                }
            };
            match message {
                Message::Request(request) => {
                    if self.connection.handle_shutdown(&request)? {
                        return Ok(());
                    }
                    let response = self.answer(request);
                    self.connection.sender.send(Message::Response(response))?;
                }
                Message::Notification(notification) => self.hear(notification)?,
                Message::Response(_) => {}
            }
        }
    }

    fn answer(&mut self, request: Request) -> Response {
        let id = request.id.clone();
        let method = request.method.clone();
        let result = match method.as_str() {
            CodeActionRequest::METHOD => read::<CodeActionRequest>(request).map(|parameters| {
                let cell = parameters.text_document.uri;
                match self.current_notebook(&cell) {
                    Some(notebook) => serde_json::to_value(notebook.actions(&cell, &parameters.range)),
                    None => serde_json::to_value(self.current(&cell).map(|document| document.actions(&parameters.range))),
                }
            }),
            HoverRequest::METHOD => read::<HoverRequest>(request).map(|parameters| {
                let position = parameters.text_document_position_params;
                let (rules, uri) = (self.options.rules(), position.text_document.uri);
                match self.current_notebook(&uri) {
                    Some(notebook) => serde_json::to_value(notebook.hover(&uri, position.position, rules)),
                    None => serde_json::to_value(self.current(&uri).and_then(|document| document.hover(position.position, rules))),
                }
            }),
            _ => Err((ErrorCode::MethodNotFound, format!("`{method}` is not served"))),
        };
        answered(id, result)
    }

    fn hear(&mut self, notification: Notification) -> anyhow::Result<()> {
        match notification.method.as_str() {
            DidOpenTextDocument::METHOD => {
                let Some(opened) = heard::<DidOpenTextDocument>(notification) else { return Ok(()) };
                let item = opened.text_document;
                self.stale.insert(item.uri.clone());
                self.documents.insert(item.uri.clone(), Document::new(&item.uri, item.text, item.version, self.encoding));
            }
            DidChangeTextDocument::METHOD => {
                let Some(changed) = heard::<DidChangeTextDocument>(notification) else { return Ok(()) };
                let uri = changed.text_document.uri;
                if let Some(document) = self.documents.get_mut(&uri) {
                    document.change(changed.content_changes, changed.text_document.version);
                    self.stale.insert(uri);
                }
            }
            DidCloseTextDocument::METHOD => {
                let Some(closed) = heard::<DidCloseTextDocument>(notification) else { return Ok(()) };
                let uri = closed.text_document.uri;
                self.stale.remove(&uri);
                if self.documents.remove(&uri).is_some() {
                    self.publish(PublishDiagnosticsParams::new(uri, Vec::new(), None))?;
                }
            }
            _ => self.hear_of_notebook(notification)?,
        }
        Ok(())
    }

    fn hear_of_notebook(&mut self, notification: Notification) -> anyhow::Result<()> {
        match notification.method.as_str() {
            notebook::DidOpen::METHOD => {
                let Some(opened) = heard::<notebook::DidOpen>(notification) else { return Ok(()) };
                let uri = opened.notebook_document.uri.clone();
                self.stale.insert(uri.clone());
                self.notebooks.insert(uri, OpenNotebook::new(opened, self.encoding));
            }
            notebook::DidChange::METHOD => {
                let Some(changed) = heard::<notebook::DidChange>(notification) else { return Ok(()) };
                let uri = changed.notebook_document.uri;
                let gone = self.notebooks.get_mut(&uri).map(|notebook| notebook.change(changed.change));
                self.clear(gone.into_iter().flatten())?;
                self.stale.insert(uri);
            }
            notebook::DidClose::METHOD => {
                let Some(closed) = heard::<notebook::DidClose>(notification) else { return Ok(()) };
                let uri = closed.notebook_document.uri;
                self.stale.remove(&uri);
                let notebook = self.notebooks.remove(&uri);
                self.clear(notebook.iter().flat_map(OpenNotebook::uris).cloned())?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Nothing is found in these any more.
    fn clear(&self, uris: impl Iterator<Item = Url>) -> anyhow::Result<()> {
        uris.into_iter().try_for_each(|uri| self.publish(PublishDiagnosticsParams::new(uri, Vec::new(), None)))
    }

    /// The notebook of a cell, looked at as it now is.
    fn current_notebook(&mut self, cell: &Url) -> Option<&OpenNotebook> {
        let (uri, notebook) = self.notebooks.iter_mut().find(|(_, notebook)| notebook.has(cell))?;
        if self.stale.contains(uri) {
            notebook.look(self.options);
        }
        Some(notebook)
    }

    /// A document, looked at as it now is.
    fn current(&mut self, uri: &Url) -> Option<&Document> {
        if self.stale.contains(uri) {
            // The diagnostics are published when nothing more is waiting.
            self.documents.get_mut(uri)?.look(self.options);
        }
        self.documents.get(uri)
    }

    fn look_at_stale(&mut self) -> anyhow::Result<()> {
        for uri in std::mem::take(&mut self.stale) {
            if let Some(notebook) = self.notebooks.get_mut(&uri) {
                notebook.look(self.options);
                let all = notebook.diagnostics();
                all.into_iter().try_for_each(|diagnostics| self.publish(diagnostics))?;
            }
            let Some(document) = self.documents.get_mut(&uri) else { continue };
            document.look(self.options);
            let (diagnostics, version) = (document.diagnostics(), document.version());
            self.publish(PublishDiagnosticsParams::new(uri, diagnostics, Some(version)))?;
        }
        Ok(())
    }

    fn publish(&self, diagnostics: PublishDiagnosticsParams) -> anyhow::Result<()> {
        let notification = Notification::new(PublishDiagnostics::METHOD.to_owned(), diagnostics);
        Ok(self.connection.sender.send(Message::Notification(notification))?)
    }
}

type Answer = Result<Result<serde_json::Value, serde_json::Error>, (ErrorCode, String)>;

fn answered(id: RequestId, answer: Answer) -> Response {
    match answer {
        Ok(Ok(value)) => Response::new_ok(id, value),
        Ok(Err(error)) => Response::new_err(id, ErrorCode::InternalError as i32, error.to_string()),
        Err((code, message)) => Response::new_err(id, code as i32, message),
    }
}

fn read<R: lsp_types::request::Request>(request: Request) -> Result<R::Params, (ErrorCode, String)> {
    match request.extract::<R::Params>(R::METHOD) {
        Ok((_, parameters)) => Ok(parameters),
        Err(ExtractError::JsonError { error, .. }) => Err((ErrorCode::InvalidParams, error.to_string())),
        Err(ExtractError::MethodMismatch(request)) => Err((ErrorCode::MethodNotFound, request.method)),
    }
}

/// What a notification says; one that can not be read is not answered, as the protocol wants.
fn heard<N: lsp_types::notification::Notification>(notification: Notification) -> Option<N::Params> {
    notification.extract::<N::Params>(N::METHOD).ok()
}
