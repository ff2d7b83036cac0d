// The status page: readiness, the first owner, and the queue of whoever signs in. The token stays in memory.
"use strict";

const REFRESH_MS = 5000;
let token = null;
let timer = null;

const byId = (id) => document.getElementById(id);
const show = (id, visible) => {
  byId(id).hidden = !visible;
};

function complain(text) {
  byId("problem").textContent = text || "";
  show("problem", Boolean(text));
}

async function call(path, options = {}) {
  const headers = { Accept: "application/json", ...(options.body ? { "Content-Type": "application/json" } : {}) };
  if (token) headers.Authorization = `Bearer ${token}`;
  const answer = await fetch(path, { ...options, headers, credentials: "same-origin" });
  const body = answer.status === 204 ? null : await answer.json().catch(() => null);
  if (!answer.ok) {
    const first = body && body.errors && body.errors[0];
    const error = new Error(first ? `${first.pointer}: ${first.detail}` : (body && body.title) || answer.statusText);
    error.status = answer.status;
    throw error;
  }
  return body;
}

async function checkHealth() {
  const place = byId("health");
  const ready = await fetch("/readyz").then((answer) => answer.ok, () => false);
  place.textContent = ready ? place.dataset.ready : place.dataset.notReady;
}

function drawQueue(queue) {
  const rows = Object.entries((queue && queue.states) || {});
  const table = byId("queue").querySelector("tbody");
  table.replaceChildren(
    ...rows.map(([state, count]) => {
      const row = document.createElement("tr");
      for (const text of [table.dataset[state] || state, String(count)]) {
        const cell = document.createElement("td");
        cell.textContent = text;
        row.append(cell);
      }
      return row;
    }),
  );
  show("queue-empty", rows.length === 0);
}

async function refreshQueue() {
  try {
    drawQueue(await call("/api/v1/queue"));
    complain("");
  } catch (error) {
    if (error.status === 401) return signedOut();
    complain(error.message || byId("problem").dataset.failed);
  }
  timer = setTimeout(refreshQueue, REFRESH_MS);
}

function signedIn(answer) {
  token = answer.access_token;
  complain("");
  show("setup", false);
  show("sign-in", false);
  show("queue", true);
  refreshQueue();
}

function signedOut() {
  token = null;
  clearTimeout(timer);
  show("queue", false);
  show("sign-in", true);
}

function explain(error, path) {
  const { failed, wrongToken } = byId("problem").dataset;
  if (path.endsWith("/setup") && (error.status === 401 || error.status === 403)) return wrongToken;
  return error.message || failed;
}

function onSubmit(id, path) {
  byId(id).addEventListener("submit", async (event) => {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(event.target));
    try {
      signedIn(await call(path, { method: "POST", body: JSON.stringify(fields) }));
      event.target.reset();
    } catch (error) {
      complain(explain(error, path));
    }
  });
}

async function start() {
  onSubmit("setup-form", "/api/v1/setup");
  onSubmit("sign-in-form", "/api/v1/auth/login");
  byId("sign-out").addEventListener("click", async () => {
    await call("/api/v1/auth/logout", { method: "POST" }).catch(() => null);
    signedOut();
  });
  checkHealth();
  setInterval(checkHealth, REFRESH_MS);
  const setup = await call("/api/v1/setup").catch(() => ({ needed: false }));
  show(setup.needed ? "setup" : "sign-in", true);
}

start();
