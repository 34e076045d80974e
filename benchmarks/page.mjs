// Uses the page of `relcomm serve` as people do, in headless Chromium, and says what holds and what does not.
// usage: node page.mjs CHROMIUM ADDRESS ADDRESS-WITH-TOKEN TOKEN [PICTURES]; benchmarks/page calls it.
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const [executablePath, address, guarded, token, pictures] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const TALK = "Ann: Did you pay the rent?\nBen: You never think of anybody but yourself.\nAnn: It's not my fault, you said you would.\n";
const DRAFT = "😀 You never do the dishes. You are so lazy.";
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
let failed = 0;

function holds(what, condition) {
  failed += condition ? 0 : 1;
  console.log(`${condition ? "ok  " : "FAIL"} ${what}`);
}

async function opened(name, { width = 1200, height = 900, scheme = "light" } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, reducedMotion: "reduce" });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const asked = [];
  const said = [];
  page.on("request", (request) => asked.push(request.url()));
  page.on("console", (message) => said.push(message.text()));
  page.on("pageerror", (error) => said.push(String(error)));
  await page.goto(address);
  const close = async () => {
    const elsewhere = asked.filter((url) => !url.startsWith(address) && !url.startsWith("blob:"));
    holds(`${name}: nothing asked of anybody else`, elsewhere.length === 0);
    holds(`${name}: nothing in the console${said.length ? ` (${said.join("; ").slice(0, 300)})` : ""}`, said.length === 0);
    const kept = await page.evaluate(() => [document.cookie, localStorage.length, sessionStorage.length].join());
    holds(`${name}: nothing stored`, kept === ",0,0");
    await context.close();
  };
  return { page, close };
}

async function picture(page, name) {
  if (!pictures) return;
  const { width, height } = await page.evaluate(() => ({ width: innerWidth, height: document.documentElement.scrollHeight }));
  const clip = { x: 0, y: 0, width, height: Math.min(height, 2400) }; // a report can be long
  await page.screenshot({ path: join(pictures, `${name.replaceAll(" ", "-")}.png`), fullPage: true, clip });
}

async function looks(page, name) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  holds(`${name}: fits its width`, wide <= 0);
  // In a world of its own, where the page's policy does not reach.
  const session = await page.context().newCDPSession(page);
  const { frameTree } = await session.send("Page.getFrameTree");
  const { executionContextId: contextId } = await session.send("Page.createIsolatedWorld", { frameId: frameTree.frame.id });
  await session.send("Runtime.evaluate", { expression: axe, contextId });
  const expression = "axe.run(document, { iframes: false }).then(({ violations }) => JSON.stringify(violations.map((v) => `${v.impact} ${v.id} ${v.nodes.map((n) => n.html.slice(0, 90))}`)))";
  const { result } = await session.send("Runtime.evaluate", { expression, contextId, awaitPromise: true, returnByValue: true });
  const found = JSON.parse(result.value);
  holds(`${name}: axe finds nothing${found.length ? `: ${found.join(" | ")}` : ""}`, found.length === 0);
  await picture(page, name);
}

const report = (page) => page.frameLocator("#report");

async function analyse() {
  const { page, close } = await opened("analyse");
  await looks(page, "start");
  await page.getByLabel("The conversation", { exact: true }).fill(TALK);
  await page.getByRole("button", { name: "Read it", exact: true }).click();
  holds("analyse: not without everybody's consent", await page.locator("#agreed:invalid").count() === 1 && !(await page.locator("#result").isVisible()));
  await page.getByLabel("Everybody whose words").check();
  await page.getByRole("button", { name: "Read it", exact: true }).click();
  await report(page).locator("#t2").waitFor();
  holds("analyse: the report marks words", (await report(page).locator("#t2 mark").count()) > 0);
  await page.waitForFunction(() => {
    const frame = document.getElementById("report");
    return Math.abs(frame.clientHeight - frame.contentDocument.documentElement.scrollHeight) < 4;
  });
  holds("analyse: the report has its whole height", true);
  await looks(page, "report");
  await report(page).locator('nav a[href="#turns"]').click();
  await page.waitForFunction(() => scrollY > 300);
  holds("analyse: a link in the report leads there", await report(page).locator("#t2").isVisible());
  await page.getByLabel("One side as well").selectOption("Ben");
  await report(page).locator("#my-side, section h2:has-text('Ben')").first().waitFor();
  holds("analyse: one side as well", true);
  await page.getByLabel("Hide the names").check();
  await report(page).getByText("Person B").first().waitFor();
  holds("analyse: names hidden", !(await report(page).locator("#turns .who").first().innerText()).includes("Ann"));
  const [saved] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Save a copy" }).click()]);
  holds("analyse: a copy can be saved", readFileSync(await saved.path(), "utf8").startsWith("<!DOCTYPE html>"));
  await page.getByRole("button", { name: "Clear everything" }).click();
  holds("analyse: cleared", !(await page.locator("#result").isVisible()) && (await page.locator("#transcript").inputValue()) === "");
  await close();
}

async function wrong() {
  const { page } = await opened("wrong");
  await page.getByLabel("Everybody whose words").check();
  await page.getByRole("button", { name: "Read it", exact: true }).click();
  await page.getByRole("alert").filter({ hasText: "nothing to read" }).waitFor();
  await page.getByText("Not read as it should be?").click();
  await page.getByLabel("Its format").fill("quince");
  await page.getByLabel("The conversation", { exact: true }).fill(TALK);
  await page.getByRole("button", { name: "Read it", exact: true }).click();
  await page.getByRole("alert").filter({ hasText: "no such format" }).waitFor();
  holds("wrong: what is wrong is said, with what to do", true);
  await picture(page, "wrong");
  await page.context().close(); // without a look at the console, where the browser notes the refusal
}

async function dropped() {
  const { page, close } = await opened("file");
  const path = join(mkdtempSync(join(tmpdir(), "relcomm-")), "talk.txt");
  writeFileSync(path, TALK.repeat(3));
  await page.locator("#file").setInputFiles(path);
  await page.getByText("talk.txt").waitFor();
  await picture(page, "file");
  await page.getByRole("button", { name: "Take it away" }).click();
  const transfer = await page.evaluateHandle((text) => {
    const data = new DataTransfer();
    data.items.add(new File([text], "dropped.txt", { type: "text/plain" }));
    return data;
  }, TALK);
  await page.dispatchEvent("#drop", "dragenter", { dataTransfer: transfer });
  holds("file: it is shown where to drop", await page.locator("#drop.over").count() === 1);
  await page.dispatchEvent("#drop", "drop", { dataTransfer: transfer });
  await page.getByText("dropped.txt").waitFor();
  await page.getByLabel("Everybody whose words").check();
  await page.getByRole("button", { name: "Read it", exact: true }).click();
  await report(page).locator("#t3").waitFor();
  holds("file: dropped and read", true);
  await close();
}

async function check(name, size) {
  const { page, close } = await opened(name, size);
  await page.getByRole("tab", { name: "A message to send" }).click();
  await page.getByLabel("Your message", { exact: true }).pressSequentially(DRAFT, { delay: 5 });
  await page.locator(".advice").first().waitFor();
  const marked = await page.locator("#mirror mark").allInnerTexts();
  holds(`${name}: the words are marked (${marked.join(" | ")})`, marked.length > 0 && marked.every((words) => DRAFT.includes(words)));
  holds(`${name}: and quoted whole`, (await page.locator(".advice .words").allInnerTexts()).every((words) => DRAFT.includes(words.slice(1, -1))));
  holds(`${name}: ways to say it instead`, (await page.locator(".instead li").count()) > 0);
  await page.locator("#draft").press("Home");
  await page.locator("#draft").pressSequentially("Hey. ", { delay: 1 });
  holds(`${name}: marks move with the text`, (await page.locator("#mirror mark").allInnerTexts()).join() === marked.join());
  await page.getByText("What was said before").click();
  await page.getByLabel("The conversation so far").fill("Ben: You could have rung.\nAnn: I was on the train.");
  await page.getByLabel("Who is writing").waitFor();
  await page.getByLabel("Who is writing").selectOption("Ann");
  await page.locator(".advice").first().waitFor();
  await looks(page, name);
  await page.getByLabel("Your message", { exact: true }).fill("Dinner is at seven.");
  await page.locator(".clear").waitFor();
  holds(`${name}: nothing marked is no all-clear`, (await page.locator(".clear").innerText()).includes("no all-clear"));
  await close();
}

async function narrow(scheme) {
  const name = `narrow ${scheme}`;
  const { page, close } = await opened(name, { width: 390, height: 844, scheme });
  await page.getByRole("button", { name: "Try an example" }).click();
  await page.getByLabel("Everybody whose words").check();
  await page.getByRole("button", { name: "Read it", exact: true }).click();
  await report(page).locator("#t2").waitFor();
  await page.waitForTimeout(500);
  await looks(page, name);
  await close();
}

// Reaches an element by Tab alone, so many stops at most, and says how many it took.
async function tabTo(page, selector, most = 30) {
  for (let n = 1; n <= most; n += 1) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return n;
  }
  return 0;
}

async function keyboard() {
  const { page, close } = await opened("keyboard");
  holds("keyboard: a way past the head", (await tabTo(page, ".skip")) === 1);
  await picture(page, "keyboard-skip");
  holds("keyboard: to the conversation", (await tabTo(page, "#transcript")) > 0);
  await page.keyboard.type(TALK);
  holds("keyboard: to the file", (await tabTo(page, "#file")) > 0);
  await picture(page, "keyboard-file");
  holds("keyboard: to the consent", (await tabTo(page, "#agreed")) > 0);
  await page.keyboard.press("Space");
  holds("keyboard: to the button", (await tabTo(page, "#read")) > 0);
  await page.keyboard.press("Enter");
  await report(page).locator("#t2").waitFor();
  await page.waitForFunction(() => document.activeElement?.id === "result-title");
  holds("keyboard: the report takes the focus", true);
  holds("keyboard: to one side", (await tabTo(page, "#me")) > 0);
  await page.keyboard.press("ArrowDown");
  await report(page).locator("section h2:has-text('Ann')").first().waitFor();
  holds("keyboard: one side chosen", true);
  holds("keyboard: into the report", (await tabTo(page, "#report")) > 0);
  await page.locator("#talk-tab").focus();
  await page.keyboard.press("ArrowRight");
  holds("keyboard: the other tab", await page.locator("#message").isVisible());
  holds("keyboard: to the message", (await tabTo(page, "#draft")) > 0);
  await page.keyboard.type(DRAFT);
  await page.locator(".advice").first().waitFor();
  holds("keyboard: what was found is said", /marked/.test(await page.locator("#draft-status").innerText()));
  holds("keyboard: to the words", (await tabTo(page, ".words")) > 0);
  await page.keyboard.press("Enter");
  const chosen = await page.evaluate(() => getSelection().toString());
  holds(`keyboard: the words are selected (${chosen})`, chosen.length > 3 && DRAFT.includes(chosen));
  await close();
}

async function guard() {
  const page = await browser.newPage();
  await page.goto(guarded);
  await page.getByRole("tab", { name: "A message to send" }).click();
  await page.getByLabel("Your message", { exact: true }).fill(DRAFT);
  for (const given of ["quince quince quince", token]) {
    await page.getByLabel("The token of this service").fill(given);
    await picture(page, "token");
    const [answer] = await Promise.all([page.waitForResponse("**/v1/check"), page.keyboard.press("Enter")]);
    holds(`token: ${given === token ? "taken" : "another refused, and asked for again"}`, answer.status() === (given === token ? 200 : 401));
  }
  await page.locator(".advice").first().waitFor();
  holds("token: the message was looked at once it was there", !(await page.locator("#token-form").isVisible()));
  await page.close();
}

for (const step of [analyse, wrong, dropped, guard, () => check("message"), () => check("message dark", { scheme: "dark" }), () => check("message narrow", { width: 390, height: 844 }), () => narrow("light"), () => narrow("dark"), keyboard]) {
  await step().catch((error) => holds(`${step.name}: ${String(error).slice(0, 400)}`, false));
}
await browser.close();
console.log(failed ? `${failed} do not hold` : "all hold");
process.exitCode = failed ? 1 : 0;
