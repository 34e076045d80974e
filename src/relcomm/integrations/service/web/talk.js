// A conversation ------------------------------------------------------------------------------------------------------

let file = null; // { name, size, base64 }
let asked = null; // what the report on show was made of
let running = null;
let shown = "";

function take(chosen) {
  if (!chosen) return;
  const reader = new FileReader();
  reader.addEventListener("error", () => tell("talk-problem", "This file cannot be read."));
  reader.addEventListener("load", () => {
    file = { base64: reader.result.slice(reader.result.indexOf(",") + 1) };
    $("file-name").textContent = chosen.name;
    $("file-size").textContent = `${Math.max(1, Math.round(chosen.size / 1024)).toLocaleString()} KB`;
    holdFile(true);
    tell("talk-status", `The file is here. Nothing is read before you say so.`);
    $("agreed").focus();
  });
  reader.readAsDataURL(chosen);
}

function holdFile(held) {
  $("file-box").hidden = !held;
  $("transcript").hidden = held;
  $("clear").hidden = false;
  tell("talk-problem", "");
  if (!held) file = null;
}

$("file").addEventListener("change", () => {
  take($("file").files[0]);
  $("file").value = "";
});
$("file-away").addEventListener("click", () => {
  holdFile(false);
  tell("talk-status", "");
  $("transcript").focus();
});
$("example").addEventListener("click", () => {
  holdFile(false);
  $("transcript").value = EXAMPLE;
  tell("talk-status", "An invented conversation is in place.");
  $("transcript").focus();
});
$("transcript").addEventListener("input", () => {
  $("clear").hidden = false;
});

let over = 0;
for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
  // On the whole page: a file that misses its place must not open in the page's stead.
  document.addEventListener(kind, (event) => {
    if (![...(event.dataTransfer?.types ?? [])].includes("Files")) return;
    event.preventDefault();
    over = kind === "drop" ? 0 : over + (kind === "dragenter") - (kind === "dragleave");
    $("drop").classList.toggle("over", over > 0);
    if (kind !== "drop") return;
    open("talk");
    take(event.dataTransfer.files[0]);
  });
}

async function analyze(body) {
  running?.abort();
  const mine = (running = new AbortController());
  resume = () => analyze(body);
  tell("talk-problem", "");
  tell("talk-status", "Reading …");
  $("stop").hidden = false;
  $("read").disabled = true;
  $("result").setAttribute("aria-busy", "true");
  try {
    const answer = await ask("/v1/analyze", { ...body, html: true }, mine.signal);
    show(answer, body);
  } catch (error) {
    tell("talk-status", "");
    if (error.name === "AbortError") tell("talk-status", mine === running ? "Stopped." : "");
    else if (error.status !== 401) tell("talk-problem", sentence(error.message));
  } finally {
    if (mine === running) {
      running = null;
      $("stop").hidden = true;
      $("read").disabled = false;
      $("result").removeAttribute("aria-busy");
    }
  }
}

function show(answer, body) {
  const first = asked === null || $("result").hidden;
  asked = body;
  offer($("me"), answer.speakers, body.me);
  URL.revokeObjectURL(shown);
  shown = URL.createObjectURL(new Blob([answer.html], { type: "text/html;charset=utf-8" }));
  $("save").href = shown;
  $("report").contentWindow.location.replace(shown); // no entry in the history
  $("result").hidden = false;
  $("clear").hidden = false;
  tell("talk-status", `Read: ${answer.turns.length.toLocaleString()} ${answer.turns.length === 1 ? "turn" : "turns"}.`);
  if (first) {
    $("result-title").focus({ preventScroll: true });
    $("result").scrollIntoView({ behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  }
}

const measured = new ResizeObserver(([{ target }]) => {
  $("report").style.height = `${target.ownerDocument.documentElement.scrollHeight + 2}px`;
});
$("report").addEventListener("load", () => {
  measured.disconnect();
  const page = $("report").contentDocument;
  if (shown && page?.body) measured.observe(page.body);
});

$("talk-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const format = $("format").value.trim();
  const text = $("transcript").value;
  if (!file && !text.trim()) {
    tell("talk-problem", "There is nothing to read yet: paste a conversation, or choose a file.");
    $("transcript").focus();
    return;
  }
  analyze({
    ...(file ? { file: file.base64 } : { transcript: text }),
    ...(format && { format }),
    pseudonyms: $("hidden-names").checked,
  });
});
$("stop").addEventListener("click", () => running?.abort());
$("me").addEventListener("change", () => analyze({ ...asked, me: $("me").value }));
$("hidden-names").addEventListener("change", () => analyze({ ...asked, pseudonyms: $("hidden-names").checked }));
$("print").addEventListener("click", () => $("report").contentWindow.print());

function clear() {
  running?.abort();
  looking?.abort();
  for (const form of document.forms) form.reset();
  URL.revokeObjectURL(shown);
  [shown, asked, resume, looked] = ["", null, null, { text: "", advice: [] }];
  holdFile(false);
  measured.disconnect();
  $("report").contentWindow.location.replace("about:blank");
  $("save").removeAttribute("href");
  for (const id of ["result", "clear", "writer-field"]) $(id).hidden = true;
  for (const id of ["talk-status", "draft-status", "talk-problem", "draft-problem", "thread-problem"]) tell(id, "");
  for (const id of ["me", "writer"]) offer($(id), [], "");
  $("advice").replaceChildren();
  mirror();
}
$("clear").addEventListener("click", () => {
  clear();
  tell("talk-status", "All of it is gone.");
  $("transcript").focus();
});
addEventListener("pagehide", clear);
