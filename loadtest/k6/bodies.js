// Bodies of many sizes and types come back as they were sent; one byte over the limit does not.
import http from 'k6/http';
import { check } from 'k6';
import { as, base, everyCheck, is, length } from './common.js';

export const options = { vus: 10, duration: length('30s'), thresholds: everyCheck };

http.setResponseCallback(http.expectedStatuses(200, 413));

const limit = 1 << 20;
const text = 'abcdefghijklmnopqrstuvwxyz012345'.repeat(limit / 32 + 1);
const bodies = [0, 1, 100, 1000, 4096, 4097, 16 << 10, 100_000, limit].map((n) => text.slice(0, n));
const types = ['text/plain', 'application/json', 'application/octet-stream', 'application/x-www-form-urlencoded'];

export default function () {
  for (let i = 0; i < bodies.length; i++) {
    const body = bodies[i];
    const answer = http.post(`${base}/v1/echo`, body, as('writer', { 'Content-Type': types[(__ITER + i) % types.length] }));
    if (is(answer, 200)) {
      check(answer, { 'the body is what was sent': (r) => (r.body || '') === body });
    }
  }
  is(http.post(`${base}/v1/echo`, text.slice(0, limit + 1), as('writer')), 413, 'body.too_large');
}
