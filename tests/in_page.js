// What the browser tests ask a page about itself: most functions return what is wrong, in words.
window.inPage = (() => {
  const style = (element) => getComputedStyle(element);
  const shown = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const named = (element) => element.outerHTML.replace(/\s+/g, " ").slice(0, 150);
  const ancestors = (element) => (element ? [element, ...ancestors(element.parentElement)] : []);

  // Colours: red, green, blue from 0 to 255, and an opacity from 0 to 1.
  const pen = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const colour = (css, opacity = 1) => {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = "transparent"; // which stays when css is none
    pen.fillStyle = css;
    pen.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = pen.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, (alpha / 255) * opacity];
  };
  const over = (below, above) => [0, 1, 2].map((i) => above[i] * above[3] + below[i] * (1 - above[3])).concat(1);
  const luminance = (rgb) => {
    const linear = rgb.map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const contrast = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  const opacity = (part) => ancestors(part).reduce((product, element) => product * style(element).opacity, 1);
  const background = (element) =>
    ancestors(element).map((e) => colour(style(e).backgroundColor)).reverse().reduce(over, [255, 255, 255, 1]);

  // Words of a figure that are too faint on what lies behind them: `png` is a screenshot of the figure without its words.
  async function faintWords(figure, png) {
    const picture = Object.assign(new Image(), { src: png });
    await picture.decode();
    const sheet = new OffscreenCanvas(picture.width, picture.height).getContext("2d", { willReadFrequently: true });
    sheet.drawImage(picture, 0, 0);
    const pixels = new Uint32Array(sheet.getImageData(0, 0, picture.width, picture.height).data.buffer);
    const wrong = pixels.every((pixel) => pixel === pixels[0]) ? [`nothing is painted: ${named(figure)}`] : [];
    const [box, base] = [figure.getBoundingClientRect(), background(figure)];
    for (const word of figure.querySelectorAll("text, tspan")) {
      if (word.closest("defs") || ![...word.childNodes].some((node) => node instanceof Text && node.data.trim())) continue;
      const size = parseFloat(style(word).fontSize) * Math.hypot(word.getScreenCTM().a, word.getScreenCTM().b);
      const large = size >= 24 || (size >= 18.66 && style(word).fontWeight >= 700);
      const ink = colour(style(word).fill, style(word).fillOpacity * opacity(word));
      const place = word.getBoundingClientRect();
      const ratios = [0.1, 0.3, 0.5, 0.7, 0.9].map((part) => {
        const middle = 0.4 + part / 5; // of the line, which may run upwards
        const [across, down] = place.width > place.height ? [part, middle] : [middle, part];
        const [x, y] = [place.x - box.x + across * place.width, place.y - box.y + down * place.height];
        const ground = over(base, sheet.getImageData(x, y, 1, 1).data.map((value, i) => (i < 3 ? value : value / 255)));
        return contrast(over(ground, ink), ground);
      });
      const least = ratios.sort((a, b) => a - b)[1]; // a thin line may cross a word
      if (least < (large ? 3 : 4.5)) wrong.push(`"${word.textContent.trim()}" has a contrast of ${least.toFixed(2)}`);
    }
    return wrong;
  }

  // Lines of figures, and shapes, that hardly show on the page. The grid, surfaces and tints only help the eye.
  function faintShapes() {
    const wrong = [];
    for (const figure of document.querySelectorAll("article svg[role=img]")) {
      const base = background(figure);
      const helps = ["grid", "surface"].map((name) => `${colour(style(figure).getPropertyValue(`--figure-${name}`))}`);
      for (const part of figure.querySelectorAll("path, rect, circle, ellipse, line, polyline, polygon, use")) {
        if (!shown(part) || part.closest("clipPath, defs, marker, symbol")) continue;
        const its = style(part);
        const fill = colour(its.fill, its.fillOpacity * opacity(part));
        const line = colour(its.stroke, parseFloat(its.strokeWidth) && its.strokeOpacity * opacity(part));
        const paints = [fill, line].filter((paint) => paint[3] && !helps.includes(`${paint}`));
        const tint = fill[3] && paints.every((paint) => paint[3] <= 0.5);
        if (!paints.length || tint) continue;
        const ratio = Math.max(...paints.map((paint) => contrast(over(base, paint), base)));
        if (ratio < 3) wrong.push(`${paints.at(-1)} on ${base}: ${ratio.toFixed(2)} ${named(part)}`);
      }
    }
    return wrong;
  }

  // What sticks out of the screen without scrolling inside something, is cut off without dots, or does not scroll.
  function tooWide() {
    const wrong = document.documentElement.scrollWidth > innerWidth ? ["the page"] : [];
    const scrolls = (element) => /auto|scroll/.test(style(element).overflowX);
    const dotted = (element) => style(element).textOverflow === "ellipsis";
    for (const element of document.body.querySelectorAll("*")) {
      const { left, right, width, height } = element.getBoundingClientRect();
      if (!width || !height || !shown(element) || element.closest("clipPath, defs")) continue;
      if (element instanceof SVGElement && !element.matches("svg, text, image")) continue;
      const out = left < -1 || right > innerWidth + 1;
      if (out && !ancestors(element).some((e) => scrolls(e) || dotted(e)))
        wrong.push(`${Math.round(left)} to ${Math.round(right)} px: ${named(element)}`);
      if (!element.clientWidth || element.scrollWidth <= element.clientWidth + 1 || !element.closest("article")) continue;
      if (/hidden|clip/.test(style(element).overflowX) && !dotted(element)) wrong.push(`cut off: ${named(element)}`);
      if (!scrolls(element)) continue;
      element.scrollLeft = 1e6;
      if (element.scrollLeft < element.scrollWidth - element.clientWidth - 1) wrong.push(`does not scroll: ${named(element)}`);
      element.scrollLeft = 0;
    }
    return wrong;
  }

  // Figures that nobody sees, or that say nothing to those who cannot see, or say it in another language.
  function silentFigures() {
    const wrong = [];
    const chinese = document.documentElement.lang.startsWith("zh");
    const every = "article :is(svg:not(svg svg, button svg), img, canvas, video, object, iframe)";
    for (const figure of document.querySelectorAll(every)) {
      const words = (figure.getAttribute("aria-label") ?? figure.alt ?? "").trim();
      const { width, height } = figure.getBoundingClientRect();
      if (!figure.matches("img, [role=img]")) wrong.push(`no role=img: ${named(figure)}`);
      if (!words) wrong.push(`no alt text: ${named(figure)}`);
      else if (/[\u4e00-\u9fff]/.test(words) !== chinese) wrong.push(`alt text in another language: ${words}`);
      if (figure.closest("details:not([open])")) continue;
      if (!shown(figure) || width < 100 || height < 20 || figure.naturalWidth === 0)
        wrong.push(`not to be seen, ${width} × ${height} px: ${named(figure)}`);
    }
    return wrong;
  }

  // Follows the keyboard: `missedFocus` tells what it did not reach, and where a reader could not see that it was there.
  const wanted = [], reached = new Map();
  const focusable = (element) =>
    element.tabIndex >= 0 && !element.disabled && element.getClientRects().length && style(element).visibility === "visible" &&
    element.checkVisibility() && (element.type !== "radio" || element.checked); // arrow keys reach the other radio buttons
  function followFocus() {
    wanted.push(...[...document.querySelectorAll("*")].filter(focusable));
    addEventListener("focusin", ({ target }) => reached.has(target) || reached.set(target, hiddenFocus(target)));
  }
  // Why one cannot see that an element has the focus; nothing if one can.
  function hiddenFocus(target) {
    const ringed = target.matches("input[type=radio]") ? target.nextElementSibling : target;
    const { outlineStyle, outlineWidth, outlineColor } = style(ringed);
    if (outlineStyle === "none" || parseFloat(outlineWidth) < 2) return "no ring";
    const base = background(ringed.parentElement);
    if (contrast(over(base, colour(outlineColor)), base) < 3) return `a faint ring, ${outlineColor}`;
    const [{ left, right, top, bottom }] = ringed.getClientRects();
    const middle = (from, to, end) => (Math.max(0, from) + Math.min(end, to)) / 2;
    const there = document.elementFromPoint(middle(left, right, innerWidth), middle(top, bottom, innerHeight));
    return there && (ringed.contains(there) || there.contains(ringed)) ? "" : `out of sight behind ${there && named(there)}`;
  }
  async function missedFocus() {
    const focused = [...reached.keys()].filter(focusable); // the way back to the top comes and goes
    const missed = wanted.filter((e) => !reached.has(e) && focusable(e)).map((e) => `never: ${named(e)}`);
    const early = focused.filter((e, i) => i && !(focused[i - 1].compareDocumentPosition(e) & Node.DOCUMENT_POSITION_FOLLOWING));
    const dark = [];
    for (const target of focused.filter((each) => reached.get(each))) {
      target.focus({ focusVisible: true }); // perhaps something was just moving away
      await settled();
      if (hiddenFocus(target)) dark.push(`${hiddenFocus(target)}: ${named(target)}`);
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
  const jumps = () => jumped;
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) jumped += value;
  }).observe({ type: "layout-shift", buffered: true });

  // All that a page says: headings, lines of code and of what it printed, captions, paragraphs, cells of tables.
  function words() {
    const blocks = "h1, h2, h3, h4, p, li, th, td, summary, caption, figcaption, pre";
    return [...document.querySelectorAll(`article :is(${blocks})`)]
      .filter((block) => !block.querySelector(blocks) || block.matches("pre"))
      .flatMap((block) => block.textContent.split(/\s+/)).filter(Boolean);
  }

  return { faintWords, faintShapes, tooWide, silentFigures, followFocus, reached, missedFocus, hiddenFocus, settled, jumps, words };
})();
