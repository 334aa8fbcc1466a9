// Korean for the hub's codes where the hub sends no sentence of its own.

const unmatched = {
  noBinding: '배정 차량 없음',
  otherBinding: '다른 차량 배정 중',
  zeroInterlock: '영점 전 계량',
  paused: '일시정지 중 계량',
};

const refused = {
  sameWeight: '1·2차 중량 같음',
  netTooSmall: '순중량 너무 작음',
  weightOutOfRange: '범위 밖 중량',
  divisionMismatch: '눈금과 다름',
  noOpenTicket: '1차 계량 없음',
  noStoredTare: '등록공차 없음',
  storedTareExpired: '등록공차 만료',
  unknownVehicle: '미등록 차량',
};

const faults = {
  noSignal: '인디케이터 신호 없음',
  overload: '과부하',
  underload: '영점 아래',
  parse: '신호 해석 안 됨',
  zero: '영점 안 맞음',
};

const sources = { MANUAL: '수기', EDGE_OFFLINE: '현장 보관' };

export const unmatchedWords = code => unmatched[code] ?? '확인 필요';
export const refusedWords = code => refused[code] ?? '기록 안 됨';
export const faultWords = code => faults[code] ?? '계량대 점검 필요';
export const sourceWords = code => sources[code] ?? '';

/** Which field of a form a refusal belongs to; none: the form as a whole. */
export function fieldOf(code) {
  if (['unknownVehicle', 'vehicleInactive', 'alreadyWaiting', 'notYourVehicle', 'noOpenTicket', 'noStoredTare', 'storedTareExpired'].includes(code)) return 'plate';
  if (['weightOutOfRange', 'divisionMismatch', 'sameWeight', 'netTooSmall', 'weightNotStable'].includes(code)) return 'kg';
  return code === 'reasonRequired' ? 'reason' : null;
}
