"use strict";
/* How texts look: entities and rich blocks as elements. Everything from outside goes in as text nodes and
   checked addresses, never as markup. */

function el(tag, given = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

/* dir="auto" passes over children that have a direction of their own, so containers are told theirs. */
function direction(text) {
  const letter = /\p{L}/u.exec(text);
  return letter && /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/.test(letter[0]) ? "rtl" : "ltr";
}

const SAFE = /^(https?|tg|mailto|tel):/i;

function anchor(url, children, follow) {
  const full = /^[a-z][a-z0-9+.-]*:/i.test(url) ? url : "https://" + url;
  if (!SAFE.test(full)) return el("span", {}, children);
  return el("a", { href: full, title: full, target: "_blank", rel: "noopener noreferrer",
    onclick: (event) => { if (follow(full)) event.preventDefault(); } }, children);
}

function spoiler(children) {
  const show = (event) => {
    if (span.classList.contains("shown") || (event.key && event.key !== "Enter" && event.key !== " ")) return;
    event.preventDefault();
    for (const one of (span.closest(".bubble") ?? span.parentNode).querySelectorAll(".spoiler")) {  // all of the message
      one.classList.add("shown");
      for (const name of ["role", "tabindex", "aria-label"]) one.removeAttribute(name);
    }
  };
  const span = el("span", { class: "spoiler", role: "button", tabindex: 0, "aria-label": "Hidden text: show it",
    onclick: show, onkeydown: show }, children);
  return span;
}

/* The bar stands on the side where the text begins. */
function quotation(given, children) {
  const quote = el("blockquote", given, children);
  quote.dir = direction(quote.textContent);
  return quote;
}

function expandable(children) {
  const fold = el("span", { class: "fold" }, children);
  const button = el("button", { type: "button", "aria-expanded": "false", "aria-label": "Show all of the quotation",
    onclick: () => setFolded(quote, !quote.classList.contains("folded")) }, "▾");
  const quote = quotation({ class: "expandable folded long" }, [fold, button]);
  // Whether it is long enough to fold is known only once it stands on the page.
  requestAnimationFrame(() => {
    if (fold.clientHeight && fold.scrollHeight <= fold.clientHeight + 1 && quote.classList.contains("folded"))
      quote.classList.remove("long");
  });
  return quote;
}

function setFolded(quote, folded) {
  quote.classList.toggle("folded", folded);
  const button = quote.querySelector(":scope > button");
  button.setAttribute("aria-expanded", String(!folded));
  button.textContent = folded ? "▾" : "▴";
}

const BLOCKS = new Set(["pre", "blockquote", "expandable_blockquote"]);

/* A text as elements: each paragraph in its own direction, quotations and code as blocks between them.
   Offsets are UTF-16 units, and so are JavaScript's. */
function formatted(text, entities, act) {
  const sorted = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  const inner = sorted.filter((one) => !BLOCKS.has(one.type));
  const out = [];
  let at = 0;
  for (const block of sorted.filter((one) => BLOCKS.has(one.type))) {
    const end = block.offset + block.length;
    if (block.offset < at) continue;
    out.push(...lines(text, at, text[block.offset - 1] === "\n" ? block.offset - 1 : block.offset, inner, act));
    const children = block.type === "pre" ? [text.slice(block.offset, end)] : lines(text, block.offset, end, inner, act);
    out.push(styled(block, children, "", act));
    at = text[end] === "\n" ? end + 1 : end;
  }
  return [...out, ...lines(text, at, text.length, inner, act)];
}

function lines(text, start, end, entities, act) {
  if (start >= end) return [];
  let from = start;
  return text.slice(start, end).split("\n").map((line) => {
    const node = el("div", { dir: "auto" }, line ? spans(text, from, from + line.length, entities, act) : el("br"));
    from += line.length + 1;
    return node;
  });
}

/* Entities nest; one that sticks out is cut. They come sorted, the outer one first. */
function spans(text, start, end, entities, act) {
  const list = entities.filter((one) => one.offset < end && one.offset + one.length > start);
  const out = [];
  let at = start;
  for (let i = 0; i < list.length; i++) {
    const from = Math.max(list[i].offset, at);
    const to = Math.min(list[i].offset + list[i].length, end);
    if (from >= to) continue;
    if (from > at) out.push(text.slice(at, from));
    const inner = list.slice(i + 1).filter((one) => one.offset < to);
    out.push(styled(list[i], spans(text, from, to, inner, act), text.slice(from, to), act));
    at = to;
  }
  if (at < end) out.push(text.slice(at, end));
  return out;
}

const TAGS = { bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code", pre: "pre",
  marked: "mark", subscript: "sub", superscript: "sup" };

function styled(entity, children, plain, act) {
  const kind = entity.type;
  if (kind === "blockquote") return quotation({}, children);
  if (TAGS[kind]) return el(TAGS[kind], {}, children);
  if (kind === "spoiler") return spoiler(children);
  if (kind === "expandable_blockquote") return expandable(children);
  if (kind === "text_link") return anchor(entity.url, children, act.follow);
  if (kind === "url") return anchor(plain, children, act.follow);
  if (kind === "email") return anchor("mailto:" + plain, children, act.follow);
  if (kind === "bot_command")
    return el("button", { type: "button", class: "command", onclick: () => act.command(plain) }, children);
  if (kind === "mention" || kind === "hashtag" || kind === "cashtag") return el("span", { class: "command" }, children);
  return el("span", {}, children);
}

/* ------------------------------------------------------------------------------------- rich messages */

function richText(text, act) {
  if (typeof text === "string") return [text];
  if (Array.isArray(text)) return text.flatMap((piece) => richText(piece, act));
  if (!text) return [];
  if (text.type === "button") return [richButton(text.button, act)];
  const inner = richText(text.text ?? text.alternative_text ?? "", act);
  if (text.type === "url") return [anchor(text.url, inner, act.follow)];
  if (text.type === "email_address") return [anchor("mailto:" + text.email_address, inner, act.follow)];
  if (text.type === "mathematical_expression") return [el("code", {}, text.expression)];
  if (text.type === "anchor" || text.type === "reference")
    return [el("span", { "data-anchor": text.name }, inner)];
  if (text.type === "anchor_link" || text.type === "reference_link") {
    const name = text.anchor_name ?? text.reference_name;
    return [el("button", { type: "button", class: "command", onclick: (event) => jump(event.target, name) }, inner)];
  }
  return [styled(text, inner, plainRich(text), act)];
}

function plainRich(text) {
  if (typeof text === "string") return text;
  if (Array.isArray(text)) return text.map(plainRich).join("");
  return text ? plainRich(text.text ?? text.expression ?? text.alternative_text ?? "") : "";
}

function jump(from, name) {
  const rich = from.closest(".rich");
  const target = [...rich.querySelectorAll("[data-anchor]")].find((node) => node.dataset.anchor === name) ?? rich;
  for (let node = target; node; node = node.parentElement) if (node.tagName === "DETAILS") node.open = true;
  target.scrollIntoView({ block: "center" });
}

function richButton(button, act) {
  return el("button", { type: "button", class: `${button.style ?? ""} ${button.url ? "out" : ""}`.trim(),
    onclick: (event) => act.press(event.currentTarget, button) }, richText(button.text, act));
}

const MEDIA = { photo: "🖼", video: "🎞", animation: "🎞", audio: "🎵", document: "📎", voice_note: "🎙" };

function richBlocks(blocks, act) {
  return blocks.map((block) => richBlock(block, act));
}

function richBlock(block, act) {
  const text = (value) => richText(value, act);
  const credit = block.credit ? el("cite", {}, text(block.credit)) : null;
  switch (block.type) {
    case "heading": return el("h" + Math.min(block.size + 1, 6), { dir: "auto" }, text(block.text));
    case "paragraph": return el("p", { dir: "auto" }, text(block.text));
    case "footer": return el("footer", { dir: "auto" }, text(block.text));
    case "pre": return el("pre", {}, text(block.text));
    case "divider": return el("hr");
    case "mathematical_expression": return el("pre", {}, block.expression);
    case "anchor": return el("span", { "data-anchor": block.name });
    case "thinking": return el("p", { class: "thinking" }, text(block.text));
    case "list": return richList(block, act);
    case "blockquote": return quotation({}, [richBlocks(block.blocks, act), credit]);
    case "expandable_blockquote": return expandable([...text(block.text), credit]);
    case "pullquote": return el("blockquote", { class: "pull" }, el("p", { dir: "auto" }, text(block.text)), credit);
    case "details":
      return el("details", { open: block.is_open === true }, el("summary", { dir: "auto" }, text(block.summary)),
        richBlocks(block.blocks, act));
    case "table": return richTable(block, act);
    case "buttons":
      return el("div", { class: "keys" }, el("div", {}, block.buttons.map((button) => richButton(button, act))));
    case "collage": case "slideshow":
      return el("figure", {}, richBlocks(block.blocks, act), caption(block, act));
    case "map":
      return el("figure", {}, el("div", { class: "map" }, `📍 ${block.location.latitude}, ${block.location.longitude}`),
        caption(block, act));
    default: return richMedia(block, act);
  }
}

function caption(block, act) {
  if (!block.caption) return null;
  return el("figcaption", { dir: "auto" }, richText(block.caption.text, act),
    block.caption.credit ? el("cite", {}, richText(block.caption.credit, act)) : null);
}

function richMedia(block, act) {
  const url = block[block.type]?.media ?? "";
  return el("figure", {},
    el("div", { class: "media" }, el("span", {}, MEDIA[block.type] ?? "▢", " ", anchor(url, [url], act.follow))),
    caption(block, act));
}

function richList(block, act) {
  const ordered = block.items.some((item) => item.type || item.value !== undefined);
  const items = block.items.map((item) => {
    const box = item.has_checkbox ? (item.is_checked ? "☑ " : "☐ ") : null;
    const node = el("li", { value: item.value }, box, richBlocks(item.blocks, act));
    if (item.type) node.type = item.type;
    return node;
  });
  return el(ordered ? "ol" : "ul", {}, items);
}

function richTable(block, act) {
  const rows = block.cells.map((row) => el("tr", {}, row.map((cell) => {
    const node = el(cell.is_header ? "th" : "td", { dir: "auto", colspan: cell.colspan, rowspan: cell.rowspan },
      richText(cell.text, act));
    node.style.textAlign = cell.align;  // of the column, whatever the direction of the cell's words
    node.style.verticalAlign = cell.valign;
    return node;
  })));
  const look = ["bordered", "striped", "compact"].filter((name) => block["is_" + name]).join(" ");
  return el("div", { class: "sheet" }, el("table", { class: look },
    block.caption ? el("caption", { dir: "auto" }, richText(block.caption, act)) : null, el("tbody", {}, rows)));
}
