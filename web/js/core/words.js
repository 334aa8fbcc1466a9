// Korean for the hub's codes, one table per audience: operators get terse nouns, drivers whole sentences without numbers
// that only the hub knows. The hub's own sentence is what remains for a code that is newer than this page.
import { kg } from './format.js';

const grams = text => /^-?\d+$/.test(text ?? '') ? `${kg(Number(text))} kg` : '';
const numbered = (params, words) => params.number ? `${params.number}번 ${words}` : words;
const atStation = (params, words) => params.station ? `${params.station}번 계량대 ${words}` : `계량대 ${words}`;
const sameFor = (codes, words) => Object.fromEntries(codes.map(code => [code, words]));

const loginOver = ['tokenInvalid', 'tokenExpired', 'unauthorized'];
const outdated = ['badJSON', 'unknownOp', 'helloFirst', 'helloTwice', 'unknownTopic', 'unknownKind', 'unknownCommand', 'badArguments', 'keyReused'];

const operator = {
  unknownVehicle: '미등록 차량 — 지역까지 확인',
  vehicleInactive: '사용 중지 차량',
  notYourVehicle: '기사에게 배정되지 않은 차량',
  unknownDriver: '미등록 기사',
  unknownItem: '미등록 품목',
  unknownCompany: '미등록 회사',
  alreadyWaiting: ({ number }) => number ? `이미 접수됨 — ${number}번` : '이미 접수됨',
  checkInPaused: ({ reason }) => reason ? `접수 중지 중 — ${reason}` : '접수 중지 중',
  queueFull: '대기 번호 모두 쓰는 중',
  queueEmpty: '대기 차량 없음',
  notInQueue: '접수된 차량 없음',
  unknownEntry: '대기열에 없는 차량',
  unknownStation: params => params.station ? `${params.station}번은 미등록 계량대` : '미등록 계량대',
  stationOccupied: params => `${atStation(params, '사용 중')}${params.number ? ` — ${params.number}번 차량` : ''}`,
  stationClosed: params => atStation(params, '배정 제외 중'),
  notWaiting: params => numbered(params, '대기 중 아님'),
  notCalled: params => numbered(params, '호출 중 아님'),
  notAbsent: params => numbered(params, '부재 아님'),
  onDeck: params => numbered(params, '이미 계량대 위'),
  alreadyWeighed: params => numbered(params, '1차 계량 끝남 — 취소 안 됨'),
  alreadyPaused: '이미 일시정지됨',
  notPaused: '일시정지 아님',
  unknownUnmatched: '이미 처리된 계량',
  weightNotStable: '안정 안 된 중량',
  weightOutOfRange: ({ min, max }) => grams(min) && grams(max) ? `범위 밖 중량 — ${grams(min)}에서 ${grams(max)}까지` : '범위 밖 중량',
  divisionMismatch: ({ divisionGrams }) => grams(divisionGrams) ? `눈금과 다름 — ${grams(divisionGrams)} 단위` : '눈금과 다름',
  sameWeight: '1·2차 중량 같음',
  netTooSmall: ({ min }) => grams(min) ? `순중량 너무 작음 — 최소 ${grams(min)}` : '순중량 너무 작음',
  noOpenTicket: '1차 계량 없음',
  noStoredTare: '등록공차 없음',
  storedTareExpired: ({ date }) => date ? `등록공차 만료 — ${date} 측정` : '등록공차 만료',
  unknownTicket: '없는 전표',
  alreadyVoid: '이미 무효',
  nothingToChange: '바뀐 내용 없음',
  reasonRequired: '사유 없음',
  tooLong: ({ max }) => max ? `너무 김 — ${max}자까지` : '너무 김',
  badField: '입력값 확인',
  forbidden: '권한 없음',
  versionConflict: '그 사이 바뀜 — 확인하고 다시',
  tooManyTopics: '한 화면에서 볼 수 있는 자료 수 넘음',
  rateLimited: '요청이 너무 잦음 — 잠시 뒤 다시',
  busy: '처리 밀림 — 잠시 뒤 다시',
  unavailable: '저장소 연결 안 됨 — 잠시 뒤 다시',
  unstorable: '저장 안 되는 내용 — 입력값 확인',
  reservedCharacter: '쓸 수 없는 문자 — 입력값 확인',
  internal: '허브 오류 — 관리자 확인',
  loginFailed: '아이디 또는 비밀번호가 다름',
  accountLocked: ({ minutes }) => minutes ? `비밀번호 여러 번 틀려 잠김 — ${minutes}분 뒤 다시` : '비밀번호 여러 번 틀려 잠김',
  notFound: '없는 자료',
  ...sameFor(loginOver, '로그인이 끝남 — 다시 로그인'),
  ...sameFor(outdated, '화면과 허브가 서로 다름 — 새로 고침'),
};

const askOffice = '계량실에 물어봐 주세요.';
const driver = {
  unknownVehicle: '등록되지 않은 차예요. 지역까지 넣어 주세요.',
  vehicleInactive: `지금은 쓸 수 없는 차예요. ${askOffice}`,
  notYourVehicle: `내 차로 등록되지 않았어요. ${askOffice}`,
  unknownDriver: `기사 등록이 안 됐어요. ${askOffice}`,
  unknownItem: '없는 품목이에요. 다시 골라 주세요.',
  alreadyWaiting: ({ number }) => number ? `이미 접수했어요. ${number}번이에요.` : '이미 접수한 차예요.',
  checkInPaused: `지금은 접수를 쉬고 있어요. ${askOffice}`,
  queueFull: '대기 번호가 다 찼어요. 조금 뒤에 눌러 주세요.',
  ...sameFor(['notInQueue', 'unknownEntry', 'queueEmpty'], '접수된 차가 없어요.'),
  ...sameFor(['notWaiting', 'notCalled', 'notAbsent', 'versionConflict'], '그 사이 바뀌었어요. 화면을 다시 봐 주세요.'),
  ...sameFor(['stationOccupied', 'stationClosed', 'unknownStation'], `그 계량대는 지금 못 써요. ${askOffice}`),
  onDeck: '차가 이미 계량대 위에 있어요.',
  alreadyWeighed: '한 번 재서 취소할 수 없어요. 계량실에 말해 주세요.',
  weightNotStable: '무게가 흔들렸어요. 차를 세우고 기다려 주세요.',
  ...sameFor(['weightOutOfRange', 'divisionMismatch'], '무게가 이상해요. 계량실에 말해 주세요.'),
  sameWeight: '짐을 내리기 전과 무게가 같아요. 계량실에 말해 주세요.',
  netTooSmall: '짐 무게가 너무 작아요. 계량실에 말해 주세요.',
  ...sameFor(['noOpenTicket', 'noStoredTare', 'storedTareExpired'], '짐을 빼고 잴 무게가 없어요. 계량실에 말해 주세요.'),
  ...sameFor(['reasonRequired', 'tooLong', 'badField', 'unstorable', 'reservedCharacter'], '넣은 내용을 다시 봐 주세요.'),
  forbidden: `이 계정으로는 못 해요. ${askOffice}`,
  ...sameFor(['unknownTicket', 'notFound'], '없는 전표예요.'),
  rateLimited: '너무 자주 눌렀어요. 조금 뒤에 눌러 주세요.',
  ...sameFor(['busy', 'unavailable', 'tooManyTopics', 'internal'], '지금은 안 돼요. 조금 뒤에 눌러 주세요.'),
  ...sameFor(loginOver, '로그인이 끝났어요. 다시 로그인해 주세요.'),
  ...sameFor(outdated, '화면이 오래됐어요. 화면을 새로 열어 주세요.'),
};

function worded(table, error, otherwise) {
  const entry = Object.hasOwn(table, error?.code ?? '') ? table[error.code] : undefined;
  return (typeof entry === 'function' ? entry(error.params ?? {}) : entry) ?? (error?.message || otherwise);
}

/** For staff: what it means for their work. `error` is the hub's, over either line. */
export const operatorWords = error => worded(operator, error, '거절됨');

/** For drivers. */
export const driverWords = error => worded(driver, error, '지금은 안 돼요. 조금 뒤에 눌러 주세요.');

// ── facts of the strip ──

const unmatched = {
  noBinding: '배정 차량 없음',
  otherBinding: '다른 차량 배정 중',
  zeroInterlock: '영점 전 계량',
  paused: '일시정지 중 계량',
  divisionMismatch: '눈금 단위 불일치',
  unknownStation: '등록되지 않은 계량대',
  numberReused: '일련번호 중복 (엣지 점검)',
};

const faults = {
  NO_DATA: '인디케이터 신호 없음',
  overload: '과부하',
  underload: '영점 아래',
  parse: '신호 해석 안 됨',
  zero: '영점 안 맞음',
};

const sources = { MANUAL: '수기', EDGE_OFFLINE: '현장 보관' };

export const unmatchedWords = code => unmatched[code] ?? '확인 필요';
export const refusedWords = code => worded(operator, { code }, '기록 안 됨');
export const faultWords = code => faults[code] ?? '계량대 점검 필요';
export const sourceWords = code => sources[code] ?? '';

/** Which field of a form a refusal belongs to; none: the form as a whole. */
export function fieldOf(code) {
  if (['unknownVehicle', 'vehicleInactive', 'alreadyWaiting', 'notYourVehicle', 'noOpenTicket', 'noStoredTare', 'storedTareExpired'].includes(code)) return 'plate';
  if (['weightOutOfRange', 'divisionMismatch', 'sameWeight', 'netTooSmall', 'weightNotStable'].includes(code)) return 'kg';
  return code === 'reasonRequired' ? 'reason' : null;
}
