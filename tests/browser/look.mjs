// Opens reports in a real browser and uses them as a reader does:
//   node look.mjs CHROMIUM PICTURES REPORT...
// PICTURES is a directory for a screenshot of each, or "-". Needs the npm package playwright-core, found
// through NODE_PATH. Prints what it did; exit code 1 with the reason when something does not work.
import { createRequire } from "node:module";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const { chromium } = createRequire(import.meta.url)("playwright-core");
const [executablePath, pictures, ...reports] = process.argv.slice(2);
const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync"];

function fail(report, reason) {
  throw new Error(`${report}: ${reason}`);
}

const rows = (page, table) => page.locator(`[aria-label="${table}"] tbody tr`).count();

/** Curves tell their values under the pointer; the table of tasks is filtered by a text. */
async function useRun(page, report) {
  const chart = page.locator(".chart").first();
  const time = chart.locator(".u-legend .u-value").first();
  const before = await time.textContent();
  await chart.locator(".u-over").hover({ position: { x: 220, y: 100 } });
  // The value may be the same everywhere; the time under the pointer is not.
  await page.waitForFunction(
    (old) => document.querySelectorAll(".chart .u-legend .u-value")[0].textContent !== old, before,
    { timeout: 5000 }).catch(() => fail(report, "hovering over the first chart shows no time"));
  const told = await chart.locator(".u-legend .u-value").allTextContents();
  const value = told.slice(1).find((text) => /\d/.test(text));
  if (!value) fail(report, `hovering over the first chart shows "${told.join('", "')}"`);
  const after = `${value} at ${told[0]}`;
  const all = await rows(page, "Tasks");
  const name = await page.locator('[aria-label="Tasks"] tbody td').first().textContent();
  await page.getByLabel("filter Tasks").fill(name);
  const left = await rows(page, "Tasks");
  if (left < 1 || (all > 1 && left >= all)) fail(report, `the filter leaves ${left} of ${all} tasks`);
  await page.getByLabel("filter Tasks").fill("");
  await page.locator('[aria-label="Tasks"] th button').nth(5).press("Enter");
  return `hover: ${before} -> ${after}; filter: ${left} of ${all} tasks`;
}

/** Points tell their figures under the pointer and by keys; values of an axis are filtered out. */
async function useSweep(page, report) {
  const point = page.locator("svg .point").last();
  await point.hover({ force: true });
  const tip = page.locator(".tip");
  if (!await tip.isVisible()) fail(report, "hovering over a point shows nothing");
  const said = await tip.locator("b").textContent();
  const all = await page.locator("svg .point").count();
  const box = page.locator("fieldset input").first();
  await box.uncheck();
  const left = await page.locator("svg .point").count();
  if (left >= all) fail(report, `the filter leaves ${left} of ${all} points`);
  await box.check();
  await page.locator("svg .point").last().press("Enter");
  const command = await page.locator("pre", { hasText: "taskyard run" }).first().textContent();
  if (!command.includes("--seed")) fail(report, "a point shows no scenario");
  return `hover: ${said}; filter: ${left} of ${all} points`;
}

const profile = mkdtempSync(join(tmpdir(), "taskyard-browser-"));
const context = await chromium.launchPersistentContext(profile,
  { executablePath, args: FLAGS, viewport: { width: 1240, height: 900 } });
let failed = false;
for (const report of reports) {
  const page = await context.newPage();
  const wrong = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) wrong.push(message.text());
  });
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("request", (request) => {
    if (!request.url().startsWith("file:") && !request.url().startsWith("data:")) {
      wrong.push(`asks for ${request.url()}`);
    }
  });
  try {
    await page.goto(pathToFileURL(resolve(report)).href);
    const sweep = await page.locator("svg .point, .plane").count() > 0;
    const did = sweep ? await useSweep(page, report) : await useRun(page, report);
    if (wrong.length) fail(report, `the console says: ${wrong.join("; ")}`);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    if (wide) fail(report, "the page is wider than the window");
    if (pictures !== "-") {
      const name = basename(dirname(resolve(report)));
      await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
      await page.emulateMedia({ colorScheme: "dark" });
      await page.screenshot({ path: join(pictures, `${name}-dark.png`), fullPage: true });
    }
    console.log(`${report}: ${did}`);
  } catch (error) {
    failed = true;
    console.log(String(error));
  }
  await page.close();
}
await context.close();
rmSync(profile, { recursive: true, force: true });
process.exit(failed ? 1 : 0);
