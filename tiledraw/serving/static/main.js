// The page: what its buttons do, and what shows when. Everything else stands in the modules that it imports.

import { ask, draw, fileAddress } from "./api.js";
import { chooseSize, showChoices } from "./choices.js";
import { commandOf, fileName } from "./command.js";
import { byId, download, loadImage, make, reduced, takeFiles } from "./dom.js";
import { askForKey } from "./login.js";
import { showThings } from "./inspector.js";
import { Marks } from "./marks.js";
import { edit, hear, newPicture, openPicture, redo, show, undo } from "./pictures.js";
import { movedBox, resizedBox, shifted, withCopy, withNew, withThing, without, writePlan } from "./plan.js";
import { Shelf } from "./shelf.js";
import { Boxes, paint } from "./stage.js";
import * as words from "./words.js";

const { word } = words;
const PAUSE = 80; // milliseconds between two looks at what is drawn
const EMPTY = { size: [1, 1], frame: { x: 0, y: 0, side: 1 }, layers: new Map(), tiles: [], draft: null, image: null };

let about = null; // what the server offers
let pictures = []; // of the last request
let active = 0;
let selected = null; // the key of a thing
let drawing = null; // the AbortController of what is drawn
let isPainting = false;
let lastPainted = 0;
let status = ["welcome", {}];

const current = () => pictures[active] ?? null;
const shelf = new Shelf(byId("shelf"), (entry) => openEntry(entry));
const boxes = new Boxes(byId("boxes"), byId("stage"), {
  select,
  change: (key, box, isDone) => changeBox(key, box, isDone),
  press,
});
const marks = new Marks(byId("marks"), () => about && refresh());

/** Whether what is drawn next goes over the picture that is shown: one without a plan, or where it is marked. */
const isOver = () => Boolean(current()?.id) && (!current().plan || !marks.isEmpty);

// What shows ----------------------------------------------------------------------------------------------------------

function say(key, values = {}, isBad = false) {
  status = [key, values];
  byId("status").textContent = word(key, values);
  byId("status").classList.toggle("bad", isBad);
}

function note(text, isBad = false, ...more) {
  byId("note").hidden = !text;
  byId("note").className = isBad ? "note bad" : "note";
  const lines = [text ?? ""].flat();
  byId("note").replaceChildren(make("div", {}, ...lines.map((line) => make("p", {}, line))), ...more);
}

/** Says what is to be said of the picture, and offers what may as well have been asked for. */
function showRemark() {
  const picture = current();
  const other = picture?.other && make("button", { type: "button", id: "other", onclick: drawOther }, word("other"));
  note(picture?.remark && picture.remark.split("; ").map(words.remark), false, ...(other ? [other] : []));
}

/** Paints soon, and again while tiles still glow; not so often that it would slow down who draws on this machine. */
function repaint() {
  if (isPainting) return;
  isPainting = true;
  const wait = drawing ? Math.max(0, lastPainted + PAUSE - performance.now()) : 0;
  const act = () => {
    isPainting = false;
    lastPainted = performance.now();
    const glows = paint(byId("canvas"), current() ?? EMPTY, about.colours, performance.now());
    for (const button of byId("strip").children) {
      const picture = pictures[Number(button.dataset.number)];
      if (picture) paint(button.firstChild, picture, about.colours, performance.now());
    }
    if (glows) repaint();
  };
  setTimeout(() => requestAnimationFrame(act), wait);
}

/** Shows everything anew. */
function refresh() {
  const picture = current();
  const [width, height] = picture?.size ?? [1, 1];
  byId("stage").style.aspectRatio = `${width} / ${height}`;
  byId("stage").classList.toggle("empty", !picture);
  byId("canvas").setAttribute("aria-label", picture ? words.nameOfPicture(picture) : word("stage"));
  boxes.show(picture, selected);
  const isMarking = byId("mark").getAttribute("aria-pressed") === "true" && Boolean(picture?.id) && !drawing;
  byId("boxes").hidden = isMarking || byId("toggle").getAttribute("aria-pressed") !== "true";
  byId("marks").hidden = byId("tools").hidden = !isMarking;
  for (const button of byId("tools").querySelectorAll("[data-tool]"))
    button.setAttribute("aria-pressed", String(button.dataset.tool === marks.tool));
  byId("mark").disabled = !picture?.id || Boolean(drawing);
  byId("unmark").disabled = marks.isEmpty;
  byId("over").hidden = !isOver();
  byId("size").disabled = isOver(); // the picture's
  showThings(byId("list"), picture, selected, about, thingActions);
  byId("thought").textContent = picture?.thought || word("noThought");
  byId("thought").classList.toggle("empty", !picture?.thought);
  const mayChange = Boolean(picture?.canChange) && !drawing;
  byId("redraw").disabled = !mayChange || !picture.isChanged;
  byId("undo").disabled = !mayChange || !picture.past.length;
  byId("redo").disabled = !mayChange || !picture.future.length;
  byId("background").disabled = !picture?.canChange || (Boolean(picture.ground) && !picture.mask); // as it fills a mask
  byId("background").value = picture?.draft?.background ?? "white";
  byId("subject").disabled = !picture?.canChange;
  byId("add").querySelector("button").disabled = !picture?.canChange;
  byId("png").disabled = !(picture?.id || picture?.png);
  byId("ora").disabled = !picture?.id || !picture.plan;
  byId("command").disabled = !picture?.isDrawn || !picture.plan || Boolean(picture.ground); // which the line can't hold
  byId("draw").hidden = Boolean(drawing);
  byId("stop").hidden = !drawing;
  byId("progress").hidden = !drawing;
  shelf.mark(picture?.id ?? null);
  showStrip();
  repaint();
}

function showStrip() {
  const strip = byId("strip");
  strip.hidden = pictures.length < 2;
  if (strip.children.length !== (pictures.length < 2 ? 0 : pictures.length)) {
    const button = (_, number) =>
      make(
        "button",
        { type: "button", "data-number": number, "aria-label": String(number + 1), onclick: () => choose(number) },
        make("canvas"),
      );
    strip.replaceChildren(...(pictures.length < 2 ? [] : pictures.map(button)));
  }
  for (const button of strip.children)
    button.setAttribute("aria-pressed", String(Number(button.dataset.number) === active));
}

/** Begins to mark the picture, or ends that. */
function mark(isOn) {
  byId("mark").setAttribute("aria-pressed", String(isOn));
  marks.clear(current()?.size);
}

/** On a small screen the picture may be elsewhere. */
const showStage = () => byId("stage").scrollIntoView({ block: "nearest" });

function choose(number) {
  active = number;
  selected = null;
  mark(false);
  showRemark();
  refresh();
}

// Changing the plan ---------------------------------------------------------------------------------------------------

function select(key) {
  selected = key;
  refresh();
}

function apply(draft) {
  if (!current()?.canChange || drawing) return;
  edit(current(), draft);
  refresh();
}

function changeBox(key, box, isDone) {
  const picture = current();
  const draft = withThing(picture.draft, key, () => ({ box }));
  if (!isDone) {
    picture.beforeDrag ??= picture.draft;
    show(picture, draft);
    repaint();
    return;
  }
  show(picture, picture.beforeDrag ?? picture.draft);
  picture.beforeDrag = null;
  selected = key;
  apply(draft);
}

const thingActions = {
  select,
  press,
  change: (key, values) => apply(withThing(current().draft, key, () => values)),
  shift: (key, by) => apply(shifted(current().draft, key, by)),
  copy(key) {
    const [draft, thing] = withCopy(current().draft, key);
    selected = thing.key;
    apply(draft);
  },
  remove(key) {
    selected = null;
    apply(without(current().draft, key));
  },
};

/** A key on a box or a row of the list. */
function press(event, key) {
  const picture = current();
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const step = steps[event.key];
  const isRow = event.currentTarget.classList.contains("row");
  if (!picture?.canChange || event.ctrlKey || event.metaKey || event.altKey) return;
  if (step && !isRow) {
    const { grid, things } = picture.draft;
    const { box } = things.find((thing) => thing.key === key);
    const next = event.shiftKey ? resizedBox(box, step[0] + step[1], grid) : movedBox(box, ...step, grid);
    selected = key;
    apply(withThing(picture.draft, key, () => ({ box: next })));
  } else if (event.key === "Delete" || event.key === "Backspace") thingActions.remove(key);
  else if (event.key === "Enter" && !isRow) select(key);
  else if (event.key === "Escape") select(null);
  else if (event.key === "m")
    thingActions.change(key, { mirrored: !picture.draft.things.find((one) => one.key === key).mirrored });
  else return;
  event.preventDefault();
}

// Drawing -------------------------------------------------------------------------------------------------------------

async function run(asked, from = null) {
  const ground = asked.over ? current().image : (from?.ground ?? null);
  drawing?.abort();
  const own = (drawing = new AbortController());
  const before = pictures;
  const beforeActive = active;
  const heard = [];
  byId("progress").value = 0;
  say("thinking");
  note(null);
  refresh();
  showStage();
  try {
    for await (const [kind, data] of draw(asked, own.signal)) {
      if (kind === "waiting") say(data.before ? "waiting" : "thinking", data);
      else {
        if (kind === "plan") {
          const { remark = "" } = heard[data.number] ?? {}; // of what was said before there was a plan
          const told = { isEdited: Boolean(asked.plan), options: asked.without_unknown ? ["--without-unknown"] : [] };
          heard[data.number] = Object.assign(newPicture({ ...data, prompt: asked.prompt }), told, { remark, ground });
        }
        const picture = (heard[data.number] ??= newPicture({ ...EMPTY, seed: asked.seed, prompt: asked.prompt }));
        hear(picture, kind, data, from, repaint);
        if (kind === "plan" && data.number === 0) {
          pictures = from ? before.map((one, number) => (number === beforeActive ? picture : one)) : heard;
          active = from ? beforeActive : 0;
          selected = null;
          mark(false);
        }
        if (picture === current()) showRemark();
        if (kind === "picture") {
          picture.png = data.png ?? null; // of one that could not be kept
          picture.image = await loadImage(data.png ?? fileAddress(data.entry.id, ".png"));
          if (data.entry.id) shelf.add(data.entry);
        }
        const done = heard.reduce((sum, one) => sum + one.done, 0) / asked.n;
        byId("progress").value = done;
        if (kind !== "remark") say("drawing", { percent: Math.round(100 * done) });
        if (kind === "layers") repaint();
        else refresh();
      }
    }
    if (!heard.some((one) => one.isDrawn)) throw new TypeError("the answer has no end");
    say("done", { seconds: Math.max(0, ...heard.map((one) => one.seconds ?? 0)).toFixed(1) });
  } catch (error) {
    if (drawing !== own) return; // something else is shown by now
    if (!heard.length || from) [pictures, active] = [before, beforeActive];
    if (own.signal.aborted) say("stopped");
    else fail(error, asked);
  } finally {
    if (drawing === own) {
      drawing = null;
      pictures = pictures.filter(Boolean);
      refresh();
    }
  }
}

/** Says what went wrong, and offers what helps. */
function fail(error, asked = null) {
  if (error.status === 401) {
    askForKey(start);
    return;
  }
  const text =
    error instanceof TypeError ? word("offline") : error.message.replace(/; without_unknown draws the rest$/, "");
  const rest = asked && error.code === "unknown_subject" && !asked.without_unknown && text !== error.message;
  const again = () => run({ ...asked, without_unknown: true });
  say("failed", {}, true);
  note(text, true, ...(rest ? [make("button", { type: "button", onclick: again }, word("rest"))] : []));
}

/** Offers to make a picture smaller that is too large for the server. */
function failToOpen(error, file) {
  fail(error);
  if (error.code !== "too_large") return;
  const act = async () => openFile(await reduced(file, about.most.side));
  note(error.message, true, make("button", { type: "button", onclick: act }, word("reduce")));
}

function drawSentence() {
  if (byId("fresh").checked && byId("fresh").dataset.used) byId("seed").value = String(Math.floor(Math.random() * 1e6));
  byId("fresh").dataset.used = "yes";
  const asked = {
    prompt: byId("prompt").value.trim() || (byId("prompt").value = byId("prompt").placeholder),
    seed: byId("seed").value || "0",
    n: Number(byId("count").value),
    without_unknown: byId("unknown").checked,
  };
  if (!isOver()) run({ ...asked, size: byId("size").value });
  else run({ ...asked, over: current().id, ...(marks.isEmpty ? {} : { mask: marks.png() }) });
}

function redraw() {
  const picture = current();
  if (byId("redraw").disabled) return;
  const asked = {
    prompt: picture.prompt,
    ...(picture.ground ? {} : { size: picture.size.join("x") }),
    seed: picture.seed,
    n: 1,
    plan: writePlan(picture.draft),
  };
  run(picture.id ? { ...asked, base: picture.id } : asked, picture);
}

/** Draws the picture as its sentence may as well be read; what both readings have stays. */
function drawOther() {
  apply(current().other);
  redraw();
}

// Opening and saving --------------------------------------------------------------------------------------------------

async function openEntry(entry) {
  try {
    drawing?.abort();
    drawing = null;
    const picture = await openPicture(entry);
    [pictures, active, selected] = [[picture], 0, null];
    if (entry.plan) {
      byId("prompt").value = entry.prompt;
      byId("seed").value = entry.seed;
      if (!entry.over) chooseSize(entry.size);
    }
    if (entry.plan) showRemark();
    else note(word("foreign"));
    say(entry.plan ? "opened" : "openedOther");
    mark(!entry.plan);
    showStage();
  } catch (error) {
    fail(error);
  }
}

async function openFile(file) {
  if (!file) return;
  try {
    const entry = await ask("/api/open", { method: "POST", body: file });
    shelf.add(entry);
    await openEntry(entry);
  } catch (error) {
    failToOpen(error, file);
  }
}

async function copyCommand() {
  const { prompt, size, seed, plan, isEdited, options } = current();
  const own = isEdited ? [] : options;
  const text = commandOf({
    prompt,
    size,
    seed,
    plan: plan && writePlan(plan),
    isChanged: isEdited,
    options: [...about.options, ...own],
  });
  try {
    await navigator.clipboard.writeText(text);
    say("copied");
  } catch {
    note(text); // a browser that does not let pages copy
  }
}

// The beginning -------------------------------------------------------------------------------------------------------

function chooseExample(text) {
  byId("prompt").value = text;
  byId("prompt").focus();
  if (!drawing) drawSentence();
}

function showWords() {
  words.label();
  showChoices(about, chooseExample);
  shelf.show();
  say(...status);
  refresh();
}

function listen() {
  const on = (id, kind, listener) => byId(id).addEventListener(kind, listener);
  on("ask", "submit", (event) => (event.preventDefault(), drawSentence()));
  on("prompt", "keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return; // an input method takes Enter, too
    event.preventDefault();
    drawSentence();
  });
  on("stop", "click", () => drawing?.abort());
  on("redraw", "click", redraw);
  on("undo", "click", () => (undo(current()), refresh()));
  on("redo", "click", () => (redo(current()), refresh()));
  on("toggle", "click", () => {
    byId("toggle").setAttribute("aria-pressed", String(byId("toggle").getAttribute("aria-pressed") !== "true"));
    refresh();
  });
  on("mark", "click", () => mark(byId("mark").getAttribute("aria-pressed") !== "true"));
  on("unmark", "click", () => marks.clear());
  on("width", "input", () => (marks.width = Number(byId("width").value)));
  for (const button of byId("tools").querySelectorAll("[data-tool]"))
    button.addEventListener("click", () => ((marks.tool = button.dataset.tool), refresh()));
  on("leave", "click", () => {
    [pictures, active, selected] = [[], 0, null];
    note(null);
    say("welcome");
    mark(false);
  });
  on("png", "click", () =>
    download(current().png ?? fileAddress(current().id, ".png"), `${fileName(current().prompt)}.png`),
  );
  on("ora", "click", () => download(fileAddress(current().id, ".ora"), `${fileName(current().prompt)}.ora`));
  on("command", "click", copyCommand);
  on("add", "submit", (event) => {
    event.preventDefault();
    const subject = words.subjectOf(byId("subject").value);
    byId("subject").setCustomValidity("");
    if (!subject || !current()?.canChange) return byId("subject").select();
    const [draft, thing] = withNew(current().draft, subject);
    byId("subject").value = "";
    selected = thing.key;
    apply(draft);
  });
  on("background", "change", () => apply({ ...current().draft, background: byId("background").value }));
  on("language", "click", () => (words.switchLanguage(), showWords()));
  on("open", "click", () => byId("file").click());
  on("file", "change", () => (openFile(byId("file").files[0]), (byId("file").value = "")));
  addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.target.matches("input, textarea")) return;
    const act = { z: event.shiftKey ? "redo" : "undo", y: "redo", Enter: "redraw" }[event.key];
    if (!act || byId(act).disabled) return;
    event.preventDefault();
    byId(act).click();
  });
  takeFiles(byId("drop"), openFile);
}

async function start() {
  try {
    about = await ask("/api/about");
  } catch (error) {
    fail(error);
    return;
  }
  words.learnSubjects(about.subjects);
  showWords();
  await shelf.load();
}

words.startLanguage();
words.label();
say("welcome");
listen();
start();
