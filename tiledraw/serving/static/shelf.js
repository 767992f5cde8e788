// The shelf: what was drawn before, as thumbnails. Knows the document and the server. Knows nothing about plans.

import { ask, thumbnailAddress } from "./api.js";
import { make } from "./dom.js";
import { nameOfPicture, word } from "./words.js";

const COUNT = 24; // pictures that are fetched at once

export class Shelf {
  /** `open(entry)` is called with what the history says of a picture that somebody wants to see. */
  constructor(root, open) {
    this.root = root;
    this.open = open;
    this.entries = [];
    this.hasMore = false;
    this.current = null;
  }

  async load() {
    const before = this.entries.at(-1)?.number;
    const { pictures } = await ask(`/api/pictures?count=${COUNT}${before ? `&before=${before}` : ""}`);
    this.entries.push(...pictures);
    this.hasMore = pictures.length === COUNT;
    this.show();
  }

  add(entry) {
    this.entries = [entry, ...this.entries.filter((one) => one.id !== entry.id)].sort((a, b) => b.number - a.number);
    this.show();
  }

  mark(id) {
    this.current = id;
    for (const button of this.root.querySelectorAll("[data-id]")) {
      button.setAttribute("aria-current", String(button.dataset.id === id));
    }
  }

  show() {
    const kept = this.entries.map((entry) => this.#kept(entry));
    const older = this.hasMore && make("button", { type: "button", onclick: () => this.load() }, word("older"));
    this.root.replaceChildren(...(kept.length ? kept : [word("noHistory")]), ...(older ? [older] : []));
    this.mark(this.current);
  }

  #kept(entry) {
    const image = make("img", {
      src: thumbnailAddress(entry.id),
      alt: nameOfPicture(entry),
      loading: "lazy",
    });
    return make(
      "div",
      { class: "kept" },
      make(
        "button",
        { type: "button", title: entry.prompt, "data-id": entry.id, onclick: () => this.open(entry) },
        image,
      ),
      make(
        "button",
        {
          type: "button",
          class: "forget",
          title: word("forget"),
          "aria-label": word("forget"),
          onclick: () => this.#forget(entry),
        },
        "✕",
      ),
    );
  }

  async #forget(entry) {
    await ask(`/api/pictures/${entry.id}`, { method: "DELETE" });
    this.entries = this.entries.filter((one) => one !== entry);
    this.show();
  }
}
