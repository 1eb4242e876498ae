/* The button for another code rests for a while after one was sent. Without this script it can be pressed at once; how often is for
   the server to say.
*/
for (const button of document.querySelectorAll("button[data-wait]")) {
  const label = button.textContent;
  const end = performance.now() + 1000 * Number(button.dataset.wait);
  const tick = () => {
    const left = Math.ceil((end - performance.now()) / 1000);
    button.disabled = left > 0;
    button.textContent = left > 0 ? button.dataset.waiting.replace("{}", left) : label;
    if (left > 0) setTimeout(tick, 250);
  };
  tick();
}
