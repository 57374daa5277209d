// The drawer of a narrow screen for those who use the keyboard: Enter or space opens it, Escape or going on closes it.
const drawer = document.getElementById("__drawer");
const sidebar = document.querySelector(".md-sidebar--primary");
const close = () => { if (drawer.checked) drawer.click(); };

// Material opens with labels, which no keyboard reaches.
function buttonFor(label) {
  const button = document.createElement("button");
  for (const { name, value } of label.attributes) if (name !== "tabindex") button.setAttribute(name, value);
  button.type = "button";
  button.append(...label.childNodes);
  button.addEventListener("click", () => document.getElementById(label.htmlFor).click());
  label.replaceWith(button);
  return button;
}

if (sidebar) {
  const opener = buttonFor(document.querySelector(".md-header__button[for=__drawer]"));
  opener.ariaLabel = document.querySelector(".md-nav--primary").ariaLabel;
  sidebar.querySelectorAll("label.md-nav__title[for^=__nav_]").forEach(buttonFor);
  drawer.addEventListener("change", () => {
    opener.ariaExpanded = String(drawer.checked);
    if (!drawer.checked || !opener.matches(":focus-visible")) return;
    const stops = [...sidebar.querySelectorAll("a[href], button, label[tabindex]")];
    requestAnimationFrame(() => stops.find((stop) => stop.checkVisibility({ visibilityProperty: true }))?.focus());
  });
  opener.ariaExpanded = "false";
  addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
  sidebar.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget && !sidebar.contains(relatedTarget)) close();
  });
}
