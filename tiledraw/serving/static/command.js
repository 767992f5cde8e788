// The command line that draws a picture again. Pure text. Knows nothing about the document.

const quoted = (word) => (/^[\w.,:/=+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

/** The command of a picture: of its sentence, or of its plan where that was changed by hand. */
export function commandOf({ prompt, size, seed, plan, isChanged, options }) {
  const more = ["--size", size.join("x"), "--seed", String(seed), ...options];
  if (!isChanged || !plan) return ["tiledraw", "generate", prompt, ...more, "-o", "picture.png"].map(quoted).join(" ");
  const words = ["tiledraw", "generate", "--plan", "/dev/stdin", ...more, "-o", "picture.png"].map(quoted).join(" ");
  return `${words} <<'END'\n${JSON.stringify(plan, null, 1)}\nEND\n`;
}
