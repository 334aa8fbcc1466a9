// What people type stands on pages as text: no script of ours turns a text into markup or into code.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { el, text } from '../../../web/js/core/dom.js';

const web = new URL('../../../web/', import.meta.url);
const files = readdirSync(web, { recursive: true }).map(name => name.replaceAll('\\', '/'));
const read = name => readFileSync(new URL(name, web), 'utf8');

test('no script writes markup or code', () => {
  const scripts = files.filter(name => /^js\/.*\.js$/.test(name));
  assert.ok(scripts.length > 40);
  const ways = /\b(innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment|DOMParser|srcdoc|setHTMLUnsafe)\b|document\.write|\beval\(|new Function|javascript:|setTimeout\(\s*['"`]/;
  for (const name of scripts) {
    read(name).split('\n').forEach((line, index) => assert.doesNotMatch(line, ways, `${name}:${index + 1}`));
  }
});

test('no page has a script or a handler within its markup', () => {
  const pages = files.filter(name => name.endsWith('.html'));
  assert.ok(pages.length >= 4);
  for (const name of pages) {
    const page = read(name);
    for (const [tag] of page.matchAll(/<script\b[^>]*>/g)) assert.match(tag, /\bsrc=/, name);
    assert.doesNotMatch(page, /<[^>]+\son[a-z]+\s*=/i, name);
    assert.doesNotMatch(page, /javascript:/i, name);
  }
});

test('a text stays a text', () => {
  const hostile = '<img src=x onerror="alert(1)">${7*7}\u202E';
  const added = [];
  globalThis.document = {
    createElement: tag => ({
      tag, textContent: '', attributes: {}, append: (...children) => added.push(...children), addEventListener() {},
      hasAttribute(name) { return name in this.attributes; }, getAttribute(name) { return this.attributes[name] ?? null; },
      setAttribute(name, value) { this.attributes[name] = value; },
    }),
  };
  const node = el('p', { title: hostile }, hostile);
  // `append` makes a text node of a string, and an attribute is never markup.
  assert.deepEqual(added, [hostile]);
  assert.equal(node.attributes.title, hostile);
  text(node, hostile);
  assert.equal(node.textContent, hostile);
  delete globalThis.document;
});
