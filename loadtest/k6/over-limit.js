// Ten times what the limit allows: 5 a second with a burst of 10. The rest is 429 with Retry-After.
import http from 'k6/http';
import { check } from 'k6';
import { Counter } from 'k6/metrics';
import { as, base, is } from './common.js';

const seconds = 30;
const granted = new Counter('granted');

export const options = {
  scenarios: {
    all: { executor: 'constant-arrival-rate', rate: 50, timeUnit: '1s', duration: `${seconds}s`, preAllocatedVUs: 20 },
  },
  // A second more, since the last requests are sent at the end of the last second.
  thresholds: { checks: ['rate==1'], granted: [`count<=${10 + 5 * (seconds + 1)}`, 'count>0'] },
};

http.setResponseCallback(http.expectedStatuses(200, 429));

export default function () {
  const answer = http.get(`${base}/v1/orders/42`, as('reader'));
  if (answer.status === 200) {
    granted.add(1);
    is(answer, 200);
    return;
  }
  is(answer, 429, 'rate.caller');
  check(answer, {
    'Retry-After in whole seconds': (r) => /^[1-9][0-9]*$/.test(r.headers['Retry-After']),
    'RateLimit fields': (r) => r.headers['Ratelimit'] !== undefined && r.headers['Ratelimit-Policy'] !== undefined,
  });
}
