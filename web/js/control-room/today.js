// Today's figures and the hourly bars, drawn to the size there is.
import { $, show, text } from '../core/dom.js';
import * as format from '../core/format.js';
import { averageSeconds } from '../model/register.js';

const svgNamespace = 'http://www.w3.org/2000/svg';
const barsMin = 9;
const head = 22, foot = 24, labelMin = 30;

export class Today {
  constructor(room, panel) {
    this.room = room;
    this.panel = panel;
    this.plot = $('[data-plot]', panel);
    this.chart = svg('svg', { class: 'chart', role: 'img' });
    this.plot.append(this.chart);
    new ResizeObserver(() => this.draw()).observe(this.plot);
  }

  draw() {
    const today = this.room.register?.today;
    if (!today) return;
    const figure = (name, value) => text($(`[data-figure="${name}"]`, this.panel), value);
    figure('count', today.count.toLocaleString('en-US'));
    figure('completed', today.completed.toLocaleString('en-US'));
    const average = averageSeconds(today);
    figure('average', average === null ? '—' : format.minutes(average));
    figure('net', format.tonnes(today.netGrams));
    show($('[data-mean-key]', this.panel), Boolean(today.means));
    this.drawBars(today);
  }

  /** From the first busy hour to now, nine at least. */
  drawBars({ hours, means }) {
    const now = format.hour(this.room.now());
    const busy = hours.findIndex(count => count > 0);
    const first = Math.max(0, Math.min(busy < 0 ? now : busy, now - barsMin + 1));
    const shown = hours.slice(first, Math.max(now, hours.findLastIndex(count => count > 0)) + 1);
    const { clientWidth: width, clientHeight: height } = this.plot;
    const style = getComputedStyle(this.plot);
    const inner = { width: width - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight), height: height - parseFloat(style.paddingBottom) };
    if (inner.width < 50 || inner.height < 60) return;
    const room = inner.height - head - foot;
    const top = Math.max(5, ...shown, ...(means ?? [])) * 1.05;
    const step = (inner.width - 10) / shown.length;   // the last label is wider than its bar
    this.chart.setAttribute('viewBox', `0 0 ${inner.width} ${inner.height}`);
    this.chart.replaceChildren(svg('title', {}, `시간대별 완료: ${shown.map((count, index) => `${first + index}시 ${count}`).join(', ')}`));
    for (const [index, count] of shown.entries()) {
      const at = first + index;
      const x = index * step + step * 0.16, wide = step * 0.68, tall = count / top * room, y = head + room - tall;
      const mean = means ? head + room - means[at] / top * room : null;
      this.chart.append(svg('rect', { class: at === now ? 'bar now' : 'bar', x, y, width: wide, height: tall }));
      if (mean !== null) this.chart.append(svg('path', { class: 'mean', d: `M${x - 4} ${mean}H${x + wide + 4}` }));
      this.chart.append(svg('text', { class: 'v', x: x + wide / 2, y: Math.min(y, mean ?? y) - 5 }, count || ''), svg('text', { x: x + wide / 2, y: inner.height - 5 }, step >= labelMin || (shown.length - 1 - index) % 2 === 0 ? `${at}시` : ''));
    }
    this.chart.append(svg('path', { class: 'axis', d: `M0 ${head + room}H${inner.width}` }));
  }
}

function svg(tag, attributes, content = '') {
  const node = document.createElementNS(svgNamespace, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.textContent = content;
  return node;
}
