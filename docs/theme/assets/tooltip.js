// What a title says, a term's meaning or a button's name, for pointer and keyboard alike. Material's own would make one
// for each link while the page opens, in small print, and would not go away with Escape.
const tooltip = Object.assign(document.createElement("div"), { id: "tooltip", role: "tooltip", popover: "manual" });
document.body.append(tooltip);
let host, timer;

function show(element) {
  hide();
  const [line] = element.getClientRects(); // the first, of a link that goes on in a second
  if (!line) return; // it has gone meanwhile
  host = element;
  tooltip.textContent = host.title;
  if (!host.textContent.trim()) host.ariaLabel ??= host.title;
  host.setAttribute("aria-describedby", tooltip.id);
  host.removeAttribute("title"); // the browser would show it once more
  tooltip.showPopover();
  const { left, top, bottom } = line;
  const under = bottom + 6 + tooltip.offsetHeight <= innerHeight;
  const most = document.documentElement.clientWidth - tooltip.offsetWidth - 6;
  tooltip.style.left = `${scrollX + Math.max(6, Math.min(left, most))}px`;
  tooltip.style.top = `${scrollY + (under ? bottom + 6 : top - 6 - tooltip.offsetHeight)}px`;
}

function hide() {
  clearTimeout(timer);
  if (!host) return;
  host.title = tooltip.textContent;
  host.removeAttribute("aria-describedby");
  tooltip.hidePopover();
  host = undefined;
}

function soon(action) {
  clearTimeout(timer);
  timer = setTimeout(action, 250);
}

if (tooltip.showPopover) {
  addEventListener("pointerover", ({ target, pointerType }) => {
    if (pointerType === "touch") return; // which follows a link at once
    const titled = target.closest("[title]");
    if (titled) soon(() => show(titled));
    else if (tooltip.contains(target) || host?.contains(target)) clearTimeout(timer);
    else soon(hide);
  });
  addEventListener("focusin", ({ target }) => target.matches("[title]:focus-visible") && show(target));
  addEventListener("focusout", hide);
  addEventListener("keydown", ({ key }) => key === "Escape" && hide());
}
