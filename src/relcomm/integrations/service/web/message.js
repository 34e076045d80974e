// A message -----------------------------------------------------------------------------------------------------------

let looking = null;
let timer = 0;
let looked = { text: "", advice: [] }; // what the marks on show belong to, with places in UTF-16

// The service counts characters, JavaScript the halves of some of them.
function placed(text, advice) {
  const starts = [0];
  for (const character of text) starts.push(starts.at(-1) + character.length);
  return advice.map((each) => ({ ...each, start: starts[each.start], end: starts[each.end] }));
}

// Marks that what was typed since has not touched, where they are now.
function moved({ text, advice }, now) {
  let head = 0;
  while (head < text.length && head < now.length && text[head] === now[head]) head += 1;
  let tail = 0;
  const most = Math.min(text.length, now.length) - head;
  while (tail < most && text.at(-1 - tail) === now.at(-1 - tail)) tail += 1;
  const shift = now.length - text.length;
  return advice.flatMap((each) => {
    if (each.end <= head) return [each];
    if (each.start >= text.length - tail) return [{ ...each, start: each.start + shift, end: each.end + shift }];
    return [];
  });
}

function mirror() {
  const text = $("draft").value;
  const marks = moved(looked, text);
  const cuts = [...new Set([0, text.length, ...marks.flatMap(({ start, end }) => [start, end])])].sort((a, b) => a - b);
  const pieces = cuts.slice(0, -1).map((start, n) => {
    const words = text.slice(start, cuts[n + 1]);
    const covering = marks.filter((each) => each.start <= start && each.end >= cuts[n + 1]);
    if (!covering.length) return words;
    return element("mark", { text: words, className: covering.some(({ sure }) => sure) ? "" : "doubt" });
  });
  $("mirror").replaceChildren(...pieces, "\n"); // a last line of its own is as high as the one being written
}

async function look() {
  const text = $("draft").value;
  const thread = $("thread").value;
  if (!text.trim()) return;
  const mine = (looking = new AbortController());
  resume = look;
  const context = thread.trim() ? { thread, me: $("writer").value } : {};
  try {
    const answer = await ask("/v1/check", { draft: text, ...context }, mine.signal);
    tell("draft-problem", "");
    tell("thread-problem", "");
    offer($("writer"), answer.speakers, $("writer").value);
    $("writer-field").hidden = !answer.speakers.length;
    looked = { text, advice: placed(text, answer.advice) };
    mirror();
    advise(answer.long);
  } catch (error) {
    if (error.name === "AbortError" || error.status === 401) return;
    if (error.status === 503) {
      tell("draft-status", "The service is busy; your message will be looked at in a moment.");
      timer = setTimeout(look, 1000 * (error.wait || 1));
      return;
    }
    tell("draft-status", "");
    const ofThread = ["thread", "me"].includes(error.field) && thread.trim();
    if (error.field === "me") $("writer").value = "";
    tell(ofThread ? "thread-problem" : "draft-problem", sentence(error.message));
  }
}

function advise(long) {
  const { advice } = looked;
  $("advice").replaceChildren(...(advice.length ? advice.map(card) : [element("p", { className: "clear", text: NOTHING })]));
  const names = [...new Set(advice.map(({ label }) => (KNOWN.labels[label] ?? label).toLowerCase()))].join(", ");
  const places = advice.length === 1 ? "One place is marked" : `${advice.length} places are marked`;
  const said = advice.length ? `${places}: ${names}.` : "Nothing is marked.";
  tell("draft-status", long ? `${said} Your message is long: only its first part was read.` : said);
}

function card(each) {
  const { label, start, end, sure, why, message, antidote, try_instead: ways, help } = each;
  const title = KNOWN.labels[label] ?? label;
  const words = element("button", { type: "button", className: "words", text: `“${looked.text.slice(start, end).trim()}”` });
  words.title = "Show these words in the message";
  words.addEventListener("click", () => {
    const [now] = moved({ ...looked, advice: [each] }, $("draft").value);
    $("draft").focus();
    if (now) $("draft").setSelectionRange(now.start, now.end);
  });
  const made = element("article", { className: sure ? "advice" : "advice doubt" });
  made.append(element("h2", { text: sure ? title : `Perhaps ${title.toLowerCase()}` }), element("p", {}, words));
  made.append(element("p", { text: message }), element("p", { className: "why", text: why }));
  if (antidote || ways.length) made.append(instead(antidote, ways));
  if (help) made.append(element("p", { className: "help", text: help }));
  return made;
}

function instead(antidote, ways) {
  const [name, ...how] = antidote.split(": ");
  const made = element("div", { className: "instead" }, element("h3", { className: "unseen", text: "Instead" }));
  if (ways.length) made.append(element("ul", {}, ...ways.map((way) => element("li", { text: `“${way}”` }))));
  if (antidote) made.append(element("p", { className: "how" }, element("b", { text: how.length ? `${name}. ` : "" }), how.join(": ") || name));
  return made;
}

function soon() {
  clearTimeout(timer);
  looking?.abort();
  mirror();
  if ($("draft").value.trim()) {
    timer = setTimeout(look, PAUSE);
    return;
  }
  looked = { text: "", advice: [] };
  $("advice").replaceChildren();
  tell("draft-status", "");
  tell("draft-problem", "");
}
for (const id of ["draft", "thread", "writer"]) $(id).addEventListener("input", soon);
$("message-form").addEventListener("submit", (event) => event.preventDefault());

// -----------------------------------------------------------------------------------------------------------------------

const here = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
if (!here) $("where").textContent = `What you put in goes to ${location.host}, where the page comes from, and nowhere else.`;
$("formats").append(...KNOWN.formats.map((name) => element("option", { value: name })));
mirror();
