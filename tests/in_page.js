// What the browser tests ask a page about itself: each function returns what is wrong, in words.
window.inPage = (() => {
  const shown = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const named = (element) => element.outerHTML.replace(/\s+/g, " ").slice(0, 150);
  const style = (element) => getComputedStyle(element);

  // Colours: red, green, blue from 0 to 255, and an opacity from 0 to 1.
  const pen = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const colours = new Map();
  const colour = (css) => {
    if (!colours.has(css)) {
      pen.clearRect(0, 0, 1, 1);
      pen.fillStyle = "transparent"; // which stays when css is none
      pen.fillStyle = css;
      pen.fillRect(0, 0, 1, 1);
      const [red, green, blue, alpha] = pen.getImageData(0, 0, 1, 1).data;
      colours.set(css, [red, green, blue, alpha / 255]);
    }
    return colours.get(css);
  };
  const faded = ([red, green, blue, alpha], opacity) => [red, green, blue, alpha * opacity];
  const over = (below, above) => [0, 1, 2].map((i) => above[i] * above[3] + below[i] * (1 - above[3])).concat(1);
  const luminance = (rgb) => {
    const linear = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    const [red, green, blue] = rgb.map((part) => linear(part / 255));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  const hex = (rgb) => "#" + rgb.slice(0, 3).map((part) => Math.round(part).toString(16).padStart(2, "0")).join("");

  const ancestors = (element) => {
    const found = [];
    for (let e = element; e; e = e.parentElement) found.push(e);
    return found;
  };
  const figures = () => [...document.querySelectorAll("article svg[role=img]")].filter(shown);
  // The opacity of a part of a figure with all that it is in.
  const opacity = (part) =>
    ancestors(part).filter((e) => e instanceof SVGElement).reduce((product, e) => product * style(e).opacity, 1);
  // What the page paints behind a figure.
  const page = (figure) =>
    ancestors(figure).map((e) => colour(style(e).backgroundColor)).reverse().reduce(over, [255, 255, 255, 1]);

  // What a part of a figure paints at a point of the screen: its fill, its line, or both.
  const SHAPES = "path, rect, circle, ellipse, line, polyline, polygon";
  const painted = (part, x, y, pictures) => {
    const there = new DOMPoint(x, y).matrixTransform(part.getScreenCTM().inverse());
    if (part.matches("image")) return [faded(pixel(pictures.get(part), part, there), opacity(part))];
    const shape = part.matches("use") ? document.getElementById(part.href.baseVal.slice(1)) : part;
    if (!shape?.matches(SHAPES)) return [];
    const its = style(shape.style.fill || shape.style.stroke ? shape : part);
    const layers = [];
    if (its.fill !== "none" && (part !== shape || part.isPointInFill(there)))
      layers.push(faded(colour(its.fill), its.fillOpacity * opacity(part)));
    if (its.stroke !== "none" && part === shape && part.isPointInStroke(there))
      layers.push(faded(colour(its.stroke), its.strokeOpacity * opacity(part)));
    return layers;
  };
  const pixel = (picture, image, there) => {
    const at = (value, start, size, pixels) => Math.min(pixels - 1, Math.max(0, Math.floor(((value - start) / size) * pixels)));
    const { x, y, width, height } = image;
    const column = at(there.x, x.baseVal.value, width.baseVal.value, picture.width);
    const row = at(there.y, y.baseVal.value, height.baseVal.value, picture.height);
    const [red, green, blue, alpha] = picture.data.slice(4 * (row * picture.width + column));
    return [red, green, blue, alpha / 255];
  };
  const decoded = async (image) => {
    const file = new Image();
    file.src = image.href.baseVal;
    await file.decode();
    const sheet = new OffscreenCanvas(file.naturalWidth, file.naturalHeight).getContext("2d");
    sheet.drawImage(file, 0, 0);
    return sheet.getImageData(0, 0, file.naturalWidth, file.naturalHeight);
  };

  // Up to five characters of a text: the middle of each on the screen.
  const places = (node) => {
    const inked = [...node.data.matchAll(/\S/g)].map((match) => match.index);
    const every = Math.ceil(inked.length / 5);
    return inked.filter((_, i) => i % every === 0).map((i) => {
      const range = document.createRange();
      range.setStart(node, i);
      range.setEnd(node, i + 1);
      const box = range.getBoundingClientRect();
      return [box.x + box.width / 2, box.y + box.height / 2];
    });
  };

  // Words on figures that are too faint to read on what is really behind them.
  async function faintWords() {
    const wrong = [];
    for (const figure of figures()) {
      const images = [...figure.querySelectorAll("image")];
      const pictures = new Map(await Promise.all(images.map(async (image) => [image, await decoded(image)])));
      const base = page(figure);
      figure.scrollIntoView({ block: "center", behavior: "instant" });
      const walker = document.createTreeWalker(figure, NodeFilter.SHOW_TEXT);
      for (let node; (node = walker.nextNode()); ) {
        const word = node.parentElement;
        if (!node.data.trim() || !word.matches("text, tspan") || word.closest("defs")) continue;
        const scale = Math.hypot(word.getScreenCTM().a, word.getScreenCTM().b);
        const size = parseFloat(style(word).fontSize) * scale;
        const large = size >= 24 || (size >= 18.66 && style(word).fontWeight >= 700);
        const its = faded(colour(style(word).fill), style(word).fillOpacity * opacity(word));
        let spots = places(node);
        if (spots.some(([, y]) => y < 60 || y > innerHeight)) {
          word.scrollIntoView({ block: "center", behavior: "instant" });
          spots = places(node);
        }
        for (const [x, y] of spots) {
          const stack = document.elementsFromPoint(x, y).filter((e) => figure.contains(e) && !e.matches("svg, text, tspan"));
          const ground = stack.reverse().flatMap((part) => painted(part, x, y, pictures)).reduce(over, base);
          const ratio = contrast(over(ground, its), ground);
          if (ratio < (large ? 3 : 4.5)) {
            wrong.push(`"${node.data.trim()}" ${hex(over(ground, its))} on ${hex(ground)}: ${ratio.toFixed(2)}`);
            break;
          }
        }
      }
    }
    return wrong;
  }

  // Lines of figures, and shapes, that hardly show on the page. The grid, surfaces and tints only help the eye.
  function faintShapes() {
    const wrong = [];
    for (const figure of figures()) {
      const base = page(figure);
      const helps = ["grid", "surface"].map((name) => colour(style(figure).getPropertyValue(`--figure-${name}`)).join());
      for (const part of figure.querySelectorAll(`:is(${SHAPES}, use)`)) {
        if (part.closest("clipPath, defs, marker, symbol")) continue;
        const its = style(part);
        const fill = faded(colour(its.fill), its.fillOpacity * opacity(part));
        const line = faded(colour(its.stroke), parseFloat(its.strokeWidth) && its.strokeOpacity * opacity(part));
        const paints = [fill, line].filter((paint) => paint[3] && !helps.includes(paint.join()));
        const tint = fill[3] && paints.every(([, , , alpha]) => alpha <= 0.5);
        if (!paints.length || tint) continue;
        const ratio = Math.max(...paints.map((paint) => contrast(over(base, paint), base)));
        if (ratio < 3) wrong.push(`${hex(over(base, paints.at(-1)))} on ${hex(base)}: ${ratio.toFixed(2)} ${named(part)}`);
      }
    }
    return wrong;
  }

  // What sticks out of the screen without scrolling inside something, or is cut off without dots.
  function tooWide() {
    const wrong = [];
    const wide = document.documentElement.scrollWidth;
    if (wide > innerWidth) wrong.push(`the page: ${wide} px`);
    const scrolls = (element) => /auto|scroll/.test(style(element).overflowX);
    const dotted = (element) => style(element).textOverflow === "ellipsis";
    for (const element of document.body.querySelectorAll("*")) {
      const { left, right, width, height } = element.getBoundingClientRect();
      if (!shown(element) || !width || !height || element.closest("clipPath, defs")) continue;
      if (element instanceof SVGElement && !element.matches("svg, text, image")) continue;
      const around = ancestors(element);
      if ((left < -1 || right > innerWidth + 1) && !around.some((e) => scrolls(e) || dotted(e)))
        wrong.push(`${Math.round(left)} to ${Math.round(right)} px: ${named(element)}`);
      const cut = /hidden|clip/.test(style(element).overflowX) && element.scrollWidth > element.clientWidth + 1;
      if (cut && !dotted(element) && element.closest("article") && element.clientWidth)
        wrong.push(`cut off at ${element.clientWidth} of ${element.scrollWidth} px: ${named(element)}`);
    }
    return wrong;
  }

  // Pictures that nobody sees, or that say nothing to those who cannot see, or say it in another language.
  function silentFigures() {
    const wrong = [];
    const chinese = document.documentElement.lang.startsWith("zh");
    for (const figure of document.querySelectorAll("article :is(svg:not(svg svg, button svg), img, canvas, video, object, iframe)")) {
      const words = (figure.getAttribute("aria-label") ?? figure.alt ?? "").trim();
      const { width, height } = figure.getBoundingClientRect();
      if (!figure.matches("img, [role=img]")) wrong.push(`no role=img: ${named(figure)}`);
      if (!words) wrong.push(`no words: ${named(figure)}`);
      else if (/[\u4e00-\u9fff]/.test(words) !== chinese) wrong.push(`another language: ${words}`);
      if (figure.closest("details:not([open])")) continue;
      if (!shown(figure) || width < 100 || height < 20 || figure.naturalWidth === 0)
        wrong.push(`not to be seen, ${width} × ${height} px: ${named(figure)}`);
    }
    return wrong;
  }

  // Follows the keyboard. `unreached` tells what it left out, and where a reader could not see that it was there.
  const wanted = [], reached = [];
  const focusable = (element) =>
    element.tabIndex >= 0 && !element.disabled && element.getClientRects().length && style(element).visibility === "visible" &&
    element.checkVisibility() && (element.type !== "radio" || element.checked); // arrow keys reach the other radio buttons
  function followFocus() {
    wanted.push(...[...document.querySelectorAll("*")].filter(focusable));
    addEventListener("focusin", ({ target }) => reached.some((one) => one.target === target) || reached.push({ target, wrong: unseen(target) }));
  }
  // Why one cannot see that an element has the focus; nothing if one can.
  function unseen(target) {
    const ringed = target.matches("input[type=radio]") ? target.nextElementSibling : target;
    const { outlineStyle, outlineWidth, outlineColor } = style(ringed);
    if (outlineStyle === "none" || parseFloat(outlineWidth) < 2) return "no ring";
    const base = page(ringed.parentElement);
    if (contrast(over(base, colour(outlineColor)), base) < 3) return `a faint ring, ${outlineColor}`;
    const [{ left, right, top, bottom }] = ringed.getClientRects();
    const middle = (from, to, end) => (Math.max(0, from) + Math.min(end, to)) / 2;
    const there = document.elementFromPoint(middle(left, right, innerWidth), middle(top, bottom, innerHeight));
    return there && (ringed.contains(there) || there.contains(ringed)) ? "" : `out of sight behind ${there && named(there)}`;
  }
  async function unreached() {
    const there = reached.filter(({ target }) => focusable(target)); // the way back to the top comes and goes
    const focused = there.map(({ target }) => target);
    const missed = wanted.filter((e) => !focused.includes(e) && focusable(e)).map((e) => `never: ${named(e)}`);
    const early = focused.filter((e, i) => i && !(focused[i - 1].compareDocumentPosition(e) & Node.DOCUMENT_POSITION_FOLLOWING));
    const dark = [];
    for (const { target } of there.filter(({ wrong }) => wrong)) {
      target.focus({ focusVisible: true }); // perhaps something was just moving away
      await settled();
      if (unseen(target)) dark.push(`${unseen(target)}: ${named(target)}`);
    }
    return [...missed, ...early.map((e) => `out of order: ${named(e)}`), ...dark];
  }
  // Colours have faded from one theme to the other, and what moves stands.
  async function settled() {
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    const fading = Promise.allSettled(document.getAnimations().map((animation) => animation.finished));
    await Promise.race([fading, new Promise((waited) => setTimeout(waited, 1000))]); // one may be paused for ever
  }

  // How far what a reader looks at has jumped without her doing, as browsers measure it.
  let jumped = 0;
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) jumped += value;
  }).observe({ type: "layout-shift", buffered: true });

  // All that a page says: headings, lines of code and of what it printed, captions, paragraphs, cells of tables.
  function pieces() {
    const blocks = "h1, h2, h3, h4, p, li, th, td, summary, caption, figcaption, pre";
    return [...document.querySelectorAll(`article :is(${blocks})`)]
      .filter((block) => !block.querySelector(blocks) || block.matches("pre"))
      .flatMap((block) => block.textContent.split("\n"))
      .filter((line) => line.trim());
  }

  return { faintWords, faintShapes, tooWide, silentFigures, followFocus, unseen, stops: () => reached.length, unreached, settled, pieces, jumped: () => jumped };
})();
