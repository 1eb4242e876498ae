// The part of a browser without JavaScript: cookies, redirects, forms. Enough for the hosted pages, which need no more.
const MAX_STEPS = 12;
const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', "#34": '"', "#39": "'", "#x27": "'", "#x2F": "/" };

const unescapeHtml = (text) => text.replace(/&(#?\w+);/g, (all, name) => ENTITIES[name] ?? all);

function attributes(tag) {
  const pairs = [...tag.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name, value]) => [name, unescapeHtml(value)]);
  return Object.fromEntries(pairs);
}

// Headers.getSetCookie is younger than Debian 12's Node.js, which joins the lines; a date's comma is followed by no "=".
function setCookieLines(headers) {
  return headers.getSetCookie?.() ?? (headers.get("set-cookie") ?? "").split(/,(?=\s*[^\s;,=]+=)/).filter(Boolean);
}

export class Browser {
  #cookies = new Map();

  // Follows redirects from `url` until one goes to `home` (with any query), or a page is shown: { home: URL } or { page, url, status }.
  async open(url, home, body) {
    let response = await this.#send(url, body);
    for (let step = 0; step < MAX_STEPS; step += 1) {
      const location = response.headers.get("location");
      if (!location) return { page: await response.text(), url, status: response.status };
      url = new URL(location, url).href;
      if (home && url.split("?")[0] === home) return { home: new URL(url) };
      response = await this.#send(url);
    }
    throw new Error(`more than ${MAX_STEPS} redirects, the last to ${url}`);
  }

  // Sends the first form of a page as its button with the id "submit" would.
  async submit({ page, url }, values, home) {
    const form = /<form\b([^>]*)>([\s\S]*?)<\/form>/.exec(page);
    if (!form) throw new Error(`no form at ${url}: ${page.slice(0, 2000)}`);
    const fields = {};
    for (const [tag] of form[2].matchAll(/<input\b[^>]*>/g)) {
      const { name, type, value } = attributes(tag);
      if (type === "hidden") fields[name] = value ?? "";
    }
    const button = /<button\b[^>]*\bid="submit"[^>]*>/.exec(form[2]);
    if (button) fields[attributes(button[0]).name] = attributes(button[0]).value;
    const action = attributes(form[1]).action ?? url;
    return this.open(new URL(action, url).href, home, new URLSearchParams({ ...fields, ...values }));
  }

  async #send(url, body) {
    const headers = { cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ") };
    if (body) headers.origin = new URL(url).origin;
    const response = await fetch(url, { method: body ? "POST" : "GET", headers, body, redirect: "manual" });
    for (const line of setCookieLines(response.headers)) {
      const [pair, ...rest] = line.split(";");
      const [name, value] = [pair.slice(0, pair.indexOf("=")).trim(), pair.slice(pair.indexOf("=") + 1).trim()];
      if (rest.some((part) => /^\s*max-age=0\s*$/i.test(part))) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return response;
  }
}
