// Opens each page of a folder in headless Chromium, in several ways, and prints what axe-core finds, by severity.
// usage: node accessibility.mjs CHROMIUM PAGES [PICTURES]; benchmarks/accessibility calls it.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import puppeteer from "puppeteer-core";

const [chromium, pages, pictures] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const WAYS = {
  light: { width: 1200, scheme: "light" },
  dark: { width: 1200, scheme: "dark" },
  narrow: { width: 390, scheme: "light" },
  "narrow dark": { width: 390, scheme: "dark" },
  print: { width: 800, scheme: "light", media: "print" },
};
const SEVERITIES = ["critical", "serious", "moderate", "minor"];

async function look(browser, file, way) {
  const { width, scheme, media } = WAYS[way];
  const page = await browser.newPage();
  page.setDefaultTimeout(0); // a busy machine may take its time
  const loaded = [];
  page.on("request", (request) => loaded.push(request.url()));
  await page.setBypassCSP(true); // axe is a script, and the page allows none
  await page.setViewport({ width, height: 900 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  if (media) await page.emulateMediaType(media);
  await page.goto(`file://${resolve(pages, file)}`);
  await page.evaluate(() => document.querySelectorAll("details").forEach((each) => (each.open = true)));
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document));
  const lit = media ? "" : `; ${await pointed(page)}`;
  if (pictures) await picture(page, join(pictures, `${file.replace(".html", "")}-${way.replace(" ", "-")}`), media);
  await page.close();
  return { ...found, wide, lit, loaded: loaded.length - 1 };
}

// Of the first marks with a note: for how many pointing, and for how many focusing, changes how their note is drawn.
async function pointed(page) {
  const marks = (await page.$$("mark[aria-describedby]")).slice(0, 5);
  let hovered = 0;
  let focused = 0;
  for (const mark of marks) {
    const drawn = () => mark.evaluate((each) => {
      const [id] = each.getAttribute("aria-describedby").split(" ");
      return getComputedStyle(document.getElementById(id)).boxShadow;
    });
    await page.mouse.move(0, 0);
    await page.evaluate(() => document.activeElement.blur());
    const before = await drawn();
    await mark.hover();
    hovered += (await drawn()) !== before;
    await page.mouse.move(0, 0);
    await mark.focus();
    focused += (await drawn()) !== before;
  }
  await page.evaluate(() => document.activeElement.blur());
  return `of ${marks.length} marks ${hovered} light up their note pointed at, ${focused} focused`;
}

async function picture(page, name, media) {
  await page.evaluate(() => document.querySelectorAll("details").forEach((each) => (each.open = each.closest(".safety") !== null)));
  if (media === "print") await page.pdf({ path: `${name}.pdf`, format: "A4" });
  else await page.screenshot({ path: `${name}.png`, fullPage: true });
}

const browser = await puppeteer.launch({ executablePath: chromium, args: ["--no-sandbox", "--disable-gpu"] });
const total = Object.fromEntries(SEVERITIES.map((severity) => [severity, 0]));
for (const file of readdirSync(pages).sort()) {
  for (const way of Object.keys(WAYS)) {
    const { violations, passes, incomplete, wide, lit, loaded } = await look(browser, file, way);
    const counts = SEVERITIES.map((s) => `${violations.filter((v) => v.impact === s).length} ${s}`).join(", ");
    console.log(`${file}, ${way}: ${counts} of ${passes.length + violations.length} rules; ${wide > 0 ? `${wide} px too wide` : "fits"}; ${loaded} requests${lit}`);
    for (const { id, impact, nodes, help } of violations) {
      total[impact] += 1;
      console.log(`  ${impact} ${id}: ${help} (${nodes.length} places, the first: ${nodes[0].html.slice(0, 120)})`);
    }
    for (const { id, nodes, help } of incomplete) {
      console.log(`  not decided ${id}: ${help} (${nodes.length} places, the first: ${nodes[0].html.slice(0, 120)})`);
    }
  }
}
await browser.close();
console.log(`in all: ${SEVERITIES.map((s) => `${total[s]} ${s}`).join(", ")}`);
process.exitCode = total.critical + total.serious ? 1 : 0;
