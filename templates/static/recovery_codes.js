/* Takes recovery codes along: copied, or as a text file. Without this script they can be selected and printed. */
const text = document.getElementById("codes").innerText.trim().replace(/\s+/g, "\n") + "\n";
const copy = document.getElementById("copy");
const download = document.getElementById("download");

copy.hidden = !navigator.clipboard;
copy.addEventListener("click", async () => {
  await navigator.clipboard.writeText(text);
  copy.textContent = copy.dataset.done;
});

download.hidden = false;
download.addEventListener("click", () => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([`${download.dataset.title}\n\n${text}`], { type: "text/plain" }));
  link.download = "recovery-codes.txt";
  link.click();
  URL.revokeObjectURL(link.href);
});
