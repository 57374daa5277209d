// The drawer of a narrow screen for those who use the keyboard: Enter or space opens it, Escape or going on closes it.
const drawer = document.getElementById("__drawer");
const button = document.querySelector(".md-header__button[for=__drawer]");
const sidebar = document.querySelector(".md-sidebar--primary");
const close = () => { if (drawer.checked) drawer.click(); };

if (button && sidebar) {
  Object.assign(button, { tabIndex: 0, role: "button", ariaLabel: document.querySelector(".md-nav--primary").ariaLabel });
  button.ariaExpanded = "false";
  drawer.addEventListener("change", () => { button.ariaExpanded = String(drawer.checked); });
  button.addEventListener("keydown", (event) => {
    if (event.key !== " ") return; // Material sees to Enter
    event.preventDefault();
    button.click();
  });
  addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
  sidebar.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget && !sidebar.contains(relatedTarget)) close();
  });
}
