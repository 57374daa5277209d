// The drawer of a narrow screen for those who use the keyboard: Enter or space opens it, Escape or going on closes it.
const drawer = document.getElementById("__drawer");
const opener = document.querySelector(".md-header__button[for=__drawer]");
const sidebar = document.querySelector(".md-sidebar--primary");
const close = () => { if (drawer.checked) drawer.click(); };

if (opener && sidebar) {
  opener.ariaLabel = document.querySelector(".md-nav--primary").ariaLabel;
  for (const label of [opener, ...sidebar.querySelectorAll("label.md-nav__title[for^=__nav_]")]) {
    Object.assign(label, { tabIndex: 0, role: "button" });
    label.addEventListener("keydown", (event) => {
      if (event.key !== " ") return; // Material sees to Enter
      event.preventDefault();
      label.click();
    });
  }
  drawer.addEventListener("change", () => {
    opener.ariaExpanded = String(drawer.checked);
    if (!drawer.checked || !opener.matches(":focus-visible")) return;
    const stops = [...sidebar.querySelectorAll("a[href], label[tabindex]")];
    requestAnimationFrame(() => stops.find((stop) => stop.checkVisibility({ visibilityProperty: true }))?.focus());
  });
  opener.ariaExpanded = "false";
  addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
  sidebar.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget && !sidebar.contains(relatedTarget)) close();
  });
}
