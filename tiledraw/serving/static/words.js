// Words: every label in English and Chinese. Knows nothing about pictures.

const EN = {
  title: "tiledraw",
  tagline: "a language model that thinks, then draws",
  prompt: "What shall I draw?",
  placeholder: "a red cat left of a house at night",
  draw: "Draw",
  stop: "Stop",
  size: "Size",
  count: "Pictures",
  seed: "Seed",
  fresh: "new each time",
  examples: "For example",
  rest: "Draw the rest",
  other: "Draw it that way",
  unknown: "leave out what is unknown",
  thought: "Thought",
  noThought: "What the model thinks shows here as soon as it starts.",
  things: "Things",
  add: "Add",
  addLabel: "A thing to add",
  addHint: "a cat, a tree …",
  background: "Background",
  colour: "Colour",
  own: "own colours",
  pattern: "Pattern",
  style: "Style",
  none: "none",
  plain: "plain",
  turned: "Turned",
  mirror: "Mirror",
  forward: "Bring forward",
  backward: "Send back",
  copy: "Duplicate",
  remove: "Delete",
  redraw: "Redraw",
  redrawHint: "draws only what changed",
  undo: "Undo",
  redo: "Redo",
  boxes: "Boxes",
  open: "Open …",
  png: "PNG",
  ora: "Layers",
  pngHint: "Download as PNG",
  oraHint: "Download with layers (.ora), for GIMP or Krita",
  command: "CLI",
  commandHint: "Copy as command line",
  copied: "Copied.",
  history: "History",
  older: "Older",
  forget: "Forget this picture",
  noHistory: "Your pictures will be kept here.",
  language: "中文",
  languageLabel: "用中文显示",
  waiting: "Waiting: {before} before you",
  thinking: "Thinking …",
  drawing: "Drawing … {percent} %",
  done: "Done in {seconds} s",
  stopped: "Stopped.",
  failed: "Not drawn.",
  welcome: "Say what to draw, or drop a picture.",
  drop: "Drop a picture: one of tiledraw is opened with its plan, any other is drawn over",
  mark: "Mark",
  markHint: "Mark where the picture may change; then say what to draw there",
  marksLabel: "Where the picture may change. Enter marks its middle, arrows move that, with Shift they resize it.",
  toolBox: "Rectangle",
  toolBrush: "Brush",
  toolErase: "Eraser",
  toolWidth: "Width",
  unmark: "Clear",
  over: "Is drawn over this picture; what is not marked stays as it is.",
  leave: "Draw a new one",
  foreign: "Mark where the picture may change, say what to draw there, and draw. Without a mark it is drawn anywhere.",
  reduce: "Reduce it",
  changed: "changed",
  added: "new",
  stage: "Picture",
  boxLabel: "{name}, box {box}. Arrows move it, with Shift they resize it; Delete removes it.",
  handle: "Resize",
  key: "This server asks for a key",
  keyLabel: "Key",
  enter: "Enter",
  opened: "Opened: settings and plan are back.",
  openedOther: "Opened.",
  pictureOf: "Picture of: {prompt}",
  foreignOne: "A picture to draw over",
  offline: "The server can't be reached.",
  hint: "Drag a box to move it, its corner to resize it. Then redraw: only what changed is drawn.",
};

const ZH = {
  title: "tiledraw",
  tagline: "先思考、再作画的语言模型",
  prompt: "画什么？",
  placeholder: "夜里，一只红色的猫在房子左边",
  draw: "画",
  stop: "停止",
  size: "尺寸",
  count: "张数",
  seed: "种子",
  fresh: "每次换新",
  examples: "例如",
  rest: "画其余的",
  other: "按另一种理解画",
  unknown: "略去不认识的东西",
  thought: "思考",
  noThought: "模型一开始思考，内容就显示在这里。",
  things: "物体",
  add: "添加",
  addLabel: "要添加的物体",
  addHint: "猫、树…",
  background: "背景",
  colour: "颜色",
  own: "本来的颜色",
  pattern: "花纹",
  style: "风格",
  none: "无",
  plain: "普通",
  turned: "旋转",
  mirror: "镜像",
  forward: "前移",
  backward: "后移",
  copy: "复制",
  remove: "删除",
  redraw: "重画",
  redrawHint: "只画改动的部分",
  undo: "撤销",
  redo: "重做",
  boxes: "方框",
  open: "打开…",
  png: "PNG",
  ora: "图层",
  pngHint: "下载 PNG",
  oraHint: "下载分层文件（.ora），可用 GIMP 或 Krita 打开",
  command: "命令",
  commandHint: "复制为命令行",
  copied: "已复制。",
  history: "历史",
  older: "更早的",
  forget: "删除这张画",
  noHistory: "画好的图会保存在这里。",
  language: "English",
  languageLabel: "Show in English",
  waiting: "排队中：前面还有 {before} 个",
  thinking: "思考中…",
  drawing: "绘制中… {percent} %",
  done: "完成，用时 {seconds} 秒",
  stopped: "已停止。",
  failed: "没有画成。",
  welcome: "说出要画的内容，或拖入一张图。",
  drop: "拖入一张图：在这里画的会恢复布局，其他的可以在上面画",
  mark: "标记",
  markHint: "标出可以改动的地方，再说要在那里画什么",
  marksLabel: "可以改动的地方。Enter 标记中间，方向键移动，按住 Shift 调整大小。",
  toolBox: "矩形",
  toolBrush: "画笔",
  toolErase: "橡皮",
  toolWidth: "粗细",
  unmark: "清除",
  over: "画在这张图上；没有标记的地方保持原样。",
  leave: "另画一张",
  foreign: "标出可以改动的地方，说出要画什么，再点“画”。不标记则画在任意位置。",
  reduce: "缩小",
  changed: "已改",
  added: "新",
  stage: "画面",
  boxLabel: "{name}，方框 {box}。方向键移动，按住 Shift 调整大小，Delete 删除。",
  handle: "调整大小",
  key: "此服务器需要密钥",
  keyLabel: "密钥",
  enter: "进入",
  opened: "已打开：设置和布局已恢复。",
  openedOther: "已打开。",
  pictureOf: "画：{prompt}",
  foreignOne: "一张可以在上面画的图",
  offline: "无法连接服务器。",
  hint: "拖动方框可移动，拖动角可调整大小；然后点“重画”，只画改动的部分。",
};

// What plans say, in Chinese; in English it is shown as it is.
const TERMS = {
  black: "黑色",
  "dark gray": "深灰",
  gray: "灰色",
  "light gray": "浅灰",
  white: "白色",
  red: "红色",
  "dark red": "深红",
  burgundy: "酒红",
  orange: "橙色",
  "dark orange": "深橙",
  gold: "金色",
  yellow: "黄色",
  lime: "黄绿",
  green: "绿色",
  "dark green": "深绿",
  turquoise: "青绿",
  teal: "蓝绿",
  "light blue": "浅蓝",
  blue: "蓝色",
  "dark blue": "深蓝",
  navy: "藏青",
  lavender: "淡紫",
  purple: "紫色",
  violet: "紫罗兰",
  magenta: "洋红",
  pink: "粉色",
  "dark pink": "深粉",
  cream: "奶油色",
  beige: "米色",
  tan: "棕褐",
  brown: "棕色",
  "dark brown": "深棕",
  espresso: "咖啡色",
  grass: "草地",
  hills: "山丘",
  beach: "海滩",
  sea: "大海",
  snow: "雪地",
  night: "夜晚",
  desert: "沙漠",
  room: "房间",
  forest: "森林",
  street: "街道",
  underwater: "海底",
  sunset: "日落",
  none: "透明",
  striped: "条纹",
  spotted: "斑点",
  checkered: "格子",
  "line drawing": "线描",
  silhouette: "剪影",
  "gray style": "灰调",
};
const ENGLISH_TERMS = { none: "transparent" };

// What is said of a picture, in Chinese; what has no pattern here stays as the server says it.
const REMARKS = [
  [/^it may also ask for (.+), not for (.+)$/, "也可能是要 $1，而不是 $2"],
  [/^it may also ask for (.+)$/, "也可能是要 $1"],
  [/^it may not ask for (.+)$/, "也许并没有要 $1"],
  [/^left out: (.+)$/, "略去了：$1"],
  [/^the picture stays the background, in place of (.+)$/, "这张图仍是背景，没有画 $1"],
  [/^a mask says where one may be$/, "先标记区域，就可以在其中画背景"],
];

export const EXAMPLES = {
  en: [
    "a red cat left of a house at night",
    "three blue fish in the sea",
    "a snowman beside two trees in the snow",
    "a yellow bus and a green car on the left",
    "an elephant with a small bird above it",
  ],
  zh: [
    "夜里，一只红色的猫在房子左边",
    "海里有三条蓝色的鱼",
    "雪地里两棵树旁边有一个雪人",
    "左边一辆黄色的公共汽车和一辆绿色的汽车",
  ],
};

let language = "en";
let subjects = new Map();

/** The browser's language, unless another was chosen here. */
export function startLanguage() {
  let chosen = null;
  try {
    chosen = localStorage.getItem("tiledraw-language");
  } catch {
    // a browser that keeps nothing
  }
  language = chosen ?? (navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en");
}

export function switchLanguage() {
  language = language === "en" ? "zh" : "en";
  try {
    localStorage.setItem("tiledraw-language", language);
  } catch {
    // a browser that keeps nothing
  }
}

export const currentLanguage = () => language;

/** A label, with values in place of {names}. */
export function word(key, values = {}) {
  const text = (language === "zh" ? ZH : EN)[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

/** A sentence about a picture. */
export function remark(text) {
  const [pattern, translation] = (language === "zh" && REMARKS.find(([one]) => one.test(text))) || [];
  const told = pattern ? text.replace(pattern, translation).replaceAll("' and '", "' 和 '") : text;
  return told.charAt(0).toUpperCase() + told.slice(1);
}

/** What a picture is called for those who do not see it. */
export const nameOfPicture = ({ prompt }) => (prompt ? word("pictureOf", { prompt }) : word("foreignOne"));

/** A word of plans: a colour, a background, a pattern. */
export const term = (name) => (language === "zh" ? TERMS[name] : ENGLISH_TERMS[name]) ?? name;

export function learnSubjects(list) {
  subjects = new Map(list.map((one) => [one.name, one.chinese]));
}

/** Words side by side, which Chinese does not space. */
export const together = (list) => list.join(language === "zh" ? "" : " ");

/** A subject's name in the language that is shown. */
export const subjectName = (name) => (language === "zh" && subjects.get(name)) || name;

/** The subject that somebody means by a name in either language, null if none. */
export function subjectOf(text) {
  const wanted = text.trim().toLowerCase();
  if (subjects.has(wanted)) return wanted;
  for (const [name, chinese] of subjects) if (chinese && chinese === wanted) return name;
  return null;
}

/** Puts the labels into the document: `data-word` is the text, `data-word-NAME` the attribute of that name. */
export function label(root = document) {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  for (const element of root.querySelectorAll("[data-word]")) element.textContent = word(element.dataset.word);
  for (const name of ["title", "placeholder", "aria-label"]) {
    for (const element of root.querySelectorAll(`[data-word-${name}]`)) {
      element.setAttribute(name, word(element.getAttribute(`data-word-${name}`)));
    }
  }
}
