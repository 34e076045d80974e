// The page's own script. It keeps nothing: no storage, no cookies; what is typed goes to where the page came from.
const $ = (id) => document.getElementById(id);
const KNOWN = JSON.parse($("known").textContent);
const PAUSE = 350; // milliseconds without a key before a message is looked at
const EXAMPLE = `Ann: Did you book the plumber?
Ben: No, I forgot. I had a lot on today.
Ann: You always forget. You never think of anybody but yourself.
Ben: It's not my fault, you could have rung them yourself.
Ann: I'm sorry, that came out harsh. I was worried about the leak.
Ben: You're right, I said I would do it. I'll ring them first thing tomorrow.
Ann: Thank you. I really appreciate that.`;
const NOTHING = "Nothing is marked, and that is no all-clear: relcomm misses much, and it knows nothing of what the other has lived through, or of danger.";
let token = "";
let resume = null; // what to ask again once there is a token

// Asking --------------------------------------------------------------------------------------------------------------

class Refused extends Error {
  constructor({ status = 0, detail = "The service does not answer. Is it still running?", field = "", wait = 0 } = {}) {
    super(detail);
    Object.assign(this, { status, field, wait });
  }
}

async function ask(path, body, signal) {
  const headers = { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) };
  const options = { method: "POST", headers, body: JSON.stringify(body), signal, cache: "no-store", credentials: "omit" };
  let answer;
  try {
    answer = await fetch(path, options);
    if (answer.ok) return await answer.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused();
  }
  const told = await answer.json().catch(() => ({ detail: "The service answered with something else than was expected." }));
  if (answer.status === 401) askToken();
  throw new Refused({ ...told, status: answer.status, wait: Number(answer.headers.get("Retry-After")) });
}

function askToken() {
  $("token-form").hidden = false;
  $("token").focus();
}
$("token-form").addEventListener("submit", (event) => {
  event.preventDefault();
  token = $("token").value.trim();
  $("token").value = "";
  $("token-form").hidden = true;
  resume?.();
});

// Small things --------------------------------------------------------------------------------------------------------

function element(tag, { text, ...rest } = {}, ...children) {
  const made = Object.assign(document.createElement(tag), rest);
  if (text !== undefined) made.textContent = text;
  made.append(...children);
  return made;
}

function tell(id, text) {
  $(id).textContent = text;
  if ($(id).classList.contains("problem")) $(id).hidden = !text;
}

function sentence(text) {
  const said = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(said) ? said : `${said}.`;
}

function offer(select, names, chosen) {
  select.replaceChildren(select.options[0], ...names.map((name) => element("option", { value: name, text: name })));
  select.value = names.includes(chosen) ? chosen : "";
}

// Tabs ----------------------------------------------------------------------------------------------------------------

const TABS = ["talk", "message"];
function open(name) {
  for (const each of TABS) {
    $(each).hidden = each !== name;
    $(`${each}-tab`).setAttribute("aria-selected", String(each === name));
    $(`${each}-tab`).tabIndex = each === name ? 0 : -1;
  }
}
TABS.forEach((name, n) => {
  const tab = $(`${name}-tab`);
  tab.addEventListener("click", () => open(name));
  tab.addEventListener("keydown", ({ key }) => {
    const to = { ArrowRight: n + 1, ArrowLeft: n - 1, Home: 0, End: -1 }[key];
    if (to === undefined) return;
    const next = TABS.at(to % TABS.length);
    open(next);
    $(`${next}-tab`).focus();
  });
});
