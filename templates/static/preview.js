/* Reloads the previewed page when its templates change. */
const frame = document.getElementById("preview");
let version = frame.dataset.version;

async function look() {
  try {
    const answer = await fetch(frame.dataset.versionUrl);
    const now = answer.ok ? await answer.text() : version;
    if (now !== version) {
      version = now;
      frame.contentWindow.location.reload();
    }
  } catch {
    /* The server is starting again. */
  }
  setTimeout(look, 500);
}
look();
