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
    for (const figure of document.querySelectorAll("article svg[role=img]")) {
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

  // Lines and shapes of figures, in the colours that tell them apart, that hardly show on the page.
  function faintShapes() {
    const wrong = [];
    for (const figure of document.querySelectorAll("article svg[role=img]")) {
      const base = page(figure);
      for (const part of figure.querySelectorAll(`:is(${SHAPES}, use)`)) {
        if (part.closest("clipPath") || (part.closest("defs, marker, symbol") && !part.style.fill && !part.style.stroke)) continue;
        const its = style(part);
        const paints = [];
        if (its.stroke !== "none" && parseFloat(its.strokeWidth)) paints.push(["stroke", faded(colour(its.stroke), its.strokeOpacity * opacity(part))]);
        if (its.fill !== "none") paints.push(["fill", faded(colour(its.fill), its.fillOpacity * opacity(part))]);
        if (!paints.length) continue;
        const best = Math.max(...paints.map(([, paint]) => contrast(over(base, paint), base)));
        if (best < 3) wrong.push(`${paints.map(([k, p]) => k + " " + hex(p) + " " + p[3].toFixed(2))}: ${best.toFixed(2)} ${named(part).slice(0,60)}`);
      }
    }
    return wrong;
  }

  return { faintWords, faintShapes };
})();
