"use strict";
// The token lives in this variable alone: no cookie, no storage, no address ever holds it.
let token = "";
let shown = location.pathname;

const make = (name, css, ...children) => {
  const element = document.createElement(name);
  if (css) element.className = css;
  element.append(...children);  // texts become text, whatever they look like
  return element;
};
const form = () => document.getElementById("try");
const controls = () => [...form().querySelectorAll("[data-kind]")];
const percent = (share) => {
  const digits = share > 0.0995 && share < 0.9005 ? 0 : 1;
  return `${(share * 100).toFixed(digits)} %`;
};
/* Numbers with as many digits as mean something: three of the interval's width, or five of the number itself. */
const figures = (value, ends) => {
  const width = ends ? ends[1] - ends[0] : 0;
  const decimals = Math.min(12, Math.max(0, 2 - Math.floor(Math.log10(width))));
  const digits = width > 0 ? { maximumFractionDigits: decimals } : { maximumSignificantDigits: 5 };
  return [value, ...(ends ?? [])].map((number) => number.toLocaleString(undefined, digits));
};
const reveal = (id, message) => {
  const place = document.getElementById(id);
  place.textContent = message;
  place.hidden = !message;
};

const ask = (path, options = {}) => {
  const headers = { ...options.headers };
  if (token) headers.authorization = `Bearer ${token}`;
  return fetch(path, { ...options, headers, cache: "no-store", credentials: "same-origin", redirect: "error" });
};

/* Another page, with the token, which a plain link could not carry. */
const open = async (path) => {
  const reply = await ask(path, { headers: { accept: "text/html" } });
  const text = await reply.text();
  if (!reply.ok || !(reply.headers.get("content-type") || "").startsWith("text/html")) return false;
  const page = new DOMParser().parseFromString(text, "text/html");
  document.querySelector("main").replaceWith(document.adoptNode(page.querySelector("main")));
  document.title = page.title;
  shown = path;
  arrive();
  return true;
};

const unlock = async () => {
  const field = document.getElementById("token");
  token = field.value.trim();
  // A header carries no other signs; the browser would refuse to send them.
  const sendable = /^[\x21-\x7e]+$/.test(token);
  let opened = false;
  try {
    opened = sendable && (await open(location.pathname));
  } catch {
    reveal("token-error", "The service does not answer.");
    return;
  }
  if (opened) return;
  token = "";
  field.setAttribute("aria-invalid", "true");
  reveal("token-error", "This token is not known here.");
  field.focus();
};

const clear = () => {
  for (const control of controls()) {
    control.removeAttribute("aria-invalid");
    reveal(control.id.replace("field", "error"), "");
  }
};

const blame = (control, message) => {
  show(make("p", "quiet", "One field needs another look."));
  control.setAttribute("aria-invalid", "true");
  reveal(control.id.replace("field", "error"), message);
  control.focus();
};

/* What a control holds, as JSON has it; undefined where nothing may stand for it. */
const held = (control) => {
  const text = control.value;
  if (text.trim() === "") return "nullable" in control.dataset ? null : undefined;
  if (control.dataset.kind === "boolean") return text === "true";
  if (control.type === "number") return Number(text);
  return text;
};

const instance = () => {
  const row = {};
  for (const control of controls()) {
    if (control.validity.badInput) {
      blame(control, "This is not a number.");
      return null;
    }
    const value = held(control);
    if (value === undefined) {
      blame(control, `A value of '${control.name}' is needed: in training every row had one.`);
      return null;
    }
    Object.defineProperty(row, control.name, { value, enumerable: true });
  }
  return row;
};

const fill = () => {
  clear();
  for (const control of controls()) control.value = control.dataset.example ?? "";
};

const bars = (answer) => {
  const list = make("ul", "bars");
  const shares = Object.entries(answer.probabilities).sort((one, other) => other[1] - one[1]);
  for (const [label, share] of shares) {
    const filled = make("span");
    filled.style.width = `${share * 100}%`;
    const bar = make("div", "bar", filled);
    bar.setAttribute("aria-hidden", "true");
    const line = make("li", label === String(answer.label) ? "chosen" : "", make("span", "", label));
    line.append(make("span", "share", percent(share)), bar);
    list.append(line);
  }
  return list;
};

const surely = (answer, coverage) => {
  const rows = `In ${Math.round(coverage * 100)} of 100 rows `;
  if (answer.set) {
    const words = answer.set.length ? answer.set.join(", ") : "none of them";
    return [make("p", "sure", `${rows}the true one is among: `, make("b", "", words))];
  }
  if (!answer.interval) return [];
  const [low, high] = answer.interval;
  const written = figures(answer.value, answer.interval);
  const dot = make("span");
  dot.style.left = `${high > low ? Math.min(100, Math.max(0, ((answer.value - low) / (high - low)) * 100)) : 50}%`;
  const span = make("div", "span", dot);
  span.setAttribute("aria-hidden", "true");
  const ends = make("p", "ends", make("span", "", written[1]), make("span", "", written[2]));
  return [span, ends, make("p", "sure", `${rows}the true value lies between these two.`)];
};

const command = (body) => {
  const quoted = body.replaceAll("'", "'\\''");
  const secret = token ? ' \\\n  -H "Authorization: Bearer $TOKEN"' : "";
  const text = `curl ${location.origin}/predict${secret} \\\n  -H 'Content-Type: application/json' \\\n  -d '${quoted}'`;
  return make("details", "", make("summary", "", "The same with curl"), make("pre", "", make("code", "", text)));
};

const show = (...children) => {
  const place = document.getElementById("answer");
  place.classList.remove("waits");
  place.replaceChildren(...children);
  if (place.getBoundingClientRect().top > innerHeight * 0.7) place.scrollIntoView({ block: "start" });
};

const complain = (message) => {
  const words = make("p", "error", message);
  words.setAttribute("role", "alert");
  show(words);
};

const answered = (answer, coverage, body) => {
  const verdict = "value" in answer ? figures(answer.value, answer.interval)[0] : String(answer.label);
  const said = [make("p", "said", form().dataset.target), make("p", "verdict", verdict)];
  if (answer.probabilities) said.push(bars(answer));
  show(...said, ...surely(answer, coverage), command(body));
};

const predict = async () => {
  clear();
  const row = instance();
  if (!row) return;
  const coverage = Number(form().dataset.coverage || 0);
  const asked = { instances: [row], ...(coverage ? { parameters: { coverage } } : {}) };
  const body = JSON.stringify(asked);
  const button = form().querySelector(".first");
  button.disabled = true;
  document.getElementById("answer").classList.add("waits");
  try {
    const reply = await ask("/predict", { method: "POST", body, headers: { "content-type": "application/json" } });
    const found = await reply.json();
    if (reply.ok) {
      answered(found.predictions[0], coverage, body);
      return;
    }
    const { column, message } = found.error;
    const control = controls().find((each) => each.name === column);
    if (!control) {
      complain(message);
      return;
    }
    blame(control, message);
  } catch {
    complain("The service does not answer. Try again in a moment.");
  } finally {
    button.disabled = false;
  }
};

/* A page that just came: commands name this very address. */
const arrive = () => {
  for (const code of document.querySelectorAll(".reading pre code")) {
    code.textContent = code.textContent.replace("http://localhost:8080", location.origin);
  }
  document.getElementById("token")?.focus();
};

document.addEventListener("submit", (event) => {
  event.preventDefault();
  if (event.target.id === "unlock") unlock();
  if (event.target.id === "try") predict();
});
document.addEventListener("click", (event) => {
  if (event.target.id === "example") fill();
  const link = event.target.closest("nav a[href^='/'], a[href='/openapi.json']");
  if (!link || !token || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const path = link.getAttribute("href");
  if (path === "/openapi.json") {
    ask(path).then((reply) => reply.blob()).then((blob) => {
      const file = make("a");
      file.href = URL.createObjectURL(blob);
      file.download = "openapi.json";
      file.click();
      URL.revokeObjectURL(file.href);
    });
    return;
  }
  open(path).then((opened) => opened && history.pushState(null, "", path));
});
addEventListener("popstate", () => {
  if (token && location.pathname !== shown) open(location.pathname);  // a jump inside the page needs nothing
});
document.addEventListener("reset", (event) => {
  if (event.target.id !== "try") return;
  clear();
  show(make("p", "quiet", "The answer will stand here."));
});
document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-kind]")) return;
  event.target.removeAttribute("aria-invalid");
  reveal(event.target.id.replace("field", "error"), "");
});
arrive();
