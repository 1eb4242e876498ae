/* Notes where the focus goes and tells what is wrong with its way: see test_every_page.py. */
globalThis.keyboardWalk = (() => {
  const CONTROLS = "a[href], button, input:not([type=hidden]), select, summary, textarea, [tabindex]";
  const BLOCKS = ".field, .factor, .facts > div, .row, li, summary, p";
  let controls = [];
  let resting = new Map();
  let visited = [];
  let steps = 0;

  const look = (element) => {
    const { outlineStyle, outlineWidth, outlineColor, boxShadow } = getComputedStyle(element);
    const hasOutline = outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 && !/, 0\)$|transparent/.test(outlineColor);
    return { boxShadow, outline: hasOutline ? `${outlineWidth} ${outlineColor}` : "" };
  };
  const name = (element) => element.id || element.textContent.trim().replace(/\s+/g, " ") || element.outerHTML;

  /* Of the buttons of one choice the chosen one is reached, else the first. */
  const isReachable = (element) => {
    if (element.disabled || element.tabIndex < 0 || !element.checkVisibility({ visibilityProperty: true })) return false;
    if (element.type !== "radio") return true;
    const group = [...document.getElementsByName(element.name)];
    return element === (group.find((each) => each.checked) || group[0]);
  };

  /* The place of a control is that of what it belongs to: a link beside a label comes after the input. */
  const place = (element) => {
    const box = (element.closest(BLOCKS) || element).getBoundingClientRect();
    return { top: box.top + scrollY, bottom: box.bottom + scrollY, left: box.left, right: box.right };
  };
  /* Above it, or in a column or at a place in the line that is read before. */
  const isBefore = (one, other) => {
    if (one.bottom <= other.top + 1) return true;
    if (document.documentElement.dir === "rtl") return other.right <= one.left + 1;
    return one.right <= other.left + 1 || (one.top === other.top && one.left === other.left);
  };
  const landmark = (element) => element.closest("header, nav, main, footer");

  const isWithin = (one, other) =>
    one.left >= other.left && one.right <= other.right && one.top >= other.top && one.bottom <= other.bottom;

  /* The controls that the ring around a control, which has the focus, reaches over; not the button that stands in its input. */
  const covered = (target) => {
    const { outlineWidth, outlineOffset } = getComputedStyle(target);
    const ring = parseFloat(outlineWidth) + parseFloat(outlineOffset);
    const box = target.getBoundingClientRect();
    return controls.filter((other) => {
      const beside = other.getBoundingClientRect();
      const isApart =
        box.right + ring - 0.1 <= beside.left ||
        beside.right - 0.1 <= box.left - ring ||
        box.bottom + ring - 0.1 <= beside.top ||
        beside.bottom - 0.1 <= box.top - ring;
      if (isWithin(beside, box) || isWithin(box, beside)) return false;
      return !isApart && !target.contains(other) && !other.contains(target) && !target.matches(".skip");
    });
  };

  document.addEventListener("focusin", ({ target }) => {
    const before = resting.get(target);
    const now = look(target);
    const isSeen = !before || Boolean(now.outline) || now.boxShadow !== before.boxShadow;
    visited.push({ target, isSeen, covers: before ? covered(target) : [] });
  });

  return {
    /* How often Tab is to be pressed to come round once. What has the focus at first gets it when the page is drawn. */
    async start() {
      await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
      /* But for the menu of languages, which lies over the page when it is open. */
      for (const box of document.querySelectorAll("details:not(.languages)")) box.open = true;
      document.activeElement.blur();
      controls = [...document.querySelectorAll(CONTROLS)].filter(isReachable);
      resting = new Map(controls.map((control) => [control, look(control)]));
      visited = [];
      steps = 0;
      /* An input for a date is four stops: month, day, year and the calendar. */
      return controls.length + 1 + 3 * controls.filter(({ type }) => type === "date").length;
    },

    /* After each Tab. Where the focus has gone out of the page, another Tab is lost until it is settled there. */
    async settle() {
      if (visited.length === steps) await new Promise((settled) => setTimeout(settled, 50));
      steps = visited.length;
    },

    problems() {
      const found = [];
      for (const control of controls) {
        if (!visited.some(({ target }) => target === control)) found.push(`${name(control)} is not reached`);
      }
      for (const { target, isSeen, covers } of visited) {
        if (!controls.includes(target)) found.push(`${name(target)} has the focus but is no control`);
        else if (!isSeen) found.push(`nothing shows that ${name(target)} has the focus`);
        for (const other of covers) found.push(`the ring around ${name(target)} covers ${name(other)}`);
      }
      const round = visited.map(({ target }) => target);
      const first = round.indexOf(controls[0]);
      const way = [...new Set([...round.slice(first), ...round.slice(0, first)])];
      for (let at = 1; at < controls.length; at++) {
        if (way[at] !== controls[at]) found.push(`${name(controls[at])} is not number ${at + 1} on the way`);
        const [one, other] = [controls[at - 1], controls[at]];
        if (landmark(one) === landmark(other) && !isBefore(place(one), place(other))) {
          found.push(`${name(other)} comes after ${name(one)} but stands before it`);
        }
      }
      return found;
    },
  };
})();
