/* What does not fit into the window: see test_every_page.py. */
globalThis.roomProblems = () => {
  for (const box of document.querySelectorAll("details")) box.open = true;
  const width = document.documentElement.clientWidth;
  const found = [];
  const name = (element) => `${element.localName}.${element.className} "${element.textContent.trim().replace(/\s+/g, " ").slice(0, 40)}"`;
  if (document.documentElement.scrollWidth > width) found.push(`${document.documentElement.scrollWidth} px to scroll`);
  for (const element of document.body.querySelectorAll("*")) {
    const box = element.getBoundingClientRect();
    /* Texts for those who hear the page are a pixel wide; what skips to the content is seen once it has the focus. */
    if (box.width < 2 || box.bottom < 0 || element.closest("svg, .skip, .visually-hidden")) continue;
    if (box.left < -1 || box.right > width + 1) found.push(`${name(element)} from ${box.left} to ${box.right}`);
    if (element.matches("input, textarea, select")) continue;
    const style = getComputedStyle(element);
    const isCut = (overflow, inner, outer) => ["hidden", "clip"].includes(overflow) && inner > outer + 1;
    if (isCut(style.overflowX, element.scrollWidth, element.clientWidth)) found.push(`${name(element)} is cut off`);
    if (isCut(style.overflowY, element.scrollHeight, element.clientHeight)) found.push(`${name(element)} is cut off below`);
  }
  return found;
};
