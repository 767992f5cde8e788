// What a picture is called outside of the page: its command line and its file. Pure text.

const quoted = (word) => (/^[\w.,:/=+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

/** The command of a picture: of its sentence, or of its plan where that was changed by hand. */
export function commandOf({ prompt, size, seed, plan, isChanged, options }) {
  const more = ["--size", size.join("x"), "--seed", String(seed), ...options];
  if (!isChanged || !plan) return ["tiledraw", "generate", prompt, ...more, "-o", "picture.png"].map(quoted).join(" ");
  const words = ["tiledraw", "generate", "--plan", "/dev/stdin", ...more, "-o", "picture.png"].map(quoted).join(" ");
  return `${words} <<'END'\n${JSON.stringify(plan, null, 1)}\nEND\n`;
}

/** The name of a file for a picture, without its ending: the words of its sentence. */
export const fileName = (prompt) =>
  prompt
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .slice(0, 60)
    .replace(/^-|-$/g, "") || "picture";
