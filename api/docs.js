// The API's documents, drawn from /openapi.json without any library, so that they work without the internet.
"use strict";

function element(tag, attributes, ...children) {
  const e = document.createElement(tag);
  Object.assign(e, attributes || {});
  for (const child of children) e.append(child);
  return e;
}

function resolve(doc, schema) {
  return schema && schema.$ref ? doc.components.schemas[schema.$ref.split("/").pop()] : schema || {};
}

// sample draws a value of the schema, as an example and a description in one.
function sample(doc, schema, depth) {
  const s = resolve(doc, schema);
  if (depth > 5) return "…";
  if (s.examples && s.examples.length) return s.examples[0];
  if (s.enum) return s.enum.join(" | ");
  const type = Array.isArray(s.type) ? s.type[0] : s.type;
  if (type === "array") return [sample(doc, s.items, depth + 1)];
  if (type === "object" || s.properties) {
    const out = {};
    for (const [name, property] of Object.entries(s.properties || {})) out[name] = sample(doc, property, depth + 1);
    if (s.additionalProperties && typeof s.additionalProperties === "object") out["…"] = sample(doc, s.additionalProperties, depth + 1);
    return out;
  }
  return [type || "any", s.format, s.description].filter(Boolean).join(", ");
}

function contents(doc, title, content) {
  const parts = [];
  for (const [kind, media] of Object.entries(content || {})) {
    parts.push(element("h4", { textContent: `${title} ${kind}` }));
    parts.push(element("pre", { textContent: JSON.stringify(sample(doc, media.schema, 0), null, 2) }));
  }
  return parts;
}

function parameters(list) {
  if (!list || !list.length) return [];
  const table = element("table", {});
  for (const p of list) {
    const about = [p.schema && (p.schema.format || p.schema.type), p.description].filter(Boolean).join(", ");
    table.append(element("tr", {}, element("td", {}, element("code", { textContent: p.name + (p.required ? " *" : "") })),
      element("td", { className: "soft", textContent: p.in }), element("td", { textContent: about })));
  }
  return [element("h4", { textContent: "Parameters" }), table];
}

function operation(doc, path, verb, o) {
  const box = element("div", {}, element("p", { textContent: o.description || "" }), ...parameters(o.parameters));
  if (o.requestBody) box.append(...contents(doc, "Body", o.requestBody.content));
  for (const [status, answer] of Object.entries(o.responses || {})) {
    if (status !== "default") box.append(...contents(doc, `Answer ${status}`, answer.content));
  }
  return element("details", { id: o.operationId }, element("summary", {}, element("span", { className: `verb ${verb}`, textContent: verb }),
    element("code", { textContent: path }), element("span", { className: "soft", textContent: ` ${o.summary || ""}` })), box);
}

async function draw() {
  const doc = await (await fetch("/openapi.json")).json();
  document.getElementById("about").textContent = `${doc.info.version}. ${doc.info.description}`;
  const groups = new Map();
  for (const [path, item] of Object.entries(doc.paths)) {
    for (const [verb, o] of Object.entries(item)) {
      const tag = (o.tags || ["other"])[0];
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push(operation(doc, path, verb.toUpperCase(), o));
    }
  }
  const main = document.getElementById("operations");
  for (const [tag, list] of groups) main.append(element("h2", { textContent: tag }), ...list);
}

draw();
