/* Beside a password: a button that shows what was typed, and the rules of a new one tick themselves off. The server checks the
   rules, and marks them on the page that it sends back; all works without this script. */
for (const button of document.querySelectorAll(".reveal")) {
  const input = document.getElementById(button.getAttribute("aria-controls"));
  const show = (isShown) => {
    const { selectionStart, selectionEnd } = input;
    input.type = isShown ? "text" : "password";
    input.setSelectionRange(selectionStart, selectionEnd);
    button.setAttribute("aria-pressed", isShown);
  };
  button.hidden = false;
  /* The caret, and the keyboard of a phone, stay where they are. */
  button.addEventListener("mousedown", (event) => event.preventDefault());
  button.addEventListener("click", () => show(input.type === "password"));
  /* Sent as text, it would be kept among the things that were typed into this page before. */
  input.form.addEventListener("submit", () => show(false));
}

for (const list of document.querySelectorAll(".rules")) {
  const input = document.querySelector(`[aria-describedby~="${list.id}"]`);
  const status = list.nextElementSibling;
  const rules = [...list.children].map((item) => ({ item, pattern: new RegExp(item.dataset.pattern, "su") }));
  /* What is not met yet is no fault until somebody has gone on, or was sent back. */
  let isJudged = list.querySelector(".is-unmet") !== null;
  const mark = () => {
    let unmet = 0;
    for (const { item, pattern } of rules) {
      const isMet = pattern.test(input.value);
      const state = input.value === "" ? "" : isMet ? "met" : isJudged || "quiet" in item.dataset ? "unmet" : "";
      unmet += !isMet;
      item.className = state && `is-${state}`;
      item.firstElementChild.textContent = list.dataset[state] ?? "";
      if ("quiet" in item.dataset) item.hidden = state !== "unmet";
    }
    status.textContent = input.value !== "" && unmet === 0 ? status.dataset.done : "";
  };
  input.addEventListener("input", mark);
  input.addEventListener("change", () => {
    isJudged = true;
    mark();
  });
}
