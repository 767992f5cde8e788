// Pictures: what is known of one while it is drawn and after. Knows the server. Knows nothing about the page.
//
// `plan` is what is drawn, `draft` what somebody has made of it since; `layers` holds by the key of a thing (or
// "background") its image and the thing as the image shows it; `ground` is the image over which it is drawn, `mask` one
// that is opaque where that may change, and `cover` where a background lies there, each null if there is none. `other` is
// the plan of what may as well have been asked for, null if that is not in doubt.

import { ask, fileAddress } from "./api.js";
import { loadImage } from "./dom.js";
import { isSame, linesOf, readPlan, withKeysOf } from "./plan.js";

const MOST_UNDONE = 100;

export function newPicture({ size, frame, seed, prompt = "", id = null, over = false }) {
  return {
    ...{ id, prompt, size, seed, frame, over, ground: null, mask: null, cover: null },
    ...{ plan: null, draft: null, other: null, past: [], future: [], canChange: false, isChanged: false, isEdited: false },
    ...{ layers: new Map(), tiles: [], image: null, done: 0, isDrawn: false },
    ...{ thought: "", remark: "", options: [] },
  };
}

/** A picture of the history, or of a file; its layers too, if they were kept. */
export async function openPicture(entry) {
  const picture = newPicture(entry);
  if (entry.id) picture.image = await loadImage(fileAddress(entry.id, ".png"));
  picture.isDrawn = true;
  picture.done = 1;
  if (!entry.plan) return picture;
  setPlan(picture, readPlan(entry.plan));
  picture.thought = entry.thought || linesOf(picture.plan);
  picture.remark = entry.remark;
  if (entry.other) picture.other = withKeysOf(readPlan(entry.other), picture.plan);
  picture.canChange = true;
  picture.isEdited = true; // who knows whether its sentence alone would draw it
  try {
    const { layers, mask } = await ask(`/api/pictures/${entry.id}/layers`);
    const keys = picture.plan.things.map((thing) => thing.key);
    if (entry.over) picture.ground = await loadImage(layers.shift().png);
    if (mask) picture.mask = await loadImage(mask);
    if (layers.length === keys.length + 1) keys.unshift("background");
    await Promise.all(
      layers.map(async ({ x, y, png }, number) => {
        const thing = picture.plan.things.find((one) => one.key === keys[number]);
        picture.layers.set(keys[number], {
          image: await loadImage(png),
          thing,
          placed: { x, y },
          name: picture.plan.background,
        });
      }),
    );
  } catch {
    picture.layers.clear(); // a PNG keeps none; they show when it is redrawn
  }
  return picture;
}

function setPlan(picture, plan) {
  picture.plan = plan;
  picture.draft = plan;
  picture.past = [];
  picture.future = [];
  picture.isChanged = false;
}

/** Takes note of an event of a picture that may go on from another one; `changed` is called when an image has come. */
export function hear(picture, kind, data, from, changed) {
  if (kind === "plan") {
    picture.thought = [data.thought, data.text].filter(Boolean).join("\n\n");
    picture.remark = [picture.remark, data.remark].filter(Boolean).join("; ");
    if (!data.plan) return;
    const plan = readPlan(data.plan);
    if (from?.draft?.things.length === plan.things.length) {
      plan.things = plan.things.map((thing, number) => ({ ...thing, key: from.draft.things[number].key }));
      picture.layers = new Map(from.layers);
    }
    setPlan(picture, plan);
    if (data.other) picture.other = withKeysOf(readPlan(data.other), plan);
    picture.cover = data.cover;
    picture.willChange = data.can_change;
    if (data.mask) loadImage(data.mask).then((image) => ((picture.mask = image), changed(picture)));
  } else if (kind === "layers") {
    picture.done = data.done;
    const now = performance.now();
    picture.tiles.push(...data.tiles.map((tile) => ({ ...tile, since: now })));
    for (const { index, png } of data.layers) {
      const thing = picture.plan.things[index];
      const key = thing?.key ?? "background";
      const layer = { thing, name: picture.plan.background, since: now };
      loadImage(png).then((image) => {
        if (picture.layers.get(key)?.since > now) return; // a later one was quicker
        picture.layers.set(key, { ...layer, image });
        changed(picture);
      });
    }
  } else if (kind === "whole") {
    loadImage(data.png).then((image) => {
      if (!picture.isDrawn) picture.image = image;
      changed(picture);
    });
  } else if (kind === "remark") {
    picture.remark = [picture.remark, data.text].filter(Boolean).join("; ");
  } else if (kind === "refused") {
    picture.remark = data.message;
    picture.done = 1;
  } else if (kind === "picture") {
    Object.assign(picture, {
      id: data.entry.id,
      prompt: data.entry.prompt,
      seconds: data.seconds,
      isDrawn: true,
      done: 1,
    });
    picture.canChange = Boolean(picture.willChange) && !(picture.ground && !picture.id); // no file has its ground
  }
}

/** Makes a draft the one that is shown; what was shown can be had back. */
export function edit(picture, draft) {
  picture.past = [...picture.past, picture.draft].slice(-MOST_UNDONE);
  picture.future = [];
  show(picture, draft);
}

/** Shows a draft, as while something is dragged. */
export function show(picture, draft) {
  picture.draft = draft;
  picture.isChanged = !isSame(draft, picture.plan);
}

export function undo(picture) {
  if (!picture.past.length) return;
  picture.future.push(picture.draft);
  show(picture, picture.past.pop());
}

export function redo(picture) {
  if (!picture.future.length) return;
  picture.past.push(picture.draft);
  show(picture, picture.future.pop());
}
