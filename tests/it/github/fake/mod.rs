//! A GitHub on this machine, as strict as the real one where bots get hurt.
//!
//! It keeps repositories with git's own object ids, answers the operations of GitHub's description and the one GraphQL
//! mutation that is used, can fail at any request, and holds every request and every answer against the description:
//! a test ends with a panic if one of them wasn't as described.

pub mod description;
mod git;
mod git_data;
mod issues;
mod objects;
mod pulls;
mod threads;
mod wire;
mod world;

use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use description::Strings;
pub use wire::{Reply, Request};
pub use world::{Level, Repository, Token, World};
use world::{refuse, user};

/// What goes wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The connection breaks before anything is done.
    Lost,
    /// It is done, and the connection breaks.
    AnswerLost,
    /// It is done, and a gateway says 502.
    BadGateway,
    /// Nothing is done, and a gateway says 502.
    Unreached,
    /// Too many requests in a short time: nothing is done.
    SecondaryLimit { status: u16, retry_after_s: u64 },
    /// It is done, after so many milliseconds.
    Delay(u64),
    /// It waits for [`GitHub::release`], which says whether it is done.
    Hold,
    /// It is done, and its answer waits for [`GitHub::release`].
    HoldAnswer,
}

/// Which request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// The nth of all, from 0.
    Request(usize),
    /// The nth that changes something, from 0.
    Write(usize),
    /// The nth whose operation has this name, such as `git/update-ref` or `createCommitOnBranch`.
    Operation(&'static str, usize),
    /// All of them.
    Always,
}

/// A request that came, and how it ended.
#[derive(Debug, Clone)]
pub struct Entry {
    pub method: String,
    pub path: String,
    /// As GitHub's description calls it, or the GraphQL mutation.
    pub operation: String,
    pub query: Strings,
    pub body: Value,
    /// None if the connection was broken off.
    pub status: Option<u16>,
}

impl Entry {
    /// Whether it was to change something.
    pub fn writes(&self) -> bool {
        self.method != "GET"
    }
}

/// What an operation is asked.
pub struct Call<'a> {
    pub id: &'a str,
    pub path: &'a Strings,
    pub query: &'a Strings,
    pub body: &'a Value,
    pub token: &'a Token,
    /// Where the request came in, for links to other pages.
    pub url: String,
}

impl Call<'_> {
    fn text(&self, key: &str) -> &str {
        self.body[key].as_str().unwrap_or_default()
    }
}

struct Shared {
    world: World,
    log: Vec<Entry>,
    faults: Vec<(When, Fault)>,
    flaws: Vec<String>,
    /// A request waits.
    is_held: bool,
    /// What is to become of the one that waits.
    release: Option<bool>,
}

/// The server. It ends with the process.
pub struct GitHub {
    port: u16,
    shared: Arc<Mutex<Shared>>,
}

/// The token that a new server knows, of a workflow that may do everything.
pub const TOKEN: &str = "ghs_the0workflows0token";

impl GitHub {
    /// A server that knows one repository with nothing in it.
    pub fn new(full_name: &str) -> Self {
        let repository = Repository::new(full_name, "main");
        let world = World {
            repositories: [(full_name.to_owned(), repository)].into(),
            tokens: [(TOKEN.to_owned(), Token::workflow())].into(),
            now_s: 1_767_225_600,
            has_graphql: true,
            remaining: 5000,
            resets_s: 1_767_229_200,
            limited: 403,
        };
        Self::with(world)
    }

    /// A server with a world of its own, such as another one's at some moment.
    pub fn with(world: World) -> Self {
        let (log, faults, flaws) = Default::default();
        let shared = Shared { world, log, faults, flaws, is_held: false, release: None };
        let shared = Arc::new(Mutex::new(shared));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = Self { port, shared: Arc::clone(&shared) };
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                thread::spawn(move || serve(stream, port, &shared));
            }
        });
        server
    }

    /// Where it is, as `GITHUB_API_URL`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap()
    }

    /// Looks at everything, or changes it.
    pub fn world<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        look(&mut self.shared().world)
    }

    /// The same for the first repository.
    pub fn repository<T>(&self, look: impl FnOnce(&mut Repository) -> T) -> T {
        self.world(|world| look(world.repositories.values_mut().next().unwrap()))
    }

    /// Requests so far.
    pub fn log(&self) -> Vec<Entry> {
        self.shared().log.clone()
    }

    /// Operations that changed something, or tried to.
    pub fn writes(&self) -> Vec<String> {
        let log = self.log();
        log.into_iter().filter(Entry::writes).map(|entry| entry.operation).collect()
    }

    /// Forgets the requests so far; counting starts again.
    pub fn forget(&self) {
        self.shared().log.clear();
    }

    /// From now on, this goes wrong.
    pub fn fail(&self, when: When, fault: Fault) {
        self.shared().faults.push((when, fault));
    }

    /// Waits until a request is held; false if `is_over` before that.
    pub fn wait_held(&self, mut is_over: impl FnMut() -> bool) -> bool {
        let start = std::time::Instant::now();
        loop {
            if self.shared().is_held {
                return true;
            }
            if is_over() {
                return self.shared().is_held;
            }
            assert!(start.elapsed() < Duration::from_secs(300), "no request came");
            thread::sleep(Duration::from_millis(3));
        }
    }

    /// Lets the request that is held go on, be it done or not, and waits until it has.
    pub fn release(&self, is_done: bool) {
        self.shared().release = Some(is_done);
        while self.shared().is_held {
            thread::sleep(Duration::from_millis(3));
        }
    }

    /// Nothing goes wrong any more.
    pub fn heal(&self) {
        self.shared().faults.clear();
    }

    /// What was not as GitHub's description says.
    pub fn flaws(&self) -> Vec<String> {
        std::mem::take(&mut self.shared().flaws)
    }
}

impl Drop for GitHub {
    fn drop(&mut self) {
        if !thread::panicking() {
            let flaws = self.flaws();
            assert!(flaws.is_empty(), "not as GitHub describes it:\n{}", flaws.join("\n"));
        }
    }
}

/// The operation that a request is for, as the description or GraphQL calls it.
fn operation_of(request: &Request) -> String {
    if request.path == "/graphql" {
        let query = request.body["query"].as_str().unwrap_or_default();
        let names = ["createCommitOnBranch"];
        return names.into_iter().find(|name| query.contains(name)).unwrap_or("graphql").into();
    }
    let known = description::operation(&request.method, &request.path);
    known.map_or_else(|| "unknown".into(), |operation| operation.id.to_owned())
}

fn serve(mut stream: TcpStream, port: u16, shared: &Mutex<Shared>) {
    let Some(request) = wire::read(&stream) else { return };
    let mut guard = shared.lock().unwrap();
    let operation = operation_of(&request);
    let fault = fault_of(&guard, &request, &operation);
    if let Some(Fault::Delay(milliseconds)) = fault {
        drop(guard);
        thread::sleep(Duration::from_millis(milliseconds));
        guard = shared.lock().unwrap();
    }
    let mut is_done = true;
    if fault == Some(Fault::Hold) {
        (guard, is_done) = hold(guard, shared);
    }
    let reply = match fault {
        Some(Fault::Lost) => None,
        Some(Fault::Hold) if !is_done => None,
        Some(Fault::Unreached) => Some(gateway()),
        Some(Fault::SecondaryLimit { status, retry_after_s }) => {
            let message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
            Some(refuse(status, message).with("retry-after", retry_after_s))
        }
        _ => Some(answer(&mut guard, port, &request)),
    };
    if fault == Some(Fault::HoldAnswer) {
        (guard, _) = hold(guard, shared);
    }
    let sent = match fault {
        Some(Fault::AnswerLost | Fault::HoldAnswer) => None,
        Some(Fault::BadGateway) => Some(gateway()),
        _ => reply,
    };
    guard.log.push(Entry {
        method: request.method,
        path: request.path,
        operation,
        query: request.query,
        body: request.body,
        status: sent.as_ref().map(|reply| reply.status),
    });
    drop(guard);
    match sent {
        Some(reply) => wire::write(&mut stream, &reply),
        // In the midst of nothing: not one byte of an answer.
        None => {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

/// Others go on meanwhile.
fn hold<'a>(
    mut guard: MutexGuard<'a, Shared>,
    shared: &'a Mutex<Shared>,
) -> (MutexGuard<'a, Shared>, bool) {
    // Only this one: what comes meanwhile is counted on.
    guard.faults.clear();
    guard.is_held = true;
    loop {
        if let Some(is_done) = guard.release.take() {
            guard.is_held = false;
            return (guard, is_done);
        }
        drop(guard);
        thread::sleep(Duration::from_millis(3));
        guard = shared.lock().unwrap();
    }
}

fn gateway() -> Reply {
    Reply::new(502, json!({ "message": "Server Error" }))
}

fn fault_of(shared: &Shared, request: &Request, operation: &str) -> Option<Fault> {
    let all = shared.log.len();
    let writes = shared.log.iter().filter(|entry| entry.writes()).count();
    let same = shared.log.iter().filter(|entry| entry.operation == operation).count();
    let hit = |when: &When| match when {
        When::Request(number) => all == *number,
        When::Write(number) => request.method != "GET" && writes == *number,
        When::Operation(name, number) => *name == operation && same == *number,
        When::Always => true,
    };
    shared.faults.iter().find(|(when, _)| hit(when)).map(|(_, fault)| *fault)
}

fn answer(shared: &mut Shared, port: u16, request: &Request) -> Reply {
    let world = &mut shared.world;
    world.now_s += 1;
    let token = match authenticate(world, request) {
        Ok(token) => token,
        Err(refusal) => return refusal,
    };
    if request.path == "/graphql" {
        return graphql(world, &token, &request.body);
    }
    let Some(operation) = description::operation(&request.method, &request.path) else {
        let flaw = format!("{} {} is not in the description", request.method, request.path);
        shared.flaws.push(flaw);
        return refuse(404, "Not Found");
    };
    let named = format!("{} {} ({})", request.method, request.path, operation.id);
    let flaws = operation.request_flaws(&request.query, &request.body);
    shared.flaws.extend(flaws.iter().map(|flaw| format!("request {named}: {flaw}")));
    if !flaws.is_empty() {
        return refuse(422, format!("Invalid request. {}", flaws.join("; ")));
    }
    let call = Call {
        id: operation.id,
        path: &operation.path,
        query: &request.query,
        body: &request.body,
        token: &token,
        url: format!("http://127.0.0.1:{port}{}", request.path),
    };
    let reply = perform(world, &call).unwrap_or_else(|refusal| refusal);
    let flaws = operation.answer_flaws(reply.status, &reply.body);
    shared.flaws.extend(flaws.iter().map(|flaw| format!("answer to {named}: {flaw}")));
    reply
}

fn authenticate(world: &mut World, request: &Request) -> Result<Token, Reply> {
    let sent = request.headers.get("authorization").map(String::as_str).unwrap_or_default();
    let Some((_, secret)) = sent.split_once(' ') else {
        return Err(refuse(401, "Requires authentication"));
    };
    let token = world.tokens.get(secret).cloned().ok_or(refuse(401, "Bad credentials"))?;
    if request.path != "/rate_limit" {
        if world.remaining == 0 {
            let message = "API rate limit exceeded for installation.";
            let refusal = refuse(world.limited, message).with("x-ratelimit-remaining", 0);
            return Err(refusal.with("x-ratelimit-reset", world.resets_s));
        }
        world.remaining -= 1;
    }
    Ok(token)
}

fn inaccessible(token: &Token, what: &[&str], level: Level) -> Reply {
    let by = if token.is_app { "integration" } else { "personal access token" };
    let level = if level == Level::Write { "write" } else { "read" };
    let needed: Vec<_> = what.iter().map(|what| format!("{what}={level}")).collect();
    refuse(403, format!("Resource not accessible by {by}"))
        .with("x-accepted-github-permissions", needed.join("; "))
}

/// The repository, if this token may see it and do this with it.
fn repository<'a>(
    world: &'a mut World,
    token: &Token,
    full_name: &str,
    (what, level): (&[&str], Level),
) -> Result<&'a mut Repository, Reply> {
    let now_s = world.now_s;
    let found = world.repositories.values_mut();
    let found = found.into_iter().find(|one| one.full_name.eq_ignore_ascii_case(full_name));
    let found = found.ok_or(refuse(404, "Not Found"))?;
    found.now_s = now_s;
    let sees = token.sees.as_ref().is_none_or(|sees| sees.contains(&found.full_name));
    if found.private && !sees {
        return Err(refuse(404, "Not Found"));
    }
    let is_open = level == Level::Read && !found.private;
    if !(what.is_empty() || is_open || what.iter().any(|what| token.may(what, level))) {
        return Err(inaccessible(token, what, level));
    }
    if found.archived && level == Level::Write {
        return Err(refuse(403, "Repository was archived so is read-only."));
    }
    Ok(found)
}

fn perform(world: &mut World, call: &Call<'_>) -> Result<Reply, Reply> {
    if call.id == "rate-limit/get" {
        let rate = json!({
            "limit": 5000, "remaining": world.remaining, "used": 5000 - world.remaining,
            "reset": world.resets_s,
        });
        let body = json!({ "rate": rate, "resources": { "core": rate, "search": rate } });
        return Ok(Reply::new(200, description::complete("rate-limit-overview", body)));
    }
    let reads = call.id.contains("get") || call.id.contains("list") || call.id.contains("compare");
    let level = if reads { Level::Read } else { Level::Write };
    let needed: (&[&str], Level) = match call.id.split('/').next().unwrap_or_default() {
        "pulls" | "issues" => issues::needed(call.id),
        "actions" => (&["actions"], level),
        _ => match call.id {
            "repos/get" | "repos/get-collaborator-permission-level" => (&[], Level::Read),
            "repos/create-commit-status" => (&["statuses"], level),
            _ => (&["contents"], level),
        },
    };
    let full_name = format!("{}/{}", call.path["owner"], call.path["repo"]);
    let found = repository(world, call.token, &full_name, needed)?;
    match call.id {
        "repos/get" => Ok(Reply::new(200, found.to_json(Some(call.token)))),
        "repos/get-collaborator-permission-level" => {
            let login = &call.path["username"];
            let known = found.collaborators.get(login).map(String::as_str);
            let permission = if login == found.owner() { Some("admin") } else { known };
            let permission = permission.unwrap_or(if found.private { "none" } else { "read" });
            let body =
                json!({ "permission": permission, "role_name": permission, "user": user(login) });
            Ok(Reply::new(200, description::complete("repository-collaborator-permission", body)))
        }
        "repos/create-commit-status" => {
            let id = call.path["sha"].clone();
            if found.objects.commit(&id).is_none() {
                return Err(refuse(422, format!("No commit found for SHA: {id}")));
            }
            let status = description::complete("status", call.body.clone());
            found.statuses.push(json!({ "sha": id, "status": status }));
            Ok(Reply::new(201, status))
        }
        "actions/create-workflow-dispatch" => {
            found.dispatches.push(call.body.clone());
            Ok(Reply::new(204, Value::Null))
        }
        id if id.starts_with("pulls/") => pulls::answer(found, call),
        id if id.starts_with("issues/") => issues::answer(found, call),
        _ => git_data::answer(found, call),
    }
}

fn graphql(world: &mut World, token: &Token, body: &Value) -> Reply {
    if !world.has_graphql {
        return refuse(404, "Not Found");
    }
    let failed = |kind: &str, message: &str| {
        let error = json!({ "type": kind, "path": ["createCommitOnBranch"], "message": message });
        Reply::new(200, json!({ "data": { "createCommitOnBranch": null }, "errors": [error] }))
    };
    let query = body["query"].as_str().unwrap_or_default();
    if !query.contains("createCommitOnBranch(input: $input)") {
        return failed("undefinedField", "the tests know createCommitOnBranch(input: $input) only");
    }
    let input = &body["variables"]["input"];
    let known = ["branch", "message", "fileChanges", "expectedHeadOid", "clientMutationId"];
    for key in input.as_object().into_iter().flat_map(serde_json::Map::keys) {
        if !known.contains(&key.as_str()) {
            return failed("INVALID", &format!("CreateCommitOnBranchInput has no {key}"));
        }
    }
    let head = input["expectedHeadOid"].as_str().unwrap_or_default();
    if head.len() != 40 || !input["message"]["headline"].is_string() {
        return failed("INVALID", "expectedHeadOid or message is missing");
    }
    let full_name = input["branch"]["repositoryNameWithOwner"].as_str().unwrap_or_default();
    let full_name = full_name.to_owned();
    match repository(world, token, &full_name, (&["contents"], Level::Write)) {
        Ok(found) => match git_data::create_commit_on_branch(found, token, input) {
            Ok(data) => Reply::new(200, json!({ "data": { "createCommitOnBranch": data } })),
            Err((kind, message)) => failed(kind, &message),
        },
        Err(refusal) if refusal.status == 404 => {
            let message = format!("Could not resolve to a Repository with the name '{full_name}'.");
            failed("NOT_FOUND", &message)
        }
        Err(refusal) => failed("FORBIDDEN", refusal.body["message"].as_str().unwrap_or_default()),
    }
}

/// One page of a list, with links to the others.
fn page(call: &Call<'_>, items: Vec<Value>) -> Reply {
    let number = |key: &str, otherwise: usize| {
        call.query.get(key).and_then(|text| text.parse().ok()).unwrap_or(otherwise)
    };
    let (size, number) = (number("per_page", 30).clamp(1, 100), number("page", 1).max(1));
    let last = items.len().div_ceil(size).max(1);
    let link = |page: usize, name: &str| {
        let mut query = call.query.clone();
        query.insert("page".into(), page.to_string());
        let query: Vec<_> = query
            .iter()
            .map(|(key, value)| format!("{key}={}", value.replace('/', "%2F").replace(' ', "%20")))
            .collect();
        format!("<{}?{}>; rel=\"{name}\"", call.url, query.join("&"))
    };
    let mut links = Vec::new();
    if number < last {
        links.extend([link(number + 1, "next"), link(last, "last")]);
    }
    if number > 1 {
        links.extend([link(number - 1, "prev"), link(1, "first")]);
    }
    let shown = items.into_iter().skip((number - 1) * size).take(size).collect();
    let reply = Reply::new(200, shown);
    if links.is_empty() { reply } else { reply.with("link", links.join(", ")) }
}
