// Authorised reads, as fast as fifty callers make them: every one is answered.
import http from 'k6/http';
import { as, base, everyCheck, is, length } from './common.js';

export const options = { vus: 50, duration: length('60s'), thresholds: everyCheck };

export default function () {
  is(http.get(`${base}/v1/catalog/${__ITER % 1000}`, as('reader')), 200);
}
