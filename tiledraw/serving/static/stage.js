// The stage: shows a picture on its canvas, and its boxes over it, which one drags.
// Knows the document and plans. Knows nothing about the server.

import { make } from "./dom.js";
import { looksOther, movedBox, resizedBox, squareOf } from "./plan.js";
import { subjectName, term, together, word } from "./words.js";

const SHARPEST = 1440; // pixels that the canvas is wide at most
const FLASH = 700; // milliseconds that a tile shows after it was drawn
const FAINT = 0.55; // how much is seen of a thing that will look otherwise

/** A square of the plan grid in pixels of the picture: [x, y, side]. */
const inPixels = ([x, y, side], { grid }, frame) => [
  (x * frame.side) / grid + frame.x,
  (y * frame.side) / grid + frame.y,
  (side * frame.side) / grid,
];

/** Paints a picture: the finished one, or its layers as far as they are there, each where its thing now is. */
export function paint(canvas, picture, colours, now = 0) {
  const [width, height] = picture.size;
  const shown = Math.round((canvas.clientWidth || width) * devicePixelRatio); // more would only cost time
  canvas.width = Math.min(shown, SHARPEST);
  canvas.height = Math.round((canvas.width * height) / width);
  const pen = canvas.getContext("2d");
  pen.imageSmoothingQuality = "high";
  pen.scale(canvas.width / width, canvas.height / height);
  if (picture.image && !picture.isChanged) pen.drawImage(picture.image, 0, 0, width, height);
  else if (picture.draft) paintLayers(pen, picture, colours);
  return paintTiles(pen, picture, now);
}

/** Whether an image has fewer pixels than it shows as, so that each is to be seen. */
const isCoarse = (image, side) => image.width < side * 0.99;

function paintLayers(pen, picture, colours) {
  const { ground, mask, size } = picture;
  if (ground) pen.drawImage(ground, 0, 0, ...size);
  if (!mask) {
    paintBackground(pen, picture, colours);
    paintThings(pen, picture);
  } else {
    const sheet = document.createElement("canvas");
    [sheet.width, sheet.height] = [pen.canvas.width, pen.canvas.height];
    const own = sheet.getContext("2d");
    own.scale(sheet.width / size[0], sheet.height / size[1]);
    paintBackground(own, picture, colours);
    paintThings(own, picture);
    own.globalCompositeOperation = "destination-in"; // nothing shows outside of the mask
    own.imageSmoothingEnabled = false;
    own.drawImage(mask, 0, 0, ...size);
    pen.drawImage(sheet, 0, 0, ...size);
  }
}

function paintBackground(pen, { draft, frame, cover, layers, image, size }, colours) {
  const layer = layers.get("background");
  if (colours[draft.background]) {
    pen.fillStyle = colours[draft.background];
    pen.fillRect(0, 0, ...size);
  } else if (layer && layer.name === draft.background) {
    const { x, y, side } = cover ?? frame;
    pen.imageSmoothingEnabled = !isCoarse(layer.image, side);
    if (layer.placed) pen.drawImage(layer.image, layer.placed.x, layer.placed.y);
    else pen.drawImage(layer.image, x, y, side, side);
  }
  if (image && !layers.size) pen.drawImage(image, 0, 0, ...size); // nothing else is known of it
}

function paintThings(pen, { draft, frame, layers }) {
  for (const thing of draft.things) {
    const layer = layers.get(thing.key);
    if (!layer) continue;
    pen.save();
    pen.globalAlpha = looksOther(thing, layer.thing) ? FAINT : 1;
    const [x, y, side] = inPixels(squareOf(thing.box), draft, frame);
    const [oldX, oldY, oldSide] = inPixels(squareOf(layer.thing.box), draft, frame);
    pen.imageSmoothingEnabled = !isCoarse(layer.image, oldSide);
    // the image shows the thing as it was: put back what turned it then, then turn it as it is now
    const radians = Math.PI / 180;
    pen.translate(x + side / 2, y + side / 2);
    pen.rotate((thing.turned ?? 0) * radians);
    const flips = Boolean(thing.mirrored) !== Boolean(layer.placed && layer.thing.mirrored);
    pen.scale((side / oldSide) * (flips ? -1 : 1), side / oldSide);
    if (layer.placed) {
      pen.rotate(-(layer.thing.turned ?? 0) * radians);
      pen.drawImage(layer.image, layer.placed.x - oldX - oldSide / 2, layer.placed.y - oldY - oldSide / 2);
    } else pen.drawImage(layer.image, -oldSide / 2, -oldSide / 2, oldSide, oldSide);
    pen.restore();
  }
}

/** Outlines the tiles that were just drawn; whether some still show. */
function paintTiles(pen, picture, now) {
  picture.tiles = picture.tiles.filter((tile) => now - tile.since < FLASH);
  if (!picture.draft) return false;
  for (const tile of picture.tiles) {
    pen.strokeStyle = `rgb(122 92 255 / ${0.9 * (1 - (now - tile.since) / FLASH)})`;
    pen.lineWidth = picture.frame.side / 256;
    const squares = picture.draft.things
      .filter((thing) => thing.subject === tile.subject)
      .map((thing) => squareOf(thing.box));
    if (picture.draft.background === tile.subject) squares.push([0, 0, picture.draft.grid]);
    for (const square of squares) {
      const [x, y, side] = inPixels(square, picture.draft, picture.frame);
      pen.strokeRect(x + tile.x * side, y + tile.y * side, tile.side * side, tile.side * side);
    }
  }
  return picture.tiles.length > 0;
}

/** What a thing is called: its looks and its name. */
export const nameOf = (thing) => {
  const looks = [thing.colour, thing.pattern?.split(" ")[0], thing.material, thing.style].filter(Boolean).map(term);
  return together([...looks, subjectName(thing.subject)]);
};

/** The boxes of a picture. `actions` are what they do: select(key), change(key, box, isDone), press(event, key). */
export class Boxes {
  constructor(root, stage, actions) {
    this.root = root;
    this.stage = stage;
    this.actions = actions;
    root.addEventListener("pointerdown", (event) => {
      if (event.target === root) actions.select(null);
    });
  }

  /** Shows the boxes of a picture anew. */
  show(picture, selected) {
    const focused = document.activeElement?.dataset?.box;
    this.picture = picture;
    this.root.classList.toggle("locked", !picture?.canChange);
    const things = picture?.draft?.things ?? [];
    this.root.replaceChildren(...things.map((thing) => this.#box(thing, thing.key === selected)));
    if (focused) this.root.querySelector(`[data-box="${focused}"]`)?.focus({ preventScroll: true });
  }

  #box(thing, isSelected) {
    const name = nameOf(thing);
    const element = make(
      "div",
      {
        class: isSelected ? "box selected" : "box",
        tabindex: "0",
        role: "button",
        "aria-pressed": String(isSelected),
        "aria-label": word("boxLabel", { name, box: thing.box.join(" ") }),
        "data-box": thing.key,
        onpointerdown: (event) => this.#begin(event, thing, element),
        onkeydown: (event) => this.actions.press(event, thing.key),
        onfocus: () => element.matches(":focus-visible") && !isSelected && this.actions.select(thing.key),
      },
      make("span", { class: "name", "aria-hidden": "true" }, name),
      make("span", { class: "handle", "aria-hidden": "true", title: word("handle") }),
    );
    this.#place(element, thing.box);
    return element;
  }

  #place(element, [x0, y0, x1, y1]) {
    const { draft, frame, size } = this.picture;
    const cell = frame.side / draft.grid;
    const percent = (pixels, all) => `${(100 * pixels) / all}%`;
    element.style.left = percent(x0 * cell + frame.x, size[0]);
    element.style.top = percent(y0 * cell + frame.y, size[1]);
    element.style.width = percent((x1 - x0) * cell, size[0]);
    element.style.height = percent((y1 - y0) * cell, size[1]);
  }

  /** A press on a box: selects it, and drags it or its corner; with a finger only what is selected already. */
  #begin(event, thing, element) {
    if (event.button !== 0 || !this.picture.canChange) return;
    const wasSelected = element.classList.contains("selected");
    const isResizing = event.target.classList.contains("handle");
    if (!wasSelected && event.pointerType === "touch") {
      this.actions.select(thing.key);
      return;
    }
    event.preventDefault();
    const { draft, frame, size } = this.picture;
    const pixels = this.stage.getBoundingClientRect().width / size[0];
    const cell = (frame.side / draft.grid) * pixels;
    const start = [event.clientX, event.clientY];
    let box = thing.box;
    const drag = (moved) => {
      const dx = Math.round((moved.clientX - start[0]) / cell);
      const dy = Math.round((moved.clientY - start[1]) / cell);
      const next = isResizing
        ? resizedBox(thing.box, Math.round((dx + dy) / 2), draft.grid)
        : movedBox(thing.box, dx, dy, draft.grid);
      if (next.join() === box.join()) return;
      box = next;
      this.#place(element, box);
      this.actions.change(thing.key, box, false);
    };
    const end = () => {
      for (const [name, listener] of Object.entries(listeners)) removeEventListener(name, listener);
      if (box !== thing.box) this.actions.change(thing.key, box, true);
      else if (!wasSelected) this.actions.select(thing.key);
    };
    const listeners = { pointermove: drag, pointerup: end, pointercancel: end };
    for (const [name, listener] of Object.entries(listeners)) addEventListener(name, listener);
    element.classList.add("selected");
    element.focus({ preventScroll: true });
  }
}
