// The login: asks for the key of a server that has one. Knows the document and the server.

import { ask } from "./api.js";
import { byId } from "./dom.js";

/** Asks until the key is right, then calls `then`. */
export function askForKey(then) {
  byId("key-form").onsubmit = async (event) => {
    event.preventDefault();
    try {
      await ask("/api/login", { method: "POST", body: { key: byId("key").value } });
      byId("login").close();
      then();
    } catch (error) {
      byId("key-error").textContent = error.message;
    }
  };
  if (!byId("login").open) byId("login").showModal();
}
