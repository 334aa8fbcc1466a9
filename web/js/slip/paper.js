// Sends one of the two papers to the printer. A roll has no pages: its page is as long as the slip, so nothing is pushed off.
import { $ } from '../core/dom.js';

const millimetresPerPixel = 25.4 / 96;
const rollMillimetresMin = 80;
const spareMillimetres = 2;
const rollPage = new CSSStyleSheet();
document.adoptedStyleSheets = [...document.adoptedStyleSheets, rollPage];

/** `paper`: `a5` or `r80`. */
export function printOn(paper) {
  document.documentElement.dataset.print = paper;
  const height = Math.max(rollMillimetresMin, Math.ceil($('.r80').getBoundingClientRect().height * millimetresPerPixel) + spareMillimetres);
  rollPage.replaceSync(`@page roll { size: 80mm ${height}mm; margin: 0; }`);
  print();
}
