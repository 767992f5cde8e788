// Choices: what the server offers, as lists of the page. Knows the document. Knows nothing about pictures.

import { byId, make, option } from "./dom.js";
import { currentLanguage, EXAMPLES, subjectName, term } from "./words.js";

const SIZES = [
  "128",
  "256",
  "384",
  "512",
  "768",
  "1024",
  "2048",
  "512x256",
  "256x512",
  "768x512",
  "512x768",
  "1024x512",
];
const MOST_COUNT = 6;

const shapeOf = (size) => (size.includes("x") ? size.replace("x", " × ") : `${size} × ${size}`);

/** Fills the lists, in the language that is shown; what was chosen stays so. */
export function showChoices(about, chooseExample) {
  const { most } = about;
  const fits = (size) => size.split("x").every((side) => Number(side) <= most.side && Number(side) % most.step === 0);
  const size = byId("size").value || "256";
  byId("size").replaceChildren(...SIZES.filter(fits).map((one) => option(one, shapeOf(one), one === size)));
  const counts = Array.from({ length: Math.min(most.pictures, MOST_COUNT) }, (_, number) => String(number + 1));
  const count = byId("count").value || "1";
  byId("count").replaceChildren(...counts.map((one) => option(one, one, one === count)));
  byId("background").replaceChildren(...about.backgrounds.map((one) => option(one, term(one))));
  byId("subjects").replaceChildren(...about.subjects.map((one) => make("option", { value: subjectName(one.name) })));
  const example = (text) => make("button", { type: "button", onclick: () => chooseExample(text) }, text);
  byId("examples").replaceChildren(...EXAMPLES[currentLanguage()].map(example));
}

/** Chooses a size, whether it is one of the list or not. */
export function chooseSize([width, height]) {
  const size = width === height ? String(width) : `${width}x${height}`;
  if (![...byId("size").options].some((one) => one.value === size)) byId("size").append(option(size, shapeOf(size)));
  byId("size").value = size;
}
