// Plans: pure functions that make a changed plan of a plan. Knows nothing about the document or the server.
//
// A plan here is { grid, background, canvas, things }; a thing has a key of its own, which stays as it changes, a box
// [x0, y0, x1, y1] in cells of the grid, and what else a placement says. The first thing is the farthest.

let lastKey = 0;

/** A plan as the server tells it. */
export const readPlan = (data) => ({
  grid: data.grid,
  background: data.background,
  canvas: data.canvas,
  things: (data.placements ?? []).map(({ box, ...rest }) => ({
    ...rest,
    key: ++lastKey,
    box: box.split(" ").map(Number),
  })),
});

/** A plan as the server reads it. */
export function writePlan(plan) {
  const placements = plan.things.map(({ key, box, ...rest }) => {
    const said = Object.entries(rest).filter(
      ([, value]) => value !== "" && value !== false && value !== 0 && value !== undefined,
    );
    return { ...Object.fromEntries(said), box: box.join(" ") };
  });
  const canvas = plan.canvas ? { canvas: plan.canvas } : {};
  return { grid: plan.grid, background: plan.background, ...canvas, placements };
}

/** A plan as the model writes it. */
export function linesOf(plan) {
  const looks = ({ subject, key, box, parts, mirrored, turned, ...words }) => [
    ...Object.values(words).filter(Boolean),
    ...(mirrored ? ["mirrored"] : []),
    ...(turned ? [`turned ${turned}`] : []),
    box.join(" "),
  ];
  return [
    `background: ${plan.background}`,
    ...plan.things.map((thing) => `- ${thing.subject}: ${looks(thing).join(", ")}`),
  ].join("\n");
}

/** A plan whose things have the keys of those of another plan that show the same subject, as far as these go. */
export function withKeysOf(plan, old) {
  const free = [...old.things];
  const keyOf = (thing) => {
    const place = free.findIndex((one) => one.subject === thing.subject);
    return place < 0 ? thing.key : free.splice(place, 1)[0].key;
  };
  return { ...plan, things: plan.things.map((thing) => ({ ...thing, key: keyOf(thing) })) };
}

export const isSame = (one, other) => JSON.stringify(writePlan(one)) === JSON.stringify(writePlan(other));

const clamp = (value, least, most) => Math.min(Math.max(value, least), most);

/** The plan with one thing changed by a function. */
export const withThing = (plan, key, change) => ({
  ...plan,
  things: plan.things.map((thing) => (thing.key === key ? { ...thing, ...change(thing) } : thing)),
});

/** A box moved by cells, as far as the grid goes. */
export function movedBox(box, dx, dy, grid) {
  const [x0, y0, x1, y1] = box;
  dx = clamp(dx, -x0, grid - x1);
  dy = clamp(dy, -y0, grid - y1);
  return [x0 + dx, y0 + dy, x1 + dx, y1 + dy];
}

/** A box that is larger by cells at its right and bottom, as far as the grid goes, and at least two cells wide. */
export function resizedBox(box, cells, grid) {
  const [x0, y0, x1, y1] = box;
  const shorter = Math.min(x1 - x0, y1 - y0);
  cells = clamp(cells, 2 - shorter, Math.min(grid - x1, grid - y1));
  return [x0, y0, x1 + cells, y1 + cells];
}

export const without = (plan, key) => ({ ...plan, things: plan.things.filter((thing) => thing.key !== key) });

/** The thing nearer (+1) or farther (-1) by one. */
export function shifted(plan, key, by) {
  const things = [...plan.things];
  const from = things.findIndex((thing) => thing.key === key);
  const to = clamp(from + by, 0, things.length - 1);
  things.splice(to, 0, ...things.splice(from, 1));
  return { ...plan, things };
}

/** The plan with a new thing in front, and the thing. */
export function withNew(plan, subject) {
  const side = Math.max(2, Math.round(plan.grid / 3));
  const start = Math.round((plan.grid - side) / 2);
  const step = (plan.things.length % 5) - 2; // so that several new ones do not hide each other
  const box = movedBox([start, start, start + side, start + side], step * 2, step, plan.grid);
  const thing = { key: ++lastKey, subject, box };
  return [{ ...plan, things: [...plan.things, thing] }, thing];
}

/** The plan with a second thing like one of it, a little aside, and the thing. */
export function withCopy(plan, key) {
  const old = plan.things.find((thing) => thing.key === key);
  const thing = { ...old, key: ++lastKey, box: movedBox(old.box, 2, 2, plan.grid) };
  return [{ ...plan, things: [...plan.things, thing] }, thing];
}

/** The largest square in the middle of a box, which shows the thing: [x, y, side]. */
export function squareOf([x0, y0, x1, y1]) {
  const side = Math.min(x1 - x0, y1 - y0);
  return [x0 + Math.floor((x1 - x0 - side) / 2), y0 + Math.floor((y1 - y0 - side) / 2), side];
}

/** Whether a thing has to be drawn or composed anew to look as it now says: not only to be elsewhere. */
export const looksOther = (one, other) =>
  ["subject", "colour", "pattern", "material", "style"].some((name) => (one[name] ?? "") !== (other[name] ?? ""));
