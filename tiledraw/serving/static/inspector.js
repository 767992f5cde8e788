// The inspector: the things of a plan as a list, the nearest first, and what can be changed of the selected one.
// Knows the document and plans. Knows nothing about the server.

import { make, option } from "./dom.js";
import { nameOf } from "./stage.js";
import { term, word } from "./words.js";

/** Shows the things of a picture. `actions`: select(key), change(key, values), shift(key, by), copy(key), ... */
export function showThings(list, picture, selected, about, actions) {
  const things = picture?.draft?.things ?? [];
  const items = [...things].reverse().map((thing) => {
    const isSelected = thing.key === selected;
    const layer = picture.layers.get(thing.key);
    const tag =
      !picture.canChange || !picture.isChanged
        ? ""
        : !layer
          ? word("added")
          : changedSince(thing, layer)
            ? word("changed")
            : "";
    const dot = make("span", { class: thing.colour ? "dot" : "dot own" });
    if (thing.colour) dot.style.background = about.colours[thing.colour];
    const row = make(
      "button",
      {
        type: "button",
        class: "row",
        "aria-expanded": String(isSelected),
        "data-row": thing.key,
        disabled: !picture.canChange,
        onclick: () => actions.select(isSelected ? null : thing.key),
        onkeydown: (event) => actions.press(event, thing.key),
      },
      dot,
      make("span", { class: "words" }, nameOf(thing)),
      make("span", { class: "tag" }, tag),
    );
    return make(
      "li",
      { class: isSelected ? "selected" : "" },
      row,
      isSelected && picture.canChange && editor(thing, about, actions),
    );
  });
  list.replaceChildren(...items);
}

const changedSince = (thing, layer) => {
  const said = ({ key, ...rest }) =>
    JSON.stringify(
      Object.entries(rest)
        .filter(([, value]) => value)
        .sort(),
    );
  return said(thing) !== said(layer.thing);
};

function editor(thing, about, { change, shift, copy, remove }) {
  const set = (values) => change(thing.key, values);
  const swatch = (colour) => {
    const isChosen = (thing.colour ?? "") === colour;
    const name = colour ? term(colour) : word("own");
    const button = make("button", {
      type: "button",
      class: colour ? "" : "own",
      title: name,
      "aria-label": name,
      "aria-pressed": String(isChosen),
      "data-colour": colour,
      onclick: () => set({ colour }),
    });
    if (colour) button.style.background = about.colours[colour];
    return button;
  };
  const choice = (name, values, chosen, empty) =>
    make(
      "label",
      {},
      make("span", {}, word(name)),
      make(
        "select",
        { onchange: (event) => set({ [name]: event.target.value }) },
        option("", word(empty), !chosen),
        ...values.map((value) => option(value, term(value), value === chosen)),
      ),
    );
  const tool = (name, sign, act, isPressed = null) =>
    make(
      "button",
      {
        type: "button",
        title: word(name),
        "aria-label": word(name),
        "aria-pressed": isPressed === null ? null : String(isPressed),
        onclick: act,
      },
      sign,
    );
  const pattern = (thing.pattern ?? "").split(" ")[0];
  return make(
    "div",
    { class: "editor" },
    make(
      "div",
      { class: "swatches", role: "group", "aria-label": word("colour") },
      ...["", ...Object.keys(about.colours)].map(swatch),
    ),
    choice("pattern", about.patterns, pattern, "none"),
    choice("style", about.styles, thing.style, "plain"),
    make(
      "label",
      {},
      make("span", {}, word("turned")),
      make("input", {
        type: "range",
        min: -about.most.turned,
        max: about.most.turned,
        step: 5,
        value: thing.turned ?? 0,
        onchange: (event) => set({ turned: Number(event.target.value) }),
      }),
    ),
    make(
      "div",
      { class: "tools", role: "group", "aria-label": nameOf(thing) },
      tool("mirror", "⇋", () => set({ mirrored: !thing.mirrored }), Boolean(thing.mirrored)),
      tool("forward", "↑", () => shift(thing.key, 1)),
      tool("backward", "↓", () => shift(thing.key, -1)),
      tool("copy", "+", () => copy(thing.key)),
      tool("remove", "✕", () => remove(thing.key)),
    ),
  );
}
