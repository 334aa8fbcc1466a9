// Plain DOM, touched only where something changed, so focus and selection survive.

export const $ = (selector, within = document) => within.querySelector(selector);
export const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];

export function text(node, value) {
  const wanted = value ?? '';
  if (node.textContent !== wanted) node.textContent = wanted;
}

export function attr(node, name, value) {
  if (value === null || value === undefined || value === false) {
    if (node.hasAttribute(name)) node.removeAttribute(name);
  } else {
    const wanted = value === true ? '' : String(value);
    if (node.getAttribute(name) !== wanted) node.setAttribute(name, wanted);
  }
}

export const data = (node, name, value) => attr(node, `data-${name}`, value);
export const show = (node, on) => attr(node, 'hidden', !on);

/** `el('p', {class: 'hint'}, 'text', child, …)`; `on…` functions become listeners. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else attr(node, name, value);
  }
  node.append(...children.flat().filter(child => child !== null && child !== undefined && child !== false));
  return node;
}

export const icon = name => el('i', { class: `icon i-${name}`, 'aria-hidden': 'true' });

export function setIcon(node, name) {
  attr(node, 'class', `icon i-${name}`);
}

/** A fresh copy of the first element of `<template id>`. */
export function copy(id) {
  return document.getElementById(id).content.firstElementChild.cloneNode(true);
}

/** One node per item, by key: made once, updated in place, moved only when the order differs. */
export function keyed(parent, items, keyOf, make, update) {
  parent.nodesByKey ??= new Map();
  const held = parent.nodesByKey;
  const focused = document.activeElement;
  const wanted = new Map(items.map(item => [String(keyOf(item)), item]));
  for (const [key, node] of held) {
    if (wanted.has(key)) continue;
    node.remove();
    held.delete(key);
  }
  let place = parent.firstElementChild;
  for (const [key, item] of wanted) {
    let node = held.get(key);
    if (!node) {
      node = make(item);
      held.set(key, node);
    }
    update(node, item);
    if (node === place) place = place.nextElementSibling;
    else parent.insertBefore(node, place);
  }
  if (focused !== document.activeElement && focused?.isConnected && parent.contains(focused)) focused.focus({ preventScroll: true });
}

/** At most once per frame. */
export function coalesced(draw) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => { asked = false; draw(); });
  };
}
