// Marks: where a picture may change, painted over it with rectangles and a brush.
// Knows the document. Knows nothing about the server.

const SHADE = "rgb(122 92 255)"; // the style sheet lets the picture through
const START = 0.5; // of the picture, a side of the rectangle that the keyboard begins with
const STEP = 16; // steps of the keyboard across the picture

/** The marks of one picture at a time. `changed` is called after each. */
export class Marks {
  constructor(canvas, changed) {
    this.canvas = canvas;
    this.changed = changed;
    this.tool = "box";
    this.width = 12; // of the brush, in percent of the picture's shorter side
    this.isEmpty = true;
    this.box = null; // the rectangle that the keyboard moves: [x0, y0, x1, y1] in steps
    canvas.addEventListener("pointerdown", (event) => this.#begin(event));
    canvas.addEventListener("keydown", (event) => this.#press(event));
  }

  /** Begins anew, for a picture of a width and height. */
  clear([width, height] = [this.canvas.width, this.canvas.height]) {
    this.canvas.width = width;
    this.canvas.height = height;
    this.box = null;
    this.isEmpty = true;
    this.changed();
  }

  /** What the server reads: a PNG in base64 that is transparent where the picture may change. */
  png() {
    const mask = document.createElement("canvas");
    [mask.width, mask.height] = [this.canvas.width, this.canvas.height];
    const pen = mask.getContext("2d");
    pen.fillRect(0, 0, mask.width, mask.height);
    pen.globalCompositeOperation = "destination-out";
    pen.drawImage(this.canvas, 0, 0);
    return mask.toDataURL("image/png").split(",")[1];
  }

  #pen(tool) {
    const pen = this.canvas.getContext("2d");
    pen.globalCompositeOperation = tool === "erase" ? "destination-out" : "source-over";
    pen.fillStyle = pen.strokeStyle = SHADE;
    pen.lineWidth = (Math.min(this.canvas.width, this.canvas.height) * this.width) / 100;
    pen.lineCap = pen.lineJoin = "round";
    return pen;
  }

  #look() {
    const { data } = this.canvas.getContext("2d").getImageData(0, 0, this.canvas.width, this.canvas.height);
    this.isEmpty = true;
    for (let place = 3; place < data.length && this.isEmpty; place += 4) this.isEmpty = data[place] < 128;
    this.changed();
  }

  #begin(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    this.canvas.focus({ preventScroll: true });
    this.canvas.setPointerCapture(event.pointerId);
    this.box = null;
    const bounds = this.canvas.getBoundingClientRect();
    const place = ({ clientX, clientY }) => [
      ((clientX - bounds.left) * this.canvas.width) / bounds.width,
      ((clientY - bounds.top) * this.canvas.height) / bounds.height,
    ];
    const { tool } = this;
    const before = this.canvas.getContext("2d").getImageData(0, 0, this.canvas.width, this.canvas.height);
    const start = place(event);
    let last = start;
    const move = (moved) => {
      const now = place(moved);
      const pen = this.#pen(tool);
      if (tool === "box") {
        pen.putImageData(before, 0, 0);
        pen.fillRect(...start, now[0] - start[0], now[1] - start[1]);
      } else {
        pen.beginPath();
        pen.moveTo(...last);
        pen.lineTo(...now);
        pen.stroke();
      }
      last = now;
    };
    const end = () => {
      for (const [name, listener] of Object.entries(listeners)) this.canvas.removeEventListener(name, listener);
      this.#look();
    };
    const listeners = { pointermove: move, pointerup: end, pointercancel: end };
    for (const [name, listener] of Object.entries(listeners)) this.canvas.addEventListener(name, listener);
    move(event);
  }

  /** Arrows move a rectangle, with Shift its lower right corner; Delete takes all marks away. */
  #press(event) {
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const step = steps[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Delete" || event.key === "Backspace") this.clear();
    else if (step || event.key === "Enter") this.#move(step ?? [0, 0], event.shiftKey);
    else return;
    event.preventDefault();
  }

  #move([dx, dy], isResizing) {
    const edge = (STEP * (1 - START)) / 2;
    let [x0, y0, x1, y1] = this.box ?? [edge, edge, STEP - edge, STEP - edge];
    if (this.box && isResizing) [x1, y1] = [Math.max(x0 + 1, x1 + dx), Math.max(y0 + 1, y1 + dy)];
    else if (this.box) [x0, y0, x1, y1] = [x0 + dx, y0 + dy, x1 + dx, y1 + dy];
    if (Math.min(x0, y0) < 0 || Math.max(x1, y1) > STEP) return;
    const { width, height } = this.canvas;
    this.clear([width, height]);
    this.box = [x0, y0, x1, y1];
    this.#pen("box").fillRect(
      (x0 * width) / STEP,
      (y0 * height) / STEP,
      ((x1 - x0) * width) / STEP,
      ((y1 - y0) * height) / STEP,
    );
    this.#look();
  }
}
