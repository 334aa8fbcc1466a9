// The slip as a picture, black on white, drawn here: nothing leaves the phone until its owner sends it.
import * as format from '../core/format.js';
import { phoneRows } from '../model/slip.js';

const width = 720, margin = 48, lineHeight = 56;

export function slipImage(slip, yard) {
  const rows = [
    ['전표번호', slip.number], ['차량', format.plateText(slip.plate)], ['운송사', slip.companyName], ['품목', slip.itemName],
    ...phoneRows(slip, grams => `${format.kg(grams)} kg`),
    ['일시', `${format.isoDate(slip.completedAt)} ${format.clockSeconds(slip.completedAt)}`],
  ].filter(([, value]) => value);
  const marks = [slip.state === 'VOID' && '무효', slip.reprints > 0 && `재발행 ${slip.reprints}회`, slip.manual && '수기 입력 포함'].filter(Boolean);
  const canvas = Object.assign(document.createElement('canvas'), { width, height: 400 + rows.length * lineHeight });
  const pen = canvas.getContext('2d');
  const sans = "'Pretendard', 'Noto Sans KR', 'NanumGothic', sans-serif";
  const write = (words, x, y, { size = 30, bold = false, align = 'left' } = {}) => {
    pen.font = `${bold ? 700 : 400} ${size}px ${sans}`;
    pen.textAlign = align;
    pen.fillText(words, x, y, width - 2 * margin);
  };
  pen.fillStyle = '#fff';
  pen.fillRect(0, 0, width, canvas.height);
  pen.fillStyle = '#000';
  write('계량 전표', margin, 90, { size: 48, bold: true });
  write(yard?.name ?? '', width - margin, 90, { align: 'right' });
  write(marks.join(' · '), margin, 136, { bold: true });
  pen.fillRect(margin, 156, width - 2 * margin, 4);
  for (const [index, [name, value]] of rows.entries()) {
    const y = 214 + index * lineHeight;
    write(name, margin, y);
    write(value, width - margin, y, { bold: true, align: 'right' });
  }
  const y = 214 + rows.length * lineHeight;
  pen.lineWidth = 5;
  pen.strokeStyle = '#000';
  pen.strokeRect(margin, y - 20, width - 2 * margin, 130);
  write('순중량', margin + 24, y + 60, { size: 36, bold: true });
  write(`${format.kg(slip.netGrams)} kg`, width - margin - 24, y + 66, { size: 68, bold: true, align: 'right' });
  return new Promise(resolve => canvas.toBlob(resolve, 'image/png'));
}
