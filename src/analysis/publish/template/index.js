"use strict";
for (const field of document.querySelectorAll("input[data-search]")) {
  const rows = Array.from(document.querySelectorAll("table.ix tbody tr"));
  const told = document.getElementById("found");
  field.closest("[hidden]").hidden = false;
  field.addEventListener("input", () => {
    const wanted = field.value.trim().toLowerCase();
    let found = 0;
    for (const row of rows) {
      row.hidden = !row.querySelector("th").textContent.toLowerCase().includes(wanted);
      found += row.hidden ? 0 : 1;
    }
    for (const frame of document.querySelectorAll(".tablewrap[data-group]"))
      frame.hidden = !frame.querySelector("tbody tr:not([hidden])");
    told.textContent = wanted ? told.dataset.text.replace("#", found) : "";
  });
}
for (const heading of document.querySelectorAll("table.ix thead th[data-sort]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.append(...heading.childNodes);
  heading.append(button);
  button.addEventListener("click", () => {
    const down = heading.getAttribute("aria-sort") !== "descending";
    const at = Array.from(heading.parentNode.children).indexOf(heading);
    for (const other of heading.parentNode.children) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
    const body = heading.closest("table").tBodies[0];
    const worth = (row) => row.children[at].dataset.v ?? row.children[at].textContent;
    const rows = Array.from(body.rows).sort((a, b) => {
      const [x, y] = [worth(a), worth(b)];
      const order = heading.dataset.sort === "n" ? (x === "" ? -1e9 : +x) - (y === "" ? -1e9 : +y) : x.localeCompare(y, undefined, { numeric: true });
      return down ? -order : order;
    });
    body.append(...rows);
  });
}
