// An upstream that takes its time: answers within the route's two seconds pass, later ones are 504.
import http from 'k6/http';
import { as, base, everyCheck, is, length } from './common.js';

export const options = { vus: 50, duration: length('30s'), thresholds: everyCheck };

http.setResponseCallback(http.expectedStatuses(200, 504));

export default function () {
  for (const wait of ['0s', '50ms', '300ms', '1s']) {
    is(http.get(`${base}/v1/slow?for=${wait}`, as('reader')), 200);
  }
  is(http.get(`${base}/v1/slow?for=4s`, as('reader')), 504, 'upstream.timeout');
}
