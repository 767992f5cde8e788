// The document: makes elements, whose texts are never read as HTML. Knows nothing about pictures.

export const byId = (id) => document.getElementById(id);

/** An element with attributes, listeners (`onclick`) and children; null, undefined and false are left out. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** An option of a list. */
export const option = (value, text, isChosen = false) => {
  const element = make("option", { value }, text);
  element.selected = isChosen;
  return element;
};

/** An image of an address, once it can be shown. */
export async function loadImage(address) {
  const image = new Image();
  image.src = address;
  await image.decode();
  return image;
}

/** The picture of a file with at most so many pixels a side, as a PNG. */
export async function reduced(file, most) {
  const image = await createImageBitmap(file);
  const scale = Math.min(1, most / Math.max(image.width, image.height));
  const canvas = make("canvas");
  [canvas.width, canvas.height] = [Math.round(image.width * scale), Math.round(image.height * scale)];
  const pen = canvas.getContext("2d");
  pen.imageSmoothingQuality = "high";
  pen.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

/** Has the browser save a file. */
export function download(address, name) {
  const link = make("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
}

/** Takes the first file that somebody drops anywhere; `sign` shows as long as one is held over the page. */
export function takeFiles(sign, take) {
  let depth = 0; // a file that is dragged enters and leaves every element on its way
  const show = (by) => (sign.hidden = (depth = Math.max(0, depth + by)) === 0);
  const holdsFiles = (event) => event.dataTransfer.types.includes("Files");
  addEventListener("dragenter", (event) => holdsFiles(event) && show(1));
  addEventListener("dragleave", (event) => holdsFiles(event) && show(-1));
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    show(-depth);
    take(event.dataTransfer.files[0]);
  });
}
