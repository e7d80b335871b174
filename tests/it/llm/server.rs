//! A server on this machine that plays a script, faults included, and remembers what it was asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// What the server does with one request.
#[derive(Debug, Clone)]
pub enum Play {
    /// Answers.
    Answer { status: u16, headers: Vec<(&'static str, String)>, body: Vec<u8> },
    /// Reads the request and closes the connection.
    Close,
    /// Says that more is coming than comes.
    Half(Vec<u8>),
    /// Sends bytes that are no HTTP.
    Garbage,
    /// Begins an answer, and says no more for so long.
    Pause(Vec<u8>, Duration),
    /// Says nothing for so long.
    Stall(Duration),
}

impl Play {
    pub fn json(status: u16, body: &Value) -> Self {
        Self::bytes(status, body.to_string().as_bytes())
    }

    pub fn bytes(status: u16, body: &[u8]) -> Self {
        Self::Answer { status, headers: Vec::new(), body: body.to_vec() }
    }

    /// With a header.
    pub fn with(self, name: &'static str, value: impl Into<String>) -> Self {
        match self {
            Self::Answer { status, mut headers, body } => {
                headers.push((name, value.into()));
                Self::Answer { status, headers, body }
            }
            other => other,
        }
    }
}

/// What it was asked.
#[derive(Debug, Clone)]
pub struct Asked {
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Value,
    pub at: Instant,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The server. It plays its script from the beginning; the last play is repeated.
pub struct Server {
    port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    pub fn new(script: Vec<Play>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&asked);
        // Ends with the process: a test that is over asks no more.
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (script, shared) = (script.clone(), Arc::clone(&shared));
                thread::spawn(move || serve(stream.unwrap(), &script, &shared));
            }
        });
        Self { port, asked }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

fn serve(mut stream: TcpStream, script: &[Play], shared: &Mutex<Vec<Asked>>) {
    let Some(asked) = read(&stream) else { return };
    let number = {
        let mut all = shared.lock().unwrap();
        all.push(asked);
        all.len() - 1
    };
    let play = script.get(number).or(script.last()).unwrap();
    let sent = match play {
        Play::Answer { status, headers, body } => {
            let headers: String =
                headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
            let head = format!(
                "HTTP/1.1 {status} x\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body))
        }
        Play::Close => Ok(()),
        Play::Half(body) => {
            let head = format!("HTTP/1.1 200 x\r\ncontent-length: {}\r\n\r\n", 2 * body.len() + 9);
            stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body))
        }
        Play::Pause(body, time) => {
            let head = format!("HTTP/1.1 200 x\r\ncontent-length: {}\r\n\r\n", 2 * body.len() + 9);
            let sent = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
            thread::sleep(*time);
            sent
        }
        Play::Garbage => stream.write_all(b"\x16\x03\x01 this is no answer\r\n\r\n"),
        Play::Stall(time) => {
            thread::sleep(*time);
            Ok(())
        }
    };
    // A client that has heard enough closes early.
    let _ = sent.and_then(|()| stream.flush());
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let path = first.split(' ').nth(1)?.to_owned();
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length")?.1.parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    Some(Asked { path, headers, body, at: Instant::now() })
}
