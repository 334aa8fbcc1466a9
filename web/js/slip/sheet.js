// One slip on its two papers, A5 and 80 mm: the same facts, the source of every weight, every mark.
import { $, $$, el, show, text } from '../core/dom.js';
import * as format from '../core/format.js';
import { sourceWords } from '../core/words.js';
import { dateOf, hasDeduction, weightsOf } from '../model/slip.js';
import { qrPath } from './qr.js';

const at = millis => `${format.isoDate(millis)} ${format.clockSeconds(millis)}`;
const kilograms = grams => `${format.kg(grams)} kg`;
const tag = words => words ? el('span', { class: 'tag' }, words) : null;

/** `yard` {name, address}; `slip` as in docs/protocol.md, with `history` and `voided` of its ticket if known. */
export function drawSheets(desk, slip, { yard = {}, address }) {
  const weighings = weighingsOf(slip);
  const fields = {
    number: slip.number, yard: yard.name ?? '', address: yard.address ? `· ${yard.address}` : '', plate: format.plateText(slip.plate),
    driver: slip.driverName ?? '—', company: slip.companyName ?? slip.company ?? '—', businessNumber: slip.businessNumber ?? '—', customer: slip.customerName ?? '—',
    item: slip.itemName ?? slip.item ?? '—', net: kilograms(slip.netGrams), hash: slip.hash ? `· ${slip.hash}` : '',
    weigher: slip.weigher ?? slip.second?.by ?? slip.first?.by ?? '',
    legal: [slip.divisionGrams && `눈금 ${kilograms(slip.divisionGrams)}`, slip.verifiedUntil && `검정 유효 ${format.isoDate(slip.verifiedUntil)}`].filter(Boolean).join(' · '),
  };
  for (const [name, value] of Object.entries(fields)) for (const node of $$(`[data-f="${name}"]`, desk)) text(node, value);
  for (const node of $$('[data-marks]', desk)) fill(node, marksOf(slip).map(([words, strong]) => el('span', { class: 'mark', 'data-strong': strong }, words)));
  for (const node of $$('[data-remarks]', desk)) node.replaceChildren(...remarksOf(slip).map(([head, words]) => el('p', {}, el('b', {}, head), ` — ${words}`)));
  $('[data-weighings]', desk).replaceChildren(
    ...weighings.map(row => el('tr', {}, el('th', { scope: 'row' }, row.name, tag(row.mark)), el('td', {}, row.when), el('td', {}, row.where), el('td', { class: 'num' }, kilograms(row.grams)))),
    ...(hasDeduction(slip) ? [el('tr', {}, el('th', { scope: 'row' }, '감량'), el('td', {}, '—'), el('td', {}, '—'), el('td', { class: 'num' }, kilograms(slip.deductionGrams)))] : []),
  );
  drawRoll(desk, slip, fields, weighings);
  drawCode(desk, address);
}

/** An address too long for the code is no reason to withhold the slip. */
function drawCode(desk, address) {
  let code = null;
  try {
    code = qrPath(address);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  for (const node of $$('[data-qr]', desk)) {
    show(node, Boolean(code));
    if (!code) continue;
    node.setAttribute('viewBox', `0 0 ${code.size} ${code.size}`);
    node.firstElementChild.setAttribute('d', code.path);
  }
  for (const node of $$('[data-qr-note]', desk)) text(node, code ? 'QR로 원본 확인' : '주소가 길어 QR 없음');
}

/** Gross first, then tare, each with its pass or, for a stored tare, its registration. */
function weighingsOf(slip) {
  return weightsOf(slip).map(({ kind, pass, grams, weighing, mark }) => {
    if (mark?.word === 'PT') return { name: kind, short: pass, mark: 'PT', when: mark.date ? `등록 ${mark.date}` : '등록공차', where: slip.tareUntil ? `만료 ${dateOf(slip.tareUntil)}` : '—', grams };
    const where = weighing?.station ? [`${weighing.station}번`, weighing.indicator].filter(Boolean).join(' · ') : '—';
    return { name: `${pass} ${kind}`, short: pass, kind, mark: sourceWords(weighing?.source), when: weighing ? at(weighing.at) : '—', where, grams, weighing };
  });
}

function marksOf(slip) {
  const last = slip.lastReprint;
  return [
    slip.state === 'VOID' && ['무효', true],
    slip.reprints > 0 && [`재발행 ${slip.reprints}회`, true],
    last && [`${format.isoDate(last.at)} ${format.clock(last.at)} · ${last.by}`],
    slip.version > 1 && [`정정 ${slip.version - 1}회`],
    slip.manual && ['수기 입력 포함'],
  ].filter(Boolean);
}

function remarksOf(slip) {
  return [
    ...[slip.first, slip.second].filter(weighing => weighing?.source === 'MANUAL').map(weighing => ['수기', [weighing.reason, weighing.by && `입력 ${weighing.by}`].filter(Boolean).join('. ')]),
    slip.tareSource === 'PT' && ['PT', '실측하지 않은 등록공차.'],
    ...(slip.history ?? []).map(change => ['정정', `${change.reason} (${format.isoDate(change.at)} ${change.by})`]),
    slip.voided && ['무효', `${slip.voided.reason} (${format.isoDate(slip.voided.at)} ${slip.voided.by})`],
  ].filter(Boolean);
}

function drawRoll(desk, slip, fields, weighings) {
  const row = (name, value, kind) => el('div', {}, el('dt', {}, name), el('dd', { class: kind }, value));
  fill($('[data-rows-head]', desk), [row('전표번호', slip.number), row('발행', format.isoDate(slip.completedAt) + ' ' + format.clock(slip.completedAt)), slip.lastReprint && row('재발행', `${format.clock(slip.lastReprint.at)} ${slip.lastReprint.by}`)]);
  fill($('[data-rows-who]', desk), [['차량', fields.plate, 'big'], ['운전자', fields.driver], ['운송사', fields.company], ['거래처', fields.customer], ['품목', fields.item]].filter(([, value]) => value !== '—').map(cells => row(...cells)));
  fill($('[data-rows-weight]', desk), [
    ...weighings.flatMap(weighing => [
      el('div', {}, el('dt', {}, weighing.kind ?? weighing.name, tag(weighing.mark)), el('dd', {}, kilograms(weighing.grams))),
      row(`\u2002${weighing.short}`, weighing.weighing ? `${format.clockSeconds(weighing.weighing.at)} · ${weighing.where}` : weighing.when.replace('등록 ', ''), 'thin'),
    ]),
    hasDeduction(slip) && row('감량', kilograms(slip.deductionGrams)),
  ]);
}

function fill(node, children) {
  const there = children.filter(Boolean);
  node.replaceChildren(...there);
  show(node, there.length > 0);
}
