// The server: asks for things, and reads what it tells while it draws. Knows HTTP. Knows nothing about the document.

/** What the server has to say where something went wrong. */
export class ServerError extends Error {
  constructor(message, status, code) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

async function errorOf(response) {
  let error = {};
  try {
    error = (await response.json()).error ?? {};
  } catch {
    // not of ours, such as a proxy's
  }
  return new ServerError(error.message ?? `${response.status} ${response.statusText}`, response.status, error.code);
}

/** A request; its answer as JSON, null if it has none. */
export async function ask(path, { method = "GET", body = null, signal = null } = {}) {
  const isFile = body instanceof Blob;
  const headers = body === null || isFile ? {} : { "Content-Type": "application/json" };
  const response = await fetch(path, {
    method,
    headers,
    signal,
    body: body === null || isFile ? body : JSON.stringify(body),
  });
  if (!response.ok) throw await errorOf(response);
  return response.status === 204 ? null : response.json();
}

/** The events of a drawing, as [kind, data], until it ends; aborting the signal ends it. */
export async function* draw(asked, signal) {
  const response = await fetch("/api/draw", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(asked),
    signal,
  });
  if (!response.ok) throw await errorOf(response);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (true) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
    const events = text.split("\n\n");
    text = events.pop();
    for (const event of events) {
      const lines = event.split("\n");
      const kind = lines.find((line) => line.startsWith("event: "))?.slice(7);
      const data = lines.find((line) => line.startsWith("data: "))?.slice(6);
      if (kind === "error") {
        const error = JSON.parse(data);
        throw new ServerError(error.message, 0, error.code);
      }
      if (kind) yield [kind, JSON.parse(data)];
    }
  }
}

export const fileAddress = (id, suffix) => `/api/pictures/${id}/file${suffix}`;
export const thumbnailAddress = (id) => `/api/pictures/${id}/thumbnail`;
