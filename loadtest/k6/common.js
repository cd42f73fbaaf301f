// What the scripts share: where the demo is, its tokens, and how an answer is judged. They run against `task demo`.
import { check } from 'k6';

export const base = __ENV.BASE || 'http://127.0.0.1:8080';

const tokens = JSON.parse(open(__ENV.TOKENS || '../../tokens.json'));

// as returns request parameters with the token of the reader or the writer; headers are further ones.
export function as(name, headers) {
  return { headers: Object.assign({ Authorization: `Bearer ${tokens[name]}` }, headers) };
}

export const readerToken = tokens.reader;

// Every answer must be one that the configuration explains: no check may fail.
export const everyCheck = { checks: ['rate==1'] };

// length is how long a script runs.
export function length(usual) {
  return __ENV.DURATION || usual;
}

// is checks that an answer has this status and, for a refusal, this reason.
export function is(answer, status, reason) {
  const name = reason ? `${status} ${reason}` : `${status}`;
  const ok = check(answer, {
    [name]: (r) => r.status === status && (!reason || r.json('reason') === reason),
  });
  if (!ok) {
    console.error(`want ${name}: got ${answer.status} ${String(answer.body).slice(0, 200)} ${answer.error}`);
  }
  return ok;
}
